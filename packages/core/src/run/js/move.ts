/**
 * Copies elements between a contiguous array and strided places: transposition, repetition,
 * slices, and their inverses.
 */

import type { Placement } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";

/** Rows of at least so many elements are copied at once. */
const LONG_ROW = 16;

/** One axis of what is copied. */
interface Axis {
  readonly length: number;
  readonly read: number;
  readonly write: number;
}

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
  if (sizeOf(shape) === 0) return;
  const own = { offset: 0, strides: stridesOf(shape) };
  const read = from ?? own;
  const write = to ?? own;
  copyAxes(mergeAxes(shape, read, write), source, read.offset, target, write.offset);
}

/** The axes without those of length 1; neighbours that both sides walk as one are one. */
function mergeAxes(shape: Shape, read: Placement, write: Placement): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((length, i) => {
    if (length === 1) return;
    const axis = { length, read: at(read.strides, i), write: at(write.strides, i) };
    const last = axes.at(-1);
    if (last?.read === axis.read * length && last.write === axis.write * length) {
      axes.pop();
      axes.push({ ...axis, length: last.length * length });
    } else axes.push(axis);
  });
  return axes;
}

function copyAxes(
  axes: readonly Axis[],
  source: TypedArray,
  from: number,
  target: TypedArray,
  to: number,
): void {
  const inner = axes.at(-1) ?? { length: 1, read: 1, write: 1 };
  const outer = axes.slice(0, -1);
  const index = outer.map(() => 0);
  let a = from;
  let b = to;
  for (;;) {
    copyRow(inner, source, a, target, b);
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      const { length, read, write } = at(outer, axis);
      const next = at(index, axis) + 1;
      const wraps = next === length;
      index[axis] = wraps ? 0 : next;
      const steps = wraps ? 1 - next : 1;
      a += steps * read;
      b += steps * write;
      if (!wraps) break;
    }
    if (axis < 0) return;
  }
}

function copyRow(
  { length, read, write }: Axis,
  source: TypedArray,
  a: number,
  target: TypedArray,
  b: number,
): void {
  if (read === 1 && write === 1 && length >= LONG_ROW) {
    target.set(source.subarray(a, a + length), b);
  } else if (read === 0 && write === 1 && length >= LONG_ROW) {
    target.fill(at(source, a), b, b + length);
  } else {
    for (let j = 0; j < length; j++) target[b + j * write] = source[a + j * read] as number;
  }
}
