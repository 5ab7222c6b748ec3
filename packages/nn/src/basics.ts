/** Small helpers for arrays and tensors, written with the public names of core. */

import { type DType, type Shape, slice, type Tensor } from "@graddiff/core";
import { toTensor } from "@graddiff/core/extend";
import { stored } from "./inside.ts";

/** Returns `array[index]`, for an index that must be within the array. @throws RangeError for any other index. */
export function at<T>(array: ArrayLike<T>, index: number): T {
  const element = array[index];
  if (element !== undefined) return element;
  throw new RangeError(`no entry ${index}`);
}

/** Returns the number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Returns a number as a scalar tensor. Without a dtype it is of a weak type, which adapts to other operands. */
export function scalar(value: number, dtype?: DType): Tensor {
  return dtype === undefined ? toTensor("scalar", "value", value) : stored([], dtype, value);
}

/** Returns `length` elements along an axis, from index `start` on. */
export function elementsAlong(x: Tensor, axis: number, start: number, length: number): Tensor {
  const starts = x.shape.map((_, i) => (i === axis ? start : 0));
  return slice(
    x,
    starts,
    x.shape.map((whole, i) => (i === axis ? start + length : whole)),
  );
}
