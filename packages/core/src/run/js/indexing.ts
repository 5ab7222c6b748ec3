/**
 * Rows at indices in JavaScript: copied out of an array, and added into one.
 */

import { ArgumentError } from "../../errors.ts";
import type { IndexLayout } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";

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

/**
 * The indices counted from the front.
 * @throws ArgumentError for one out of range, before anything is written.
 */
function placesOf(op: string, layout: IndexLayout, indices: TypedArray): Int32Array {
  const { length } = layout;
  const lowest = lowestIndex(layout);
  const places = new Int32Array(indices.length);
  for (let i = 0; i < places.length; i++) {
    const index = indices[i] as number;
    if (index < lowest || index >= length) throw outOfRange(op, layout, indices, i);
    places[i] = index < 0 ? index + length : index;
  }
  return places;
}

/** result[g, o, j, …] = x[g, o, indices[g, j], …] */
export function gather(
  op: string,
  layout: IndexLayout,
  x: TypedArray,
  indices: TypedArray,
  result: TypedArray,
): void {
  const { groups, outer, length, count, inner } = layout;
  const places = placesOf(op, layout, indices);
  let to = 0;
  for (let slab = 0; slab < groups * outer; slab++) {
    const first = Math.floor(slab / outer) * count;
    if (inner === 1) {
      const row = slab * length;
      for (let j = 0; j < count; j++) {
        result[to++] = x[row + (places[first + j] as number)] as number;
      }
      continue;
    }
    for (let j = 0; j < count; j++) {
      const from = (slab * length + (places[first + j] as number)) * inner;
      if (inner >= LONG_ROW) result.set(x.subarray(from, from + inner), to);
      else for (let i = 0; i < inner; i++) result[to + i] = x[from + i] as number;
      to += inner;
    }
  }
}

/** result[g, o, indices[g, j], …] += x[g, o, j, …] for j in order; `result` comes as zeros. */
export function scatterAdd(
  op: string,
  layout: IndexLayout,
  x: TypedArray,
  indices: TypedArray,
  result: TypedArray,
): void {
  const { groups, outer, length, count, inner } = layout;
  const places = placesOf(op, layout, indices);
  let from = 0;
  for (let slab = 0; slab < groups * outer; slab++) {
    const first = Math.floor(slab / outer) * count;
    for (let j = 0; j < count; j++) {
      const to = (slab * length + (places[first + j] as number)) * inner;
      // Storing rounds to the dtype.
      for (let i = 0; i < inner; i++) {
        result[to + i] = (result[to + i] as number) + (x[from + i] as number);
      }
      from += inner;
    }
  }
}
