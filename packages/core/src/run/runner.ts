/**
 * The runners, and the evaluation of ops on stored tensors, one at a time or all of a trace: the bottom of all
 * recordings.
 *
 * In: an op and stored tensors. Out: stored tensors.
 *
 * Invariant: every way of running has the bits of the JavaScript runner, which can compute every op. The WebAssembly runner
 * takes over where it has a kernel and the array is large enough to pay for the call.
 */

import { oneOf, type Reader, refuseSurplus } from "../arguments.ts";
import { runJs } from "../families/javascript.ts";
import { transposeLater } from "../families/transposed.ts";
import { registerEvaluator } from "../graph/apply.ts";
import type { CallBody } from "../graph/joint.ts";
import type { ScalarFunction } from "../graph/kernel.ts";
import { hasOneResult, type Op } from "../graph/op.ts";
import { readCell, recordingOfConstants, withoutRecordingConstants } from "../graph/recording.ts";
import { leafValue } from "../graph/replay.ts";
import {
  neededNodes,
  type Operation,
  projectionsByOperation,
  resultTypes,
  rootsOf,
  type Trace,
} from "../graph/trace.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "../graph/types.ts";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import { entryAt, resultWithin, sameShape, sizeOf } from "../tensor/shape.ts";
import { oneValueOf, patterned } from "../tensor/symbolicConstant.ts";
import { readStorage, stored, Tensor } from "../tensor/tensor.ts";
import { isAvailable, runEagerly } from "./engine.ts";

/** The names of the runners. */
export type RunnerName = "wasm" | "js";

export const readRunner: Reader<RunnerName> = oneOf("wasm", "js");

let chosen: RunnerName = "wasm";

/**
 * Chooses the runner of eager ops, and of compiled functions without the option `backend`, from now on. Results are the
 * same, bit for bit; only the speed differs.
 *
 * @param name "wasm" (the default) uses WebAssembly where it is available and pays; "js" never
 *   loads it, which also avoids the warning where a content security policy forbids it.
 * @throws ArgumentError for another name.
 * @example
 * ```ts
 * import { activeRunner, setRunner, tensor } from "@graddiff/core";
 *
 * const x = tensor([1, 2]);
 * setRunner("js");
 * console.log(String(x.exp()), activeRunner()); // [2.7182817 7.389056 ] js
 * setRunner("wasm");
 * ```
 */
export function setRunner(name: RunnerName): void {
  refuseSurplus("setRunner", 1, arguments);
  chosen = readRunner("setRunner", "name", name);
}

/** Returns the runner that was chosen, whether or not WebAssembly can be had. @internal */
export function chosenRunner(): RunnerName {
  return chosen;
}

/**
 * Returns the runner that computes large batches: "js" if it was chosen, or where WebAssembly cannot be had.
 *
 * @example
 * ```ts
 * import { activeRunner } from "@graddiff/core";
 *
 * console.log(activeRunner()); // wasm
 * ```
 */
export function activeRunner(): RunnerName {
  refuseSurplus("activeRunner", 0, arguments);
  return chosen === "wasm" && isAvailable() ? "wasm" : "js";
}

/**
 * Returns the results of an op on stored tensors.
 *
 * @param call runs its bodies.
 * @param known the types of the results. Default: those of the op's rule.
 */
function computeAll(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  call: CallBody = interpretBody,
  runner: RunnerName = chosen,
  known?: readonly TensorType[],
): readonly Tensor[] {
  const { body, compositeKernel } = op;
  if (body === undefined) {
    const types = known ?? typesOf(op, inputs, attributes);
    return types.length === 1
      ? [compute(op, inputs, attributes, entryAt(types, 0), runner)]
      : storedAll(types, computeArrays(op, inputs, attributes, types, runner));
  }
  // The ops of a body check their inputs, and computing types would take a tenth of the time of a small one.
  const types =
    known ?? (compositeKernel || op.bodies ? typesOf(op, inputs, attributes) : undefined);
  const whole = compositeKernel && types && computeComposite(op, inputs, attributes, types, runner);
  if (whole !== undefined) return whole;
  // The search for the refused element uses ops, which must not be recorded in a running trace.
  let found: readonly Tensor[];
  try {
    found =
      recordingOfConstants() === undefined
        ? body(inputs, attributes, call)
        : withoutRecordingConstants(() => body(inputs, attributes, call));
  } catch (error) {
    // The op's own error is thrown, if it has one, since the error of the body names an op that the user did not call.
    typesOf(op, inputs, attributes);
    throw error;
  }
  // A body that chooses between numbers forgets the tensor beside them, and one with a cast the numbers. Two bodies may
  // differ in whether a number is weak, and the type must not depend on which has run.
  if (!op.bodies && !found.some(isWeak) && !inputs.some(isWeak)) return found;
  const outputTypes = types ?? typesOf(op, inputs, attributes);
  return found.map((result, i) => relabelled(result, entryAt(outputTypes, i)));
}

