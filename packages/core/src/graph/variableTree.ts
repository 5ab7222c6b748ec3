/**
 * The Variables of a model: one walk over layers, optimizers, objects of classes and of none, and arrays, which finds
 * all Variables and their names.
 *
 * The name of a Variable is its path: the keys of properties and the indices of arrays, joined by dots, such as
 * `layers.0.weight`. The walk sees what `Object.entries` shows, so no private field (`#weight`).
 */

import { isPlainObject } from "../arguments.ts";
import { otherCopyOf } from "../copies.ts";
import { ArgumentError, describe } from "../errors.ts";
import { isTensor } from "../tensor/tensor.ts";
import { DEEPEST, isLeaf, isOpaque } from "./tree.ts";
import { isVariable, type Variable } from "./variable.ts";

/** The keys that lead to a leaf of a tree. */
export type Path = readonly string[];

/** A leaf and its path. */
export interface LeafAt<Leaf> {
  readonly path: Path;
  readonly leaf: Leaf;
}

/** The position of the walk in a tree; the path is made only when it is requested. */
interface Step {
  readonly key: string;
  readonly before: Step | undefined;
}

function pathOf(step: Step | undefined): Path {
  const path: string[] = [];
  for (let each = step; each !== undefined; each = each.before) path.unshift(each.key);
  return path;
}

/** The state of a walk for Variables: it is small, since layers are walked at each forward pass. */
interface Search {
  readonly op: string;
  readonly argument: string;
  readonly found: (variable: Variable, step: Step | undefined) => void;
  readonly inside: Inside | undefined;
  readonly entered: Set<object>;
}

/** The object in whose properties the Variables of another one are looked for. */
type Inside = (value: object) => object;

// Recursion is bounded by the nesting of the user's data, not by the length of a computation.
function search(context: Search, branch: object, before: Step | undefined, depth: number): void {
  context.entered.add(branch);
  if (depth > DEEPEST) throw tooDeep(context.op, context.argument, "a deeper one");
  const properties = (context.inside?.(branch) ?? branch) as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(properties)) {
    const inner = properties[key];
    if (typeof inner !== "object" || inner === null) continue;
    if (isVariable(inner)) context.found(inner, { key, before });
    else if (inner instanceof Map || inner instanceof Set) {
      refuseVariables(context.op, context.argument, inner, pathOf({ key, before }));
    } else if (isBranch(inner)) {
      if (!context.entered.has(inner)) search(context, inner, { key, before }, depth + 1);
    } else if (otherCopyOf(inner) !== undefined) {
      const path = `${context.argument}: ${pathOf({ key, before }).join(".")}`;
      throw foreign(context.op, path, inner);
    }
  }
}

/** Variables of another copy of the package would silently be left out, and so would those in its layers. */
function foreign(op: string, argument: string, value: unknown): ArgumentError {
  const expected = "Variables, layers and optimizers of one copy of @graddiff/core";
  return new ArgumentError(op, argument, expected, describe(value));
}

function tooDeep(op: string, argument: string, got: string): ArgumentError {
  const expected = `a tree nested at most ${DEEPEST} deep`;
  return new ArgumentError(op, argument, expected, got);
}

/** True if a value may contain Variables. */
function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isLeaf(value) && !isOpaque(value);
}

/**
 * Visits the Variables of a model, once for each path to it.
 *
 * @param inside returns the object whose properties are walked instead of an object's. Default: the object itself.
 * @returns the objects that the walk goes through.
 * @throws ArgumentError for what has no properties, and for Variables in a Map or a Set, whose entries have no
 *   names.
 */
function findVariables(
  op: string,
  argument: string,
  model: unknown,
  found: Search["found"],
  inside: Inside | undefined,
): ReadonlySet<object> {
  const entered = new Set<object>();
  if (isVariable(model)) found(model, undefined);
  else if (isBranch(model)) {
    search({ op, argument, found, inside, entered }, model, undefined, 0);
    if (Array.isArray(model)) refuseOthers(op, argument, model, new Set());
  } else {
    if (model instanceof Map || model instanceof Set) refuseVariables(op, argument, model, []);
    const expected = "a Variable, a layer, an optimizer, or an object or array of them";
    throw new ArgumentError(op, argument, expected, describe(model));
  }
  return entered;
}

/** Refuses a Tensor or a number in a list of models, which no walk would see. */
function refuseOthers(
  op: string,
  argument: string,
  list: readonly unknown[],
  met: Set<unknown>,
): void {
  met.add(list);
  // A hole is undefined.
  for (const [i, entry] of Array.from(list).entries()) {
    const path = `${argument}[${i}]`;
    if (Array.isArray(entry) && !met.has(entry)) refuseOthers(op, path, entry, met);
    if (isVariable(entry) || isBranch(entry)) continue;
    const expected = "a Variable, or an object or array of them";
    const hint = isTensor(entry) ? "Make it one with new Variable(…)" : undefined;
    throw new ArgumentError(op, path, expected, describe(entry), hint);
  }
}

