// The group of kernels that put rows into an array where some stand already.

import { combineRows, firstOutside } from "../../indexing";
import { Maximum, Minimum } from "../../operations";

/**
 * out[g, o, indices[g, j]] = the extreme of x there and of the rows of `values` with this index: the layout of
 * scatterAdd. −1 − the position of the first index that does not fit, and else 0.
 */
// exported for f32, f64, i32, as putMax of Maximum, putMin of Minimum
function placeExtreme<T, O>(
  x: usize,
  indices: usize,
  values: usize,
  out: usize,
  groups: usize,
  outer: usize,
  length: usize,
  count: usize,
  inner: usize,
  pitch: usize,
  lowest: i32,
): i32 {
  const outside = firstOutside(indices, groups * count, <i32>length, lowest);
  if (outside < 0) return outside;
  const rows = groups * outer * length;
  if (inner == pitch) memory.copy(out, x, rows * inner * sizeof<T>());
  else {
    for (let row: usize = 0; row < rows; row++) {
      const place = row * pitch * sizeof<T>();
      memory.copy(out + place, x + place, inner * sizeof<T>());
    }
  }
  combineRows<T, O>(values, indices, out, groups, outer, length, count, inner, pitch);
  return 0;
}