/**
 * Returns the first result. An op with a kernel makes no list for it, which would take a tenth of the time of a small
 * op.
 */
function computeFirst(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
  if (op.body === undefined) {
    const types = typesOf(op, inputs, attributes);
    if (types.length === 1) return compute(op, inputs, attributes, entryAt(types, 0));
  }
  return entryAt(computeAll(op, inputs, attributes), 0);
}

function isWeak({ weak }: TensorType): boolean {
  return weak;
}

/** Returns the types of an op's results. @throws an error for results that do not fit into memory. */
function typesOf(
  { name, results }: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
): readonly TensorType[] {
  const types = results(inputs, attributes);
  for (let i = 0; i < types.length; i++) resultWithin(name, entryAt(types, i), inputs[0]);
  return types;
}

/** Computes a primitive op of one result whose type is known, on a given runner or the chosen one. */
export function compute(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
  runner: RunnerName = chosen,
): Tensor {
  return (
    computeRepeated(op, inputs, output) ?? computeBatch(op, inputs, attributes, output, runner)
  );
}

function computeBatch(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
  runner: RunnerName,
): Tensor {
  const cheaper = computeCheaper(op, inputs, output, runner);
  if (cheaper) return cheaper;
  const transpose = transposeLater(op, inputs, attributes, output);
  if (transpose) return new Tensor(output.shape, output.dtype, output.weak, transpose);
  return storedAs(output, entryAt(computeArrays(op, inputs, attributes, [output], runner), 0));
}

/** Returns the elements of the results of an op with a kernel. */
function computeArrays(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly TensorType[],
  runner: RunnerName,
): readonly TypedArray[] {
  const accelerated =
    runner === "wasm" ? runEagerly({ op, inputs, attributes, outputs }) : undefined;
  return accelerated ?? runJs(op, inputs, attributes, outputs);
}

/**
 * Returns the results of a composite that has a kernel; undefined for other ops, and where the kernel does not pay.
 */
function computeComposite(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly TensorType[],
  runner: RunnerName,
): Tensor[] | undefined {
  if (runner === "js" || !op.compositeKernel?.fits({ inputs, attributes })) return undefined;
  const arrays = runEagerly({ op, inputs, attributes, outputs });
  return arrays && storedAll(outputs, arrays);
}

function storedAll(types: readonly TensorType[], arrays: readonly TypedArray[]): Tensor[] {
  return types.map((type, i) => storedAs(type, entryAt(arrays, i)));
}

function storedAs({ shape, dtype, weak }: TensorType, array: TypedArray): Tensor {
  return stored(shape, dtype, array, weak);
}

/** Returns the same elements, as a plain number or as a tensor. */
function relabelled(result: Tensor, { shape, dtype, weak }: TensorType): Tensor {
  return result.weak === weak ? result : new Tensor(shape, dtype, weak, result.storage);
}

/**
 * Returns the result of an elementwise op or a view whose inputs are numbers, or have one value everywhere: it has one,
 * too, and no array is made. Undefined for others.
 */
function computeRepeated(
  { kernel }: Op,
  inputs: readonly Tensor[],
  { shape, dtype, weak }: TensorType,
): Tensor | undefined {
  const [x, y, z] = inputs;
  const first = x && oneValueOf(x);
  if (first === undefined) return undefined;
  const second = y && oneValueOf(y);
  const third = z && oneValueOf(z);
  if ((y && second === undefined) || (z && third === undefined)) return undefined;
  const scalar =
    kernel?.kind === "elementwise"
      ? kernel.scalar(entryAt(inputs, inputs.length - 1).dtype)
      : kernel?.kind === "view"
        ? itself
        : undefined;
  const size = sizeOf(shape);
  if (scalar === undefined || size === 0) return undefined;
  const value = asStored(scalar(first, second ?? 0, third ?? 0), dtype);
  return patterned(shape, dtype, { kind: "value", value }, weak);
}

const itself: ScalarFunction = (x) => x;

