// The group of kernels that put rows into an array where some stand already.

import { firstOutside, indexAt } from "../../indexing";
import { combineScalars, combineVectors, Maximum, Minimum } from "../../operations";
import { VECTOR_BYTES, vectorLength } from "../../vector";

/**
 * out[g, o, indices[g, j]] = the extreme of x there and of the rows of `values` with this index: the layout of
 * scatterAdd. The place of the first index that does not fit, and else −1.
 */
// exported for f32, f64, i32, as placeMax of Maximum, placeMin of Minimum
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
  lowest: i32,
): i32 {
  const outside = firstOutside(indices, groups * count, <i32>length, lowest);
  if (outside >= 0) return outside;
  const bytes = inner * sizeof<T>();
  memory.copy(out, x, groups * outer * length * bytes);
  for (; groups > 0; groups--) {
    for (let o: usize = 0; o < outer; o++) {
      for (let j: usize = 0; j < count; j++) {
        let from = values + bytes * j;
        let to = out + bytes * indexAt(indices, j, length);
        let left = inner;
        for (; left >= vectorLength<T>(); left -= vectorLength<T>()) {
          v128.store(to, combineVectors<T, O>(v128.load(to), v128.load(from)));
          from += VECTOR_BYTES;
          to += VECTOR_BYTES;
        }
        for (; left > 0; left--) {
          store<T>(to, combineScalars<T, O>(load<T>(to), load<T>(from)));
          from += sizeof<T>();
          to += sizeof<T>();
        }
      }
      values += count * bytes;
      out += length * bytes;
    }
    indices += 4 * count;
  }
  return -1;
}
