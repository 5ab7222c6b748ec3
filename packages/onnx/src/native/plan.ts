/**
 * The plan of a trace: which of its values are written, which are known beforehand, and which are the results of operators
 * that take the place of several ops.
 */

import type { Tensor } from "@graddiff/core";
import { at, type Cell } from "@graddiff/core/internal";
import { type Manner, sinceOf } from "../ops/table.ts";
import { LEAST_OPSET, type Opset } from "../options.ts";
import type { Length } from "../trace/length.ts";
import { simplified } from "../trace/simplify.ts";
import { isSymbolicTrace, type SymbolicTrace } from "../trace/symbolic.ts";
import type { Fitted } from "./native.ts";
import { matched } from "./pattern.ts";
import { NATIVES } from "./table.ts";
import { type Stored, View } from "./view.ts";

/** The nodes that are written in another way than their ops say, by id. */
export interface Plan {
  readonly trace: SymbolicTrace;
  /** True if a value is written. */
  readonly needed: readonly boolean[];
  readonly native: ReadonlyMap<number, Fitted>;
  readonly folded: ReadonlyMap<number, Folded>;
}

/** The value that is computed beforehand, and the Variable that is read in this form alone, if it is one's. */
export interface Folded {
  readonly value: Tensor;
  readonly cell: Cell | undefined;
}

/** The most elements of a value that is computed beforehand, unless it has no more than those it is computed from. */
const FEW = 1024;

/**
 * Returns the plan by which a trace is written: simplified, with native operators unless each op is to be written by
 * itself.
 */
export function planOf(whole: SymbolicTrace, stored: Stored, { opset = 22, exact }: Manner): Plan {
  const trace = simplified(whole);
  const view = new View(trace, stored);
  const needed: boolean[] = [];
  const native = new Map<number, Fitted>();
  const folded = new Map<number, Folded>();
  const need = (id: number) => {
    needed[id] = true;
  };
  for (const id of [...trace.outputs, ...trace.assignments.map((each) => each.id)]) need(id);
  for (let id = trace.nodes.length - 1; id >= 0; id--) {
    const node = trace.nodes[id];
    if (node === undefined || !needed[id]) continue;
    if (node.kind === "projection") need(node.of);
    if (node.kind !== "operation") continue;
    const value = isFolded(view, id, needed) ? view.value(id) : undefined;
    const fitted = value || exact ? undefined : fittedOf(view, id, opset);
    if (value) folded.set(id, { value, cell: cellOf(view, id) });
    else if (fitted) native.set(id, fitted);
    for (const input of value ? [] : (fitted ?? node).inputs) need(input);
  }
  return { trace, needed, native, folded };
}

/** Returns the version of ONNX's operators that a plan asks for, and an op that does. */
export function sinceOfPlan({ trace, needed, native, folded }: Plan, manner: Manner): Since {
  const none = { version: LEAST_OPSET, name: "" };
  return trace.nodes.reduce<Since>((latest, node, id) => {
    if (node?.kind !== "operation" || !needed[id] || folded.has(id)) return latest;
    const fitted = native.get(id);
    const version = fitted ? (fitted.since ?? LEAST_OPSET) : sinceOf(node.name);
    const bodies = fitted ? [] : Object.values(node.attributes).filter(isSymbolicTrace);
    const inside = bodies.map((body) =>
      sinceOfPlan(
        planOf(body, () => undefined, manner),
        manner,
      ),
    );
    return [{ version, name: node.name }, ...inside].reduce(
      (last, each) => (each.version > last.version ? each : last),
      latest,
    );
  }, none);
}

/** A version, and the name of an op that asks for it. */
export interface Since {
  readonly version: Opset;
  readonly name: string;
}

function fittedOf(view: View, id: number, opset: Opset): Fitted | undefined {
  for (const { pattern, fit } of NATIVES) {
    const found = matched(view, pattern, id);
    const fitted = found && fit(view, found, id);
    if (fitted && (fitted.since ?? 0) <= opset && isClosed(view, id, fitted)) return fitted;
  }
  return undefined;
}

/** True if nobody else reads what is computed between the inputs of an operator and its result. */
function isClosed(view: View, root: number, { inputs }: Fitted): boolean {
  const inside = new Set([root]);
  const waiting = [root];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = view.node(id);
    for (const input of node.kind === "operation" ? node.inputs : []) {
      if (inputs.includes(input) || inside.has(input)) continue;
      // A value that follows from no argument may be there twice.
      if (view.isFixed(input)) continue;
      if (view.node(input).kind === "argument") return false;
      inside.add(input);
      waiting.push(input);
    }
  }
  return [...inside].every(
    (id) => id === root || (!view.isGiven(id) && view.users(id).every((user) => inside.has(user))),
  );
}

/**
 * True if a value is written as its elements, which takes no more room than what it follows from.
 *
 * @param needed the values that are read by themselves: native operators read a Variable before its reshape.
 */
function isFolded(view: View, id: number, needed: readonly boolean[]): boolean {
  const node = view.node(id);
  if (node.kind !== "operation" || view.isGiven(id) || !view.isFixed(id)) return false;
  if (view.isConstant(id) && sizeOf(node.shape) <= FEW) return true;
  // A weight that is read in this form alone.
  const [input = -1, ...others] = node.inputs;
  if (others.length > 0 || node.op.kernel?.kind !== "view") return false;
  if (!isReadOnce(view, input, needed)) return false;
  return sizeOf(node.shape) <= sizeOf(view.node(input).shape);
}

/** Returns the number of elements; infinite where it is open. */
function sizeOf(shape: readonly Length[]): number {
  return shape.reduce<number>(
    (size, length) => size * (typeof length === "number" ? length : Number.POSITIVE_INFINITY),
    1,
  );
}

/** Returns the Variable that a value has the elements of. */
function cellOf(view: View, id: number): Cell | undefined {
  const node = view.node(id);
  if (node.kind === "state") return node.cell;
  const inputs = node.kind === "operation" ? node.inputs : [];
  return inputs.length === 1 ? cellOf(view, at(inputs, 0)) : undefined;
}

function isReadOnce(view: View, id: number, needed: readonly boolean[]): boolean {
  const node = view.node(id);
  if (view.users(id).length !== 1 || view.isGiven(id) || needed[id]) return false;
  return node.kind !== "operation" || node.inputs.every((input) => isReadOnce(view, input, needed));
}