/** Returns the result of an op by its identities; undefined if they do not apply. */
function computeCheaper(
  { identities }: Op,
  [x, y]: readonly Tensor[],
  output: TensorType,
  runner: RunnerName,
): Tensor | undefined {
  if (identities === undefined || x === undefined || y === undefined) return undefined;
  const { leftUnit, rightUnit, twice } = identities;
  const isResult = (tensor: Tensor) =>
    tensor.dtype === output.dtype && sameShape(tensor.shape, output.shape);
  const aliased = (tensor: Tensor) =>
    new Tensor(output.shape, output.dtype, output.weak, readStorage(tensor, "evaluate"));
  if (leftUnit !== undefined && Object.is(oneValueOf(x), leftUnit) && isResult(y))
    return aliased(y);
  const right = oneValueOf(y);
  if (right === undefined || !isResult(x)) return undefined;
  if (Object.is(right, rightUnit)) return aliased(x);
  return twice && Object.is(right, twice.right)
    ? compute(twice.other, [x, x], NO_ATTRIBUTES, output, runner)
    : undefined;
}

/** Returns a number as it would come out of an array of a dtype: float32 rounds, int32 wraps around. */
function asStored(value: number, dtype: DType): number {
  switch (dtype) {
    case "float32":
      return Math.fround(value);
    case "int32":
      return value | 0;
    default:
      return value;
  }
}

/** One op of a trace. */
interface Step {
  readonly operation: Operation;
  readonly types: readonly TensorType[];
  readonly output: number;
  /** The ids of the other results. */
  readonly projections: readonly { readonly id: number; readonly index: number }[];
  /** Values that no later step reads, and that are no results. */
  readonly released: readonly number[];
}

/** A trace as a list of steps. */
export class Interpreter {
  readonly trace: Trace;
  readonly #steps: readonly Step[];
  readonly #roots: readonly number[];

  constructor(trace: Trace) {
    this.trace = trace;
    this.#roots = rootsOf(trace);
    this.#steps = stepsOf(trace, this.#roots);
  }

  /** Returns the results for the given arguments, and after them what is to be assigned to Variables. */
  run(inputs: readonly Tensor[], runner: RunnerName | undefined, call: CallBody): Tensor[] {
    const { nodes } = this.trace;
    const values: (Tensor | undefined)[] = [];
    for (const node of nodes) values.push(leafValue(node, inputs, readCell));
    const read = (id: number) => entryAt(values as Tensor[], id);
    for (const { operation, types, output, projections, released } of this.#steps) {
      const { op, attributes } = operation;
      const operands = operation.inputs.map(read);
      const results = computeAll(op, operands, attributes, call, runner, types);
      values[output] = entryAt(results, 0);
      for (const { id, index } of projections) values[id] = entryAt(results, index);
      for (const id of released) values[id] = undefined;
    }
    return this.#roots.map(read);
  }
}

function stepsOf(trace: Trace, roots: readonly number[]): Step[] {
  const needed = neededNodes(trace);
  const lastUse = new Map<number, number>();
  const projections = projectionsByOperation(trace, needed);
  trace.nodes.forEach((node, id) => {
    if (node.kind !== "operation" || needed[id] === 0) return;
    for (const input of node.inputs) lastUse.set(input, id);
  });
  for (const id of roots) lastUse.delete(id);
  const releasedAt = new Map<number, number[]>();
  for (const [id, user] of lastUse) {
    const known = releasedAt.get(user);
    if (known === undefined) releasedAt.set(user, [id]);
    else known.push(id);
  }
  return trace.nodes.flatMap((node, output): Step[] => {
    if (node.kind !== "operation" || needed[output] === 0) return [];
    const released = releasedAt.get(output) ?? [];
    const outputs = projections.get(output) ?? [];
    const types: TensorType[] = hasOneResult(node.op) ? [] : [...resultTypes(node, trace)];
    // The last op of a composite's body gets the type of the composite, which may differ from the op's own.
    types[0] = node;
    for (const { id, index } of outputs) types[index] = entryAt(trace.nodes, id);
    return [{ operation: node, types, output, projections: outputs, released }];
  });
}

const interpreters = new WeakMap<Trace, Interpreter>();

/** Runs a body op by op, with the chosen runner. */
export const interpretBody: CallBody = (body, inputs) => {
  let interpreter = interpreters.get(body);
  if (interpreter === undefined) {
    interpreter = new Interpreter(body);
    interpreters.set(body, interpreter);
  }
  return interpreter.run(inputs, undefined, interpretBody);
};

registerEvaluator({
  all: (op, inputs, attributes) =>
    op.bodies?.whole?.(op, inputs, attributes) ?? computeAll(op, inputs, attributes),
  first: computeFirst,
});
