/**
 * Copies elements between a contiguous array and strided places: transposition, repetition,
 * slices, and their inverses.
 */

import type { Placement } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";

/**
 * Copies the elements of a box of `shape`. A side without a placement is contiguous.
 */
export function copyStrided(
  shape: Shape,
  source: TypedArray,
  from: Placement | undefined,
  target: TypedArray,
  to: Placement | undefined,
): void {
  const total = sizeOf(shape);
  if (total === 0) return;
  const own = { offset: 0, strides: stridesOf(shape) };
  const read = from ?? own;
  const write = to ?? own;
  const last = shape.length - 1;
  const columns = last < 0 ? 1 : at(shape, last);
  const readStep = last < 0 ? 0 : at(read.strides, last);
  const writeStep = last < 0 ? 0 : at(write.strides, last);
  const index = new Array<number>(Math.max(0, last)).fill(0);
  let a = read.offset;
  let b = write.offset;
  for (let done = 0; done < total; done += columns) {
    for (let j = 0; j < columns; j++) {
      target[b + j * writeStep] = source[a + j * readStep] as number;
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = at(index, axis) + 1;
      const wraps = next === shape[axis];
      index[axis] = wraps ? 0 : next;
      const steps = wraps ? -(next - 1) : 1;
      a += steps * at(read.strides, axis);
      b += steps * at(write.strides, axis);
      if (!wraps) break;
    }
  }
}
