/**
 * Rows at indices in JavaScript: copied out of an array, and added into one.
 */

import { ArgumentError } from "../../errors.ts";
import type { IndexLayout } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at } from "../../tensor/shape.ts";

/** Rows of at least so many elements are copied at once. */
const LONG_ROW = 32;

/** The least index that fits. */
export function lowestIndex({ length, fromEnd }: IndexLayout): number {
  return fromEnd ? -length : 0;
}

/** The error for the index at a place. */
export function outOfRange(
  op: string,
  layout: IndexLayout,
  indices: TypedArray,
  place: number,
): ArgumentError {
  const { axis, length } = layout;
  const integers =
    length === 0 ? "no indices" : `integers from ${lowestIndex(layout)} to ${length - 1}`;
  return new ArgumentError({
    op,
    argument: "indices",
    expected: `${integers}, since axis ${axis} has length ${length}`,
    got: `${indices[place]} at position ${place}`,
  });
}

/** @throws ArgumentError for an index out of range, before anything is written. */
function checkIndices(op: string, layout: IndexLayout, indices: TypedArray): void {
  const lowest = lowestIndex(layout);
  const place = indices.findIndex((index) => index < lowest || index >= layout.length);
  if (place >= 0) throw outOfRange(op, layout, indices, place);
}

/** Calls `row` for each index with where its row begins in the long and in the short array. */
function walk(
  { groups, outer, length, count, inner }: IndexLayout,
  indices: TypedArray,
  row: (long: number, short: number) => void,
): void {
  for (let slab = 0; slab < groups * outer; slab++) {
    const group = Math.floor(slab / outer);
    for (let j = 0; j < count; j++) {
      const index = at(indices, group * count + j);
      const place = index < 0 ? index + length : index;
      row((slab * length + place) * inner, (slab * count + j) * inner);
    }
  }
}

/** result[g, o, j, …] = x[g, o, indices[g, j], …] */
export function gather(
  op: string,
  layout: IndexLayout,
  x: TypedArray,
  indices: TypedArray,
  result: TypedArray,
): void {
  checkIndices(op, layout, indices);
  const { inner } = layout;
  walk(layout, indices, (from, to) => {
    if (inner >= LONG_ROW) result.set(x.subarray(from, from + inner), to);
    else for (let i = 0; i < inner; i++) result[to + i] = x[from + i] as number;
  });
}

/** result[g, o, indices[g, j], …] += x[g, o, j, …] for j in order; `result` comes as zeros. */
export function scatterAdd(
  op: string,
  layout: IndexLayout,
  x: TypedArray,
  indices: TypedArray,
  result: TypedArray,
): void {
  checkIndices(op, layout, indices);
  const { inner } = layout;
  walk(layout, indices, (to, from) => {
    for (let i = 0; i < inner; i++) {
      // Storing rounds to the dtype.
      result[to + i] = (result[to + i] as number) + (x[from + i] as number);
    }
  });
}
