// The group of kernels that write rows into a copy of an array.

import { combineRows, copyRow, firstOutside, indexAt } from "../../indexing";
import { Maximum, Minimum } from "../../operations";

/**
 * Computes out[g, o, indices[g, j]] as the extreme of the row of x and of the rows of `values` with this index; the
 * layout is that of scatterAdd. Returns −1 − the position of the first index that is out of range, else 0.
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

/**
 * out[g, o, indices[g, j]] = values[g, o, j] for j in order, and x elsewhere; rows of `bytes` bytes, of any element type.
 * If out is x, only the rows at the indices are written. Returns −1 − the position of the first index that is out of
 * range, else 0.
 */
export function put(
  x: usize,
  indices: usize,
  values: usize,
  out: usize,
  groups: usize,
  outer: usize,
  length: usize,
  count: usize,
  bytes: usize,
  lowest: i32,
): i32 {
  const outside = firstOutside(indices, groups * count, <i32>length, lowest);
  if (outside < 0) return outside;
  if (out != x) memory.copy(out, x, groups * outer * length * bytes);
  for (; groups > 0; groups--) {
    for (let o: usize = 0; o < outer; o++) {
      for (let j: usize = 0; j < count; j++) {
        copyRow(values + bytes * j, out + bytes * indexAt(indices, j, length), bytes);
      }
      values += count * bytes;
      out += length * bytes;
    }
    indices += 4 * count;
  }
  return 0;
}
