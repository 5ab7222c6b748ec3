/**
 * The JavaScript runner: it can compute every primitive op.
 */

import type { Computation, Kernel } from "../graph/kernel.ts";
import type { Attributes, Op, TensorType } from "../graph/op.ts";
import { allocate } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { readArray, type Storage, type Tensor } from "../tensor/tensor.ts";

/** Computes an op into a new array. */
export function runJs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  type: TensorType,
): Storage {
  const { compute, handsOn } = kernelOf(op);
  const arrays = inputs.map((input) => readArray(input, op.name));
  if (handsOn !== undefined) return at(arrays, 0);
  const result = allocate(type.dtype, sizeOf(type.shape));
  compute({ name: op.name, arrays, types: inputs, attributes, type, result });
  return result;
}

/** Computes an op into an array of zeros. */
export function computeInto(op: Op, call: Computation): void {
  kernelOf(op).compute(call);
}

function kernelOf({ name, kernel }: Op): Kernel {
  if (kernel !== undefined) return kernel;
  throw new Error(`${name} runs as the ops it is written in`);
}