/** True if an object is an optimizer, which has its state Variables in `state`. */
export function isOptimizer(value: object): value is { readonly state: object } {
  return "isOptimizer" in value && value.isOptimizer === true;
}

const NOTHING = {};

/** Returns the part of a value in which trained Variables are looked for: the state of an optimizer is not among them. */
const insideTrained: Inside = (value) => (isOptimizer(value) ? NOTHING : value);

/**
 * Returns the part of a value in which Variables to be saved are looked for: the Variables that an optimizer trains
 * belong to the model.
 */
const insideState: Inside = (value) => (isOptimizer(value) ? value.state : value);

/**
 * Returns the Variables of a model that have gradients, as a plain tree: those of an instance of a class by the names
 * of its properties, as `state` knows them, and without its other properties, such as settings, methods, statistics,
 * seeds, whole numbers and what is frozen. A Variable that a list or a plain object names itself has one, frozen or
 * not. Objects and arrays of models nest as they do. An object that occurs in a tree several times is the same tree in
 * each; where a model contains itself, it ends.
 *
 * @throws ArgumentError for a Tensor or a number outside of instances, which nobody could train, for Variables in a Map
 *   or a Set, and where there is no Variable.
 */
export function treeOfVariables(op: string, argument: string, model: unknown): unknown {
  // Layers ask at each forward pass, with a list.
  if (Array.isArray(model) && model.length > 0 && model.every(isVariable)) return model;
  refuseUntrainable(op, argument, model);
  const context = { op, made: new Map<object, unknown>(), count: 0, hasFrozen: false };
  const tree =
    isVariable(model) || isBranch(model) ? growTree(context, model, argument, false, 0) : undefined;
  if (context.count > 0) return tree;
  throw nothingTrained(op, argument, model, context.hasFrozen);
}

/** Returns the error for a model in which nothing is trained. @param isFrozen true if it has parameters. */
function nothingTrained(
  op: string,
  argument: string,
  model: unknown,
  isFrozen: boolean,
): ArgumentError {
  const expected = "at least one trained Variable, in arrays, objects or layers";
  const got = isFrozen ? "frozen ones: unfreeze(model)" : describe(model);
  return new ArgumentError(op, argument, expected, got);
}

/**
 * Refuses values that cannot be trained: a Tensor or a number in the caller's objects and lists. In an instance of a
 * class they are its settings.
 */
function refuseUntrainable(
  op: string,
  argument: string,
  model: unknown,
  met: Set<unknown> = new Set(),
): void {
  const isList = Array.isArray(model);
  if (met.has(model) || !(isList || (isPlainObject(model) && !isLeaf(model)))) return;
  met.add(model);
  for (const [key, inner] of Object.entries(model)) {
    const path = isList ? `${argument}[${key}]` : `${argument}.${key}`;
    refuseUntrainable(op, path, inner, met);
    if (!isTensor(inner) && typeof inner !== "number") continue;
    const expected = isList ? "a Variable, or an object or array of them" : "a Variable";
    const hint = isTensor(inner) ? "Make it one with new Variable(…)" : undefined;
    throw new ArgumentError(op, path, expected, describe(inner), hint);
  }
}

interface Growing {
  readonly op: string;
  /** The trees of the objects so far; undefined while one is being made. */
  readonly made: Map<object, unknown>;
  count: number;
  hasFrozen: boolean;
}

// Recursion is bounded by the nesting of the user's data, not by the length of a computation.
function growTree(
  context: Growing,
  value: unknown,
  path: string,
  isInside: boolean,
  depth: number,
): unknown {
  if (isVariable(value)) {
    if (isInside && !value.isDifferentiable) {
      context.hasFrozen ||= value.isParameter;
      return undefined;
    }
    context.count++;
    return value;
  }
  if (!isBranch(value)) {
    if (value instanceof Map || value instanceof Set) refuseVariables(context.op, path, value, []);
    if (otherCopyOf(Object(value)) !== undefined) throw foreign(context.op, path, value);
    return value === null ? null : undefined;
  }
  if (context.made.has(value)) return context.made.get(value);
  if (depth > DEEPEST) throw tooDeep(context.op, path, "a deeper one");
  context.made.set(value, undefined);
  const tree = growInside(context, value, path, isInside, depth + 1);
  context.made.set(value, tree);
  return tree;
}

function growInside(
  context: Growing,
  branch: object,
  path: string,
  isInside: boolean,
  depth: number,
): unknown {
  if (Array.isArray(branch)) {
    const items = Array.from(branch, (item, i) =>
      growTree(context, item, `${path}[${i}]`, isInside, depth),
    );
    // Numbers, such as lengths, are no list of models.
    return items.every((item) => item === undefined) && items.length > 0 ? undefined : items;
  }
  const within = isInside || !isPlainObject(branch);
  const tree: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(insideTrained(branch))) {
    const grown = growTree(context, inner, `${path}.${key}`, within, depth);
    if (grown !== undefined || inner === undefined) define(tree, key, grown);
  }
  return tree;
}

