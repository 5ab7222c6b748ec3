/**
 * The elements of a tensor as nested arrays, as JavaScript writes matrices.
 */

import { ArgumentError, formatShape } from "../errors.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Elements as nested arrays; the elements themselves for a scalar. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** V8 makes no longer arrays. */
const LONGEST = 2 ** 27;

/** Returns the elements of a tensor as nested arrays. */
export function nest(storage: number | TypedArray, shape: Shape, dtype: DType): NestedArray {
  const element = (value: number) => (dtype === "bool" ? value !== 0 : value);
  if (typeof storage === "number") return element(storage);
  if (Math.max(storage.length, sizeOf(shape.slice(0, -1))) > LONGEST) {
    const expected = "at most 2^27 elements and rows";
    const hint = "Read large tensors with data()";
    throw new ArgumentError("toArray", "", expected, `the shape ${formatShape(shape)}`, hint);
  }
  let rows: NestedArray[] = Array.from(storage, element);
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const length = shape[axis] ?? 0;
    const count = sizeOf(shape.slice(0, axis));
    const flat = rows;
    rows = Array.from({ length: count }, (_, i) => flat.slice(i * length, (i + 1) * length));
  }
  return rows;
}
