/**
 * `findNaN`: the op at which the value or a gradient of a function stopped being finite.
 */

import { checkCall, checkFunction, refuseSurplus } from "../arguments.ts";
import { lineOf } from "../callSite.ts";
import { checkTensor } from "../differentiate/inputs.ts";
import { parameterNames } from "../differentiate/parameterNames.ts";
import { GradientRecording, walkBack } from "../differentiate/reverse.ts";
import { NodeGradients, type Tape } from "../differentiate/tape.ts";
import { formatShape } from "../errors.ts";
import { isOf } from "../graph/apply.ts";
import type { Inputs, TensorFunction, TensorInputs } from "../graph/functions.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import { callRecorded, withLocations } from "../graph/tracing.ts";
import { type Leaf, leafTensor, walkTree } from "../graph/tree.ts";
import { isVariable, watchReads } from "../graph/variable.ts";
import { watchLayers } from "../layers/layerPath.ts";
import { onesLike } from "../tensor/create.ts";
import { type DType, isFloat } from "../tensor/dtype.ts";
import { at, type Shape } from "../tensor/shape.ts";
import { isTensor, readArray, type Tensor } from "../tensor/tensor.ts";
import { locationOfCall, WatchedRecording, type WatchedValue } from "./watchedRecording.ts";

/** The elements of a tensor in short. */
export interface ValueRange {
  /** The length of each axis. */
  readonly shape: Shape;
  /** The type of the elements. */
  readonly dtype: DType;
  /** The least of the finite elements; undefined where none is. */
  readonly least: number | undefined;
  /** The greatest of the finite elements; undefined where none is. */
  readonly greatest: number | undefined;
  /** The number of elements that are NaN or ±Infinity. */
  readonly notFinite: number;
  /** The number of elements that are NaN. */
  readonly nan: number;
}

/** The findings of {@link findNaN}: data, and lines of text. */
export interface NaNReport {
  /**
   * The kind of the first value that is not finite: the value of an op, a gradient, or an input that the function was
   * called with.
   */
  readonly kind: "value" | "gradient" | "input";
  /** The name of the op; for an input that of the argument, `Variable weight` or `constant`. */
  readonly op: string;
  /** The layer and the step, such as `Sequential.layers[2], Dense 4 → 2` or `step 3 of scan`; steps count from 0. */
  readonly layerPath: string | undefined;
  /** The file, row and column of the call in the user's code, as errors name it. */
  readonly line: string | undefined;
  /** The inputs of the op. */
  readonly inputs: readonly ValueRange[];
  /** The value of the op or the input; for a gradient the result of the op's derivative. */
  readonly output: ValueRange;
  /** The range of the op's cotangent; undefined unless the kind is a gradient. */
  readonly cotangent: ValueRange | undefined;
  /** The names of the ops from this one to the result, along the shortest path. */
  readonly way: readonly string[];
  /** Returns the same as lines of text. */
  toString(): string;
}

/**
 * Runs a function op by op, and finds where it stopped being finite. That is the first op that made NaN or ±Infinity of
 * finite inputs, of those from which NaN or ±Infinity has come to the result. What never arrives there, such as a mask
 * of −Infinity before a softmax, is no fault. If the result is a finite scalar, its gradients with respect to all
 * arguments and all trained Variables that the function reads are looked at in the same way. So pass the loss: in a
 * whole training step the gradient is a value, and the op that is reported is one of the derivative.
 *
 * Steps of `scan` and `whileLoop`, the branch of `cond` and functions in `checkpoint` are looked into. Composites such
 * as `softmax` are one op, and so is `customGradient`. Compiled functions run as they are written, and ops in steps and
 * branches have their lines in the function. What the function assigns to Variables counts as a result, and is undone.
 * Nothing is compiled and all values are kept, so it takes more time and memory than a gradient: it is for a run that
 * has failed, not for every step.
 *
 * @param fn a function of tensors or trees whose result is a Tensor or a tree of Tensors.
 * @returns a function of the same arguments that returns a {@link NaNReport}, or undefined where all is finite.
 * @throws ArgumentError if `fn` is no function; DerivativeError for a result that has no Tensor; RecordingError inside
 *   compiled functions, where no values exist; and what `fn` throws.
 * @example
 * ```ts
 * import { findNaN, type Tensor, tensor } from "@graddiff/core";
 *
 * const entropy = (p: Tensor) => p.mul(p.log()).sum().neg();
 * const report = findNaN(entropy)(tensor([0.5, 0.5, 0]));
 * console.log(report?.kind, report?.op, report?.way.join(" → ")); // value log log → mul → sum → neg
 * console.log(report?.inputs[0]?.least, report?.output.notFinite); // 0 1
 * console.log(findNaN(entropy)(tensor([0.5, 0.25, 0.25]))); // undefined
 * ```
 */
