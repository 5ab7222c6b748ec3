/**
 * Ops on arrays that stand in linear memory, for compiled programs: kernels and their arguments,
 * prepared once and called on every run.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { computeInto } from "../js/index.ts";
import { indexingCall } from "./indexing.ts";
import { isNumber, reductionKernels } from "./kernels.ts";
import { productCall, productScratchBytes } from "./products.ts";
import { randomCall } from "./random.ts";
import { reductionCall, reductionForm } from "./reduction.ts";
import { arrayAt, type Kernel } from "./workspace.ts";

/** An array in linear memory. */
export interface Place extends TensorType {
  readonly address: number;
  /** In elements, one for each axis; undefined where the array is contiguous. */
  readonly strides?: readonly number[];
}

/** An op at its place in a program. */
export interface PlacedOp {
  readonly op: Op;
  readonly attributes: Attributes;
  readonly inputs: readonly Place[];
  readonly output: Place;
  /** The address of `scratchBytesOf` bytes. */
  readonly scratch: number;
}

/** Computes its op once. */
export type Step = () => void;

/**
 * What computes an op in linear memory. It holds views, so it must be made anew when memory has
 * grown.
 */
export function stepOf(kernel: Kernel, placed: PlacedOp): Step {
  return kernelStep(kernel, placed) ?? javaScriptStep(kernel, placed);
}

/** The step of an op that has a kernel; undefined for others. */
export function kernelStep(kernel: Kernel, placed: PlacedOp): Step | undefined {
  const { op, attributes, inputs, output } = placed;
  return (
    productStep(kernel, placed) ??
    reductionStep(kernel, placed) ??
    indexingCall(kernel, op, attributes, inputs, output) ??
    randomCall(kernel, op, attributes, inputs, output)
  );
}

/** Whether an op is computed by a kernel that reads matrices with any strides. */
export function readsStrides(op: Op, { dtype }: TensorType): boolean {
  return op.kernel.kind === "contraction" && isNumber(dtype);
}

/** The bytes of scratch memory that an op's step needs. */
export function scratchBytesOf(
  kernel: Kernel,
  op: Op,
  [x]: readonly TensorType[],
  output: TensorType,
): number {
  if (!readsStrides(op, output) || !isNumber(output.dtype)) return 0;
  return productScratchBytes(kernel, output.dtype, x?.shape ?? [], output.shape);
}

/** The elements of a place, valid until memory grows. */
export function viewOf(kernel: Kernel, { dtype, shape, address }: Place): TypedArray {
  return arrayAt(kernel, dtype, address, sizeOf(shape));
}

/** A product of matrices or of stacks of them, any of which may be read transposed. */
function productStep(kernel: Kernel, { op, inputs, output, scratch }: PlacedOp): Step | undefined {
  if (!readsStrides(op, output) || !isNumber(output.dtype)) return undefined;
  return productCall(kernel, output.dtype, at(inputs, 0), at(inputs, 1), output, scratch);
}

/** A sum, a maximum or a minimum. */
function reductionStep(
  kernel: Kernel,
  { op, attributes, inputs, output }: PlacedOp,
): Step | undefined {
  if (op.kernel.kind !== "reduction" || !isNumber(output.dtype)) return undefined;
  const kernels = reductionKernels(kernel, op.name, output.dtype);
  const { shape, address } = at(inputs, 0);
  const form = reductionForm(shape, attributes["axes"] as readonly number[]);
  if (kernels === undefined || form === undefined) return undefined;
  const reduce = reductionCall(kernels, form, kernel.rowScratch);
  return () => reduce(address, output.address);
}

/** Ops without a kernel work on the same memory. */
function javaScriptStep(kernel: Kernel, { op, attributes, inputs, output }: PlacedOp): Step {
  const arrays = inputs.map((input) => viewOf(kernel, input));
  const array = viewOf(kernel, output);
  return () => {
    array.fill(0);
    computeInto(op, arrays, inputs, attributes, { type: output, array });
  };
}
