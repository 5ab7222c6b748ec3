/**
 * Eager random sequences through the kernel, in pieces that stay in the cache.
 */

import type { Attributes, Op, Kernel as OpKernel, TensorType } from "../../graph/op.ts";
import { allocate, isFloat, type TypedArray } from "../../tensor/dtype.ts";
import { keysOf } from "../../tensor/random.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import { uniformKernel } from "./kernels.ts";
import { PIECE, workspace } from "./workspace.ts";

/** Fewer elements cost less in JavaScript than the call and the copy. */
const SMALLEST_SEQUENCE = 64;

type UniformOp = Extract<OpKernel, { kind: "uniform" }>;

/** Sequences for the seeds in a tensor; undefined where JavaScript is quicker. */
export function runUniform(
  op: Op,
  definition: UniformOp,
  seeds: Tensor,
  attributes: Attributes,
  { shape, dtype }: TensorType,
): TypedArray | undefined {
  const length = sizeOf(shape) / seeds.size;
  const space = length < SMALLEST_SEQUENCE ? undefined : workspace();
  if (space === undefined || !isFloat(dtype)) return undefined;
  const run = uniformKernel(space.kernel, dtype);
  const view = space.view(0, dtype);
  const { low, high, first, step } = definition.sequence(attributes);
  const result = allocate(dtype, sizeOf(shape));
  readArray(seeds, op.name).forEach((seed, sequence) => {
    const [key0, key1] = keysOf(op.name, seed);
    for (let start = 0; start < length; start += PIECE) {
      const count = Math.min(PIECE, length - start);
      run(view.byteOffset, count, (first + start * step) | 0, step, key0, key1, low, high);
      result.set(view.subarray(0, count), sequence * length + start);
    }
  });
  return result;
}
