/**
 * The runners, and the evaluation of one op: the bottom of all recordings.
 *
 * The JavaScript runner can compute every op. The WebAssembly runner takes over where it has a
 * kernel and the batch is large enough to pay for the call; its results have the same bits.
 */

import { oneOf, type Reader, refuseSurplus } from "../arguments.ts";
import { runJs } from "../families/javascript.ts";
import { transposeLater } from "../families/transposed.ts";
import type { CallBody } from "../graph/joint.ts";
import type { Compute } from "../graph/kernel.ts";
import { type Attributes, NO_ATTRIBUTES, type Op, type TensorType } from "../graph/op.ts";
import { withoutRecordingConstants } from "../graph/recording.ts";
import type { DType } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { readStorage, stored, Tensor } from "../tensor/tensor.ts";
import { runWasm, workspace } from "./wasm/backend.ts";

/** The runners there are. */
export type RunnerName = "wasm" | "js";

export const readRunner: Reader<RunnerName> = oneOf("wasm", "js");

let chosen: RunnerName = "wasm";

/**
 * Chooses what computes eager ops, and compiled functions without a `backend` of their own, from now
 * on. Results are the same, bit for bit; only the speed differs.
 *
 * @param name "wasm" (the default) uses WebAssembly where it is available and pays; "js" never
 *   loads it, which also avoids the warning where a content security policy forbids it.
 * @throws ArgumentError for another name.
 */
export function setRunner(name: RunnerName): void {
  if (arguments.length > 1) refuseSurplus("setRunner", 1, arguments);
  chosen = readRunner("setRunner", "name", name);
}

/** The runner that was chosen, whether or not WebAssembly can be had. @internal */
export function chosenRunner(): RunnerName {
  return chosen;
}

/**
 * The runner that computes large batches: "js" if it was chosen, or where WebAssembly cannot be had.
 */
export function activeRunner(): RunnerName {
  if (arguments.length > 0) refuseSurplus("activeRunner", 0, arguments);
  return chosen === "wasm" && workspace() !== undefined ? "wasm" : "js";
}

/** Computes a primitive op whose result's type is known, on a given runner or the chosen one. */
export function compute(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
  runner: RunnerName = chosen,
): Tensor {
  const scalar = inputs.every(isScalar) && op.kernel?.scalar?.(at(inputs, inputs.length - 1).dtype);
  return scalar
    ? computeScalar(scalar, inputs, output)
    : computeBatch(op, inputs, attributes, output, runner);
}

/**
 * Computes an op with several results or with bodies on stored tensors.
 *
 * @param call runs its bodies.
 */
export function computeAll(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  call: CallBody,
): readonly Tensor[] {
  const { name, joint, results } = op;
  if (joint === undefined || results === undefined) {
    throw new Error(`${name} has no results of its own`);
  }
  // It may be written in ops, which belong to no trace that is being recorded.
  const found = withoutRecordingConstants(() => joint.run(inputs, attributes, call));
  const types = results(inputs, attributes);
  // Two bodies may differ in whether a number is weak, and the type must not depend on which has run.
  return found.map((result, i) => {
    const { weak } = at(types, i);
    const { shape, dtype, storage } = result;
    return result.weak === weak ? result : new Tensor(shape, dtype, weak, storage);
  });
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
  const accelerated = runner === "wasm" ? runWasm(op, inputs, attributes, output) : undefined;
  const storage = accelerated ?? runJs(op, inputs, attributes, output);
  return stored(output.shape, output.dtype, storage, output.weak);
}

/** The result of an op by its identities; undefined if they do not apply. */
function computeCheaper(
  { identities }: Op,
  [x, y]: readonly Tensor[],
  output: TensorType,
  runner: RunnerName,
): Tensor | undefined {
  const { rightUnit, twice } = identities ?? {};
  if (x === undefined || y === undefined || typeof y.storage !== "number") return undefined;
  if (!sameShape(x.shape, output.shape) || x.dtype !== output.dtype) return undefined;
  if (Object.is(y.storage, rightUnit)) {
    return new Tensor(output.shape, output.dtype, output.weak, readStorage(x, "evaluate"));
  }
  return twice && Object.is(y.storage, twice.right)
    ? compute(twice.other, [x, x], NO_ATTRIBUTES, output, runner)
    : undefined;
}

function isScalar(tensor: Tensor): boolean {
  return typeof tensor.storage === "number";
}

/** The short way for single numbers, which spares every array. */
function computeScalar(
  scalar: Compute,
  inputs: readonly Tensor[],
  { shape, dtype, weak }: TensorType,
): Tensor {
  const [x, y, z] = inputs;
  const result = scalar(numberOf(x), numberOf(y), numberOf(z));
  return new Tensor(shape, dtype, weak, asStored(result, dtype));
}

/** A number as it would come out of an array of a dtype: float32 rounds, int32 wraps around. */
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

function numberOf(tensor: Tensor | undefined): number {
  if (tensor === undefined) return 0;
  const storage = readStorage(tensor, "evaluate");
  return typeof storage === "number" ? storage : Number.NaN;
}
