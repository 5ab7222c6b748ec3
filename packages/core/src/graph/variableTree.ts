/**
 * The Variables of a model: one walk over layers, optimizers, objects of classes and of none, and arrays, for
 * whatever asks which Variables there are and what they are called.
 *
 * The name of a Variable is the way to it: the keys of properties and the places in arrays, joined by dots,
 * such as `layers.0.weight`. The walk sees what `Object.entries` shows, so not what is private (`#weight`).
 */

import { ArgumentError, describe } from "../errors.ts";
import { isTensor } from "../tensor/tensor.ts";
import { DEEPEST, isLeaf, isOpaque } from "./tree.ts";
import { isVariable, type Variable } from "./variable.ts";

/** A place in a tree, as the keys that lead to it. */
export type Path = readonly string[];

/** A leaf, and the way to it. */
export interface Placed<Leaf> {
  readonly path: Path;
  readonly leaf: Leaf;
}

/** How a tree is walked. */
interface Walk {
  readonly op: string;
  readonly argument: string;
  /** Takes whatever has nothing inside. */
  visit(value: unknown, path: Path): void;
  /** The values inside a branch, in order. */
  entriesOf(value: object): readonly (readonly [string, unknown])[];
  /** Whether a branch is entered only where it is met first; else one inside itself is an error. */
  readonly once: boolean;
}

// Recursion is bounded by the nesting of the user's data, not by the length of a computation.
function walk(context: Walk, value: unknown, path: Path, entered: Set<unknown>): void {
  const { op, argument, once } = context;
  if (!isBranch(value)) {
    context.visit(value, path);
    return;
  }
  if (entered.has(value) && once) return;
  if (entered.has(value) || path.length > DEEPEST) {
    const got = entered.has(value) ? "one that contains itself" : "a deeper one";
    const expected = `a tree nested at most ${DEEPEST} deep`;
    throw new ArgumentError({ op, argument, expected, got });
  }
  entered.add(value);
  for (const [key, inner] of context.entriesOf(value)) {
    // Numbers, most often those of data that a layer holds, are no leaves that anybody asks for by name.
    if (typeof inner === "number" && once) continue;
    walk(context, inner, [...path, key], entered);
  }
  if (!once) entered.delete(value);
}

/** Whether there may be something inside. */
function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isLeaf(value) && !isOpaque(value);
}

type Entries = Walk["entriesOf"];

/**
 * Visits the Variables of a model, each as often as ways lead to it.
 *
 * @param entriesOf what is inside of an object. Default: its properties.
 * @throws ArgumentError for what has no properties, and for Variables in a Map or a Set, whose entries have no
 *   names.
 */
export function walkVariables(
  op: string,
  argument: string,
  model: unknown,
  found: (variable: Variable, path: Path) => void,
  entriesOf: Entries = Object.entries,
): void {
  const visit = (value: unknown, path: Path): void => {
    if (value instanceof Map || value instanceof Set) refuseVariables(op, argument, value, path);
    if (isVariable(value)) found(value, path);
  };
  walk({ op, argument, visit, entriesOf, once: true }, model, [], new Set());
  if (Array.isArray(model)) refuseOthers(op, argument, model, new Set());
  if (isVariable(model) || isBranch(model)) return;
  throw new ArgumentError({
    op,
    argument,
    expected: "a Variable, a layer, an optimizer, or an object or array of them",
    got: describe(model),
  });
}

/** A list is of models: a Tensor or a number in it, which no walk would see, is a mistake. */
function refuseOthers(
  op: string,
  argument: string,
  list: readonly unknown[],
  met: Set<unknown>,
): void {
  met.add(list);
  // A hole is undefined.
  for (const [i, entry] of Array.from(list).entries()) {
    const place = `${argument}[${i}]`;
    if (Array.isArray(entry) && !met.has(entry)) refuseOthers(op, place, entry, met);
    if (isVariable(entry) || isBranch(entry)) continue;
    throw new ArgumentError({
      op,
      argument: place,
      expected: "a Variable, or an object or array of them",
      got: describe(entry),
      ...(isTensor(entry) && { hint: "Make it one with new Variable(…)" }),
    });
  }
}

/** The Variables of a model in order, each once. */
export function listVariables(
  op: string,
  argument: string,
  model: unknown,
  entriesOf?: Entries,
): Variable[] {
  const met = new Set<Variable>();
  walkVariables(op, argument, model, (variable) => met.add(variable), entriesOf);
  return [...met];
}

/** The Variables of a model by name, each by the first way to it. */
export function variablesByName(
  op: string,
  argument: string,
  model: unknown,
  entriesOf?: Entries,
): ReadonlyMap<string, Placed<Variable>> {
  const names = new Names<Variable>();
  const met = new Set<Variable>();
  const found = (variable: Variable, path: Path): void => {
    if (met.has(variable)) return;
    met.add(variable);
    names.put(op, argument, path, variable);
  };
  walkVariables(op, argument, model, found, entriesOf);
  return names;
}

/** The tensors of a tree by name, and whatever else stands in the place of one. */
export function leavesByName(
  op: string,
  argument: string,
  tree: unknown,
): ReadonlyMap<string, Placed<unknown>> {
  const names = new Names<unknown>();
  const visit = (value: unknown, path: Path) => names.put(op, argument, path, value);
  walk({ op, argument, visit, entriesOf: Object.entries, once: false }, tree, [], new Set());
  return names;
}

/** Leaves by their names, in order. */
class Names<Leaf> extends Map<string, Placed<Leaf>> {
  put(op: string, argument: string, path: Path, leaf: Leaf): void {
    const name = path.join(".");
    if (this.has(name)) {
      throw new ArgumentError({
        op,
        argument,
        expected: "one entry of each name",
        got: `two of the name ${name}`,
        hint: "A name is the keys on the way, joined by dots",
      });
    }
    this.set(name, { path, leaf });
  }
}

/** Entries of a collection have no names, and would silently be left out. */
function refuseVariables(
  op: string,
  argument: string,
  collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  path: Path,
): void {
  const holdsVariables = [...collection.values()].some(
    (value) => isVariable(value) || Object.values(Object(value)).some(isVariable),
  );
  if (!holdsVariables) return;
  throw new ArgumentError({
    op,
    argument: path.length === 0 ? argument : path.join("."),
    expected: "Variables in objects and arrays, where they have names",
    got: describe(collection),
  });
}