/** Sets a property of an object of ours; unlike an assignment it makes one of `__proto__`, and where Object.prototype is frozen. */
export function define(branch: Record<string, unknown>, key: string, value: unknown): void {
  if (key in branch) {
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(branch, key, property);
  } else branch[key] = value;
}

/** Returns the parameters of a layer in order, each once; its forward passes ask for those that are trained. */
export function variablesInside(
  op: string,
  layer: object,
  by: "isParameter" | "trainable",
): Variable[] {
  const met = new Set<Variable>();
  const found = (variable: Variable) => {
    if (variable[by]) met.add(variable);
  };
  const context = {
    op,
    argument: "properties",
    found,
    inside: undefined,
    entered: new Set<object>(),
  };
  search(context, layer, undefined, 0);
  return [...met];
}

/** Returns an object, and all others that the walk for its Variables goes through, such as the layers of a model. */
export function objectsInside(op: string, model: object): ReadonlySet<object> {
  const entered = new Set<object>();
  const found = () => {};
  search({ op, argument: "properties", found, inside: undefined, entered }, model, undefined, 0);
  return entered;
}

/** The parts of a model. */
export interface ModelParts {
  /** The Variables, each as often as ways lead to it, in order. */
  readonly variables: readonly NamedVariable[];
  /** The objects that the walk for Variables goes through, such as the model itself and its layers. */
  readonly objects: ReadonlySet<object>;
}

/** A Variable, and the way to it. */
export interface NamedVariable extends LeafAt<Variable> {
  /** The keys of the path, joined by dots. */
  readonly name: string;
}

function partsOf(op: string, argument: string, model: unknown, inside: Inside): ModelParts {
  const variables: NamedVariable[] = [];
  const found: Search["found"] = (leaf, step) => {
    const path = pathOf(step);
    variables.push({ name: path.join("."), path, leaf });
  };
  return { variables, objects: findVariables(op, argument, model, found, inside) };
}

/**
 * Returns the parts of a model. What an optimizer in it trains belongs to the rest of it, and its state Variables are in its
 * state.
 *
 * @param isTrained true for the parts that an optimizer of the model trains: those of an optimizer in it are left out.
 * @throws ArgumentError for what has no Variables by name, and for two Variables of one name. For what is trained instead:
 *   where nothing is, and for a Tensor or a number in a plain object or a list.
 */
export function modelParts(
  op: string,
  argument: string,
  model: unknown,
  isTrained = false,
): ModelParts {
  if (isTrained) refuseUntrainable(op, argument, model);
  const parts = partsOf(op, argument, model, isTrained ? insideTrained : insideState);
  const { variables } = parts;
  if (isTrained && !variables.some(({ leaf }) => leaf.trainable)) {
    throw nothingTrained(
      op,
      argument,
      model,
      variables.some(({ leaf }) => leaf.isParameter),
    );
  }
  const named = new Map<string, Variable>();
  for (const { name, leaf } of isTrained ? [] : variables) {
    if ((named.get(name) ?? leaf) !== leaf) throw sameName(op, argument, name);
    named.set(name, leaf);
  }
  return parts;
}

/**
 * Returns the parameters of a model, each as often as ways lead to it. Those of an optimizer in it are left out.
 *
 * @throws ArgumentError for what has no Variables by name, and for a Tensor or a number in a plain object or a list.
 */
export function parametersOf(op: string, argument: string, model: unknown): NamedVariable[] {
  refuseUntrainable(op, argument, model);
  const { variables } = partsOf(op, argument, model, insideTrained);
  return variables.filter(({ leaf }) => leaf.isParameter);
}

/** Returns the tensors of a tree by name, and whatever else is at a leaf. */
export function leavesByName(
  op: string,
  argument: string,
  tree: unknown,
): ReadonlyMap<string, LeafAt<unknown>> {
  const leaves = new Map<string, LeafAt<unknown>>();
  const ancestors = new Set<object>();
  const visit = (value: unknown, path: Path): void => {
    if (!isBranch(value)) {
      const name = path.join(".");
      if (leaves.has(name)) throw sameName(op, argument, name);
      leaves.set(name, { path, leaf: value });
      return;
    }
    if (ancestors.has(value)) throw tooDeep(op, argument, "one that contains itself");
    if (path.length > DEEPEST) throw tooDeep(op, argument, "a deeper one");
    ancestors.add(value);
    for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    ancestors.delete(value);
  };
  visit(tree, []);
  return leaves;
}

function sameName(op: string, argument: string, name: string): ArgumentError {
  const expected = "one entry of each name";
  const hint = "A name is the keys on the way, joined by dots";
  return new ArgumentError(op, argument, expected, `two of the name ${name}`, hint);
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
  const expected = "Variables in objects and arrays, where they have names";
  const got = describe(collection);
  throw new ArgumentError(op, path.length === 0 ? argument : path.join("."), expected, got);
}