export function findNaN<F extends TensorFunction<unknown>>(
  fn: F & AtOnce<ReturnType<F>>,
): (...inputs: TensorInputs<F>) => NaNReport | undefined;
export function findNaN<List extends readonly unknown[], Result>(
  fn: (...inputs: List) => Result & Recordable<List> & AtOnce<Result>,
): (...inputs: Inputs<List>) => NaNReport | undefined;
export function findNaN(fn: (...inputs: never) => unknown): unknown {
  refuseSurplus("findNaN", 1, arguments);
  checkFunction("findNaN", fn);
  return (...inputs: unknown[]) => {
    checkCall("findNaN", fn, inputs);
    // The tape is open until the gradients are there.
    return record(new GradientRecording(), (gradients) => {
      const run = record(new WatchedRecording(gradients), (watched) => runOf(watched, fn, inputs));
      return faultOfValue(run) ?? faultOfGradient(run, gradients);
    });
  };
}

/** A run of the function. */
interface Run {
  readonly values: readonly WatchedValue[];
  /** The ids of all results, and of the values assigned to Variables. */
  readonly roots: readonly number[];
  /** The id of the only result; undefined for a tree. */
  readonly result: number | undefined;
}

function runOf(
  watched: WatchedRecording,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
): Run {
  const op = "findNaN";
  const names = parameterNames(fn);
  const args = inputs.map((input, i) =>
    walkTree(
      op,
      input,
      (leaf, path) => (isVariable(leaf) ? leaf : watched.argument(leafTensor(leaf), path)),
      { path: names[i] ?? `argument ${i}` },
    ),
  );
  const returned = watchReads(watched.noteRead, () =>
    withLocations(locationOfCall, () =>
      watchLayers(watched.onlooker, () => callRecorded(op, fn, args)),
    ),
  );
  const roots: number[] = [];
  const add = (leaf: Leaf, path: string) => {
    const tensor = isVariable(leaf) ? leaf.value : checkTensor(op, leaf, path);
    return roots.push(watched.idOf(tensor));
  };
  walkTree(op, returned, add, { path: "result" });
  for (const tensor of watched.takeAssigned()) roots.push(watched.idOf(tensor));
  if (roots.length === 0) checkTensor(op, returned);
  return { values: watched.values, roots, result: isTensor(returned) ? roots[0] : undefined };
}

/** Returns the fault from which NaN or ±Infinity reached the results. */
function faultOfValue({ values, roots }: Run): NaNReport | undefined {
  const known = new Map<number, boolean>();
  const isBad = (id: number): boolean => {
    const is = known.get(id) ?? countNotFinite(at(values, id).value) > 0;
    known.set(id, is);
    return is;
  };
  const notFinite = (ids: readonly number[]) => ids.filter(isBad);
  const first = notFinite(roots);
  if (first.length === 0) return undefined;
  const reached = new Set(first);
  // Grows while it is walked over.
  for (const id of reached) {
    for (const input of notFinite(at(values, id).inputs)) reached.add(input);
  }
  const ordered = [...reached].sort((a, b) => a - b);
  const id = sourceOf(values, ordered, notFinite);
  const { kind, inputs, value } = at(values, id);
  return reportOf(values, id, {
    kind: kind === "operation" ? "value" : "input",
    inputs: inputs.map((input) => rangeOf(at(values, input).value)),
    output: rangeOf(value),
    way: wayTo(id, roots, (node) => notFinite(at(values, node).inputs), values),
  });
}

