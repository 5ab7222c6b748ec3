/**
 * Eager random sequences through the kernel, in pieces that stay in the cache.
 */

import { SUFFIX } from "../../families/exports.ts";
import type { EagerCall, Sequence } from "../../graph/kernel.ts";
import { allocate, isFloat, type TypedArray } from "../../tensor/dtype.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { readArray } from "../../tensor/tensor.ts";
import { keysOf } from "../../tensor/threefry.ts";
import { PIECE, workspace } from "./workspace.ts";

/** Fewer elements cost less in JavaScript than the call and the copy. */
const SMALLEST_SEQUENCE = 64;

/** Sequences for the seeds in a tensor; undefined where JavaScript is quicker. */
export function runUniform(
  { op, inputs, output: { shape, dtype } }: EagerCall,
  { low, high, first, step }: Sequence,
): TypedArray | undefined {
  const seeds = at(inputs, 0);
  const length = sizeOf(shape) / seeds.size;
  const space = length < SMALLEST_SEQUENCE ? undefined : workspace();
  if (space === undefined || !isFloat(dtype)) return undefined;
  const run = space.kernel.exports[`uniform_${SUFFIX[dtype]}`];
  const view = space.view(0, dtype);
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