/**
 * Returns the node that is the origin of a value that is not finite. A constant of ±Infinity is intended, as in a mask:
 * then the origin is the op that made NaN of it, or else the op that passed it on.
 */
function sourceOf(
  values: readonly WatchedValue[],
  ordered: readonly number[],
  notFinite: (ids: readonly number[]) => readonly number[],
): number {
  const hasNaN = (id: number) => rangeOf(at(values, id).value).nan > 0;
  const begins = (id: number) => {
    const { kind, inputs } = at(values, id);
    return kind === "constant" ? hasNaN(id) : notFinite(inputs).length === 0;
  };
  const isOperation = (id: number) => at(values, id).kind === "operation";
  return (
    ordered.find(begins) ??
    ordered.find((id) => hasNaN(id) && !at(values, id).inputs.some(hasNaN)) ??
    ordered.find(isOperation) ??
    at(ordered, 0)
  );
}

/** A gradient on its way from an op back to an input. */
interface Edge {
  /** Ids on the tape. */
  readonly node: number;
  readonly input: number;
  /** The range of the gradient that it contributes. */
  readonly range: ValueRange;
}

/** Returns a report of the op whose derivative brought NaN or ±Infinity into the gradients of a scalar, if any did. */
function faultOfGradient(run: Run, gradients: GradientRecording): NaNReport | undefined {
  const { values, result } = run;
  const output = result === undefined ? undefined : values[result]?.value;
  if (result === undefined || output === undefined || !isOf(gradients, output)) return undefined;
  if (output.rank > 0 || !isFloat(output.dtype)) return undefined;
  const { tape } = gradients;
  const found = new NodeGradients();
  found.add(output.index, onesLike(tape.valueOf(output.index)));
  const edges: Edge[] = [];
  walkBack(tape, found, (node, input, contribution) => {
    const operation = tape.nodes[node];
    if (operation?.kind !== "operation") return;
    edges.push({ node, input: at(operation.inputs, input), range: rangeOf(contribution) });
  });
  const edge = sourceOfGradient(tape, found, edges);
  if (edge === undefined) return undefined;
  const id = values.findIndex(({ value }) => isOf(gradients, value) && value.index === edge.node);
  const cotangent = found.value(edge.node);
  return reportOf(values, id, {
    kind: "gradient",
    inputs: at(values, id).inputs.map((input) => rangeOf(at(values, input).value)),
    output: edge.range,
    cotangent: cotangent && rangeOf(cotangent),
    way: wayTo(id, [result], (node) => at(values, node).inputs, values),
  });
}

/**
 * Returns the first edge of the backward pass whose gradient is not finite and reached an argument or a Variable.
 */
function sourceOfGradient(
  tape: Tape,
  found: NodeGradients,
  edges: readonly Edge[],
): Edge | undefined {
  const isBad = (id: number) => {
    const gradient = found.value(id);
    return gradient !== undefined && countNotFinite(gradient) > 0;
  };
  const into = new Map<number, number[]>();
  edges.forEach(({ input }, i) => {
    const list = into.get(input);
    if (list === undefined) into.set(input, [i]);
    else list.push(i);
  });
  const reached = new Set<number>();
  tape.nodes.forEach(({ kind }, id) => {
    if (kind === "argument" && isBad(id)) reached.add(id);
  });
  let first = edges.length;
  // Grows while it is walked over.
  for (const id of reached) {
    const all = into.get(id) ?? [];
    const bad = all.filter((i) => at(edges, i).range.notFinite > 0);
    // A sum of finite gradients has grown too large.
    if (bad.length === 0) first = Math.min(first, all.at(-1) ?? first);
    for (const i of bad) {
      const { node } = at(edges, i);
      const before = resultsOnTape(tape, node).filter(isBad);
      if (before.length === 0) first = Math.min(first, i);
      for (const other of before) reached.add(other);
    }
  }
  return edges[first];
}

/** Returns the ids of all results of an operation on a tape. */
function resultsOnTape({ nodes }: Tape, operation: number): number[] {
  const ids = [operation];
  for (let id = operation + 1; ; id++) {
    const node = nodes[id];
    if (node?.kind !== "projection" || node.of !== operation) return ids;
    ids.push(id);
  }
}

/** Returns the names of the ops on the shortest way from a value to a result. */
function wayTo(
  start: number,
  roots: readonly number[],
  inputsOf: (id: number) => readonly number[],
  values: readonly WatchedValue[],
): string[] {
  /** By id: the next on the way; −1 for a result. */
  const next = new Map<number, number>(roots.map((id) => [id, -1]));
  // The list grows during this loop, so the nearest are visited first.
  for (const id of next.keys()) {
    if (id === start) break;
    for (const input of inputsOf(id)) if (!next.has(input)) next.set(input, id);
  }
  const way: string[] = [];
  for (let id = start; id >= 0; id = next.get(id) ?? -1) {
    const { kind, name } = at(values, id);
    if (kind === "operation") way.push(name);
  }
  return way;
}

function countNotFinite(tensor: Tensor): number {
  return isFloat(tensor.dtype) ? rangeOf(tensor).notFinite : 0;
}

function rangeOf(tensor: Tensor): ValueRange {
  const { shape, dtype } = tensor;
  let [least, greatest, notFinite, nan] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    0,
  ];
  for (const element of readArray(tensor, "findNaN")) {
    if (Number.isFinite(element)) {
      least = Math.min(least, element);
      greatest = Math.max(greatest, element);
    } else {
      notFinite++;
      if (Number.isNaN(element)) nan++;
    }
  }
  const isSome = least <= greatest;
  return {
    shape,
    dtype,
    least: isSome ? least : undefined,
    greatest: isSome ? greatest : undefined,
    notFinite,
    nan,
  };
}

function reportOf(
  values: readonly WatchedValue[],
  id: number,
  found: Pick<NaNReport, "kind" | "inputs" | "output" | "way"> & Partial<NaNReport>,
): NaNReport {
  const { name, layerPath, trace } = at(values, id);
  const report = {
    op: name,
    layerPath,
    line: lineOf(trace),
    cotangent: undefined,
    ...found,
  };
  return { ...report, toString: () => textOf(report) };
}

/** The number of ops of a long way that are shown at each of its ends. */
const SHOWN = 5;

const HEADS: Readonly<Record<NaNReport["kind"], (op: string) => string>> = {
  value: (op) => `The value of ${op} is not finite.`,
  gradient: (op) => `The gradient that ${op} hands back is not finite.`,
  input: (op) => `${op} is not finite.`,
};

function textOf(report: Omit<NaNReport, "toString">): string {
  const { kind, op, layerPath, line, inputs, output, cotangent, way } = report;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["layer", layerPath],
    ["line", line],
    ...inputs.map((input, i) => [`input ${i}`, textOfRange(input)] as const),
    ["cotangent", cotangent && textOfRange(cotangent)],
    [kind === "gradient" ? "gradient" : "value", textOfRange(output)],
    ["way", way.length === 0 ? undefined : textOfWay(way)],
  ];
  const shown = rows.filter(([, text]) => text !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return [HEADS[kind](op), ...shown.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join(
    "\n",
  );
}

/** Returns the ends of a way: one through a loop has as many ops as its steps. */
function textOfWay(way: readonly string[]): string {
  const left = way.length - 2 * SHOWN;
  if (left <= 1) return way.join(" → ");
  return [...way.slice(0, SHOWN), `${left} others`, ...way.slice(-SHOWN)].join(" → ");
}

function textOfRange({ shape, dtype, least, greatest, notFinite, nan }: ValueRange): string {
  const finite = least === undefined ? "" : `, from ${least} to ${greatest}`;
  const infinite = notFinite - nan;
  const counts = [nan > 0 ? `${nan} NaN` : "", infinite > 0 ? `${infinite} infinite` : ""];
  const others = counts.filter(Boolean).map((count) => `, ${count}`);
  return `${dtype} ${formatShape(shape)}${finite}${others.join("")}`;
}
