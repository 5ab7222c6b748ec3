// Kernels for rows at indices: gather copies them out of an array, and scatterAdd adds them to one.
//
//   gather       out[g, o, j, …] = x[g, o, indices[g, j], …]
//   scatterAdd   out[g, o, indices[g, j], …] += x[g, o, j, …], for j = 0, 1, … in order, from +0
//
// x of gather, and out of scatterAdd, is groups × outer × length × a row; the other array has `count` rows in place of
// `length`. Rows that are added are `pitch` elements apart: the length of a row, or more where rows are some columns of
// a wider array, and then groups × outer is 1. Indices are groups × count i32 from `lowest` to `length` − 1; negative
// ones count from the end. If an index is out of range, nothing is written, and the result is −1 − the position of the
// first such index; else it is 0.

import { Add, combineScalars, combineVectors } from "./operations";
import { VECTOR_BYTES, vectorLength } from "./vector";

/** The bytes of a row from which on a call of memory.copy costs less than a loop. */
const LONG_ROW: usize = 512;

/** Returns −1 − the position of the first index that is out of range; 0 if there is none. */
export function firstOutside(indices: usize, count: usize, length: i32, lowest: i32): i32 {
  const range = <u32>(length - lowest);
  const starts = i32x4.splat(lowest);
  const ranges = i32x4.splat(<i32>range);
  let j: usize = 0;
  // Four indices are checked at once, until one of them is out of range.
  for (; j + 4 <= count; j += 4) {
    const from = i32x4.sub(v128.load(indices + 4 * j), starts);
    if (v128.any_true(i32x4.ge_u(from, ranges))) break;
  }
  for (; j < count; j++) {
    if (<u32>(load<i32>(indices + 4 * j) - lowest) >= range) return -1 - <i32>j;
  }
  return 0;
}

/** Returns the index at a position, counted from the front. */
@inline
export function indexAt(indices: usize, place: usize, length: usize): usize {
  const index = load<i32>(indices + 4 * place);
  // A branch would be mispredicted where signs are mixed.
  return <usize>index + (<usize>(index >> 31) & length);
}

@inline
export function copyRow(from: usize, to: usize, bytes: usize): void {
  if (bytes >= LONG_ROW) {
    memory.copy(to, from, bytes);
    return;
  }
  for (; bytes >= VECTOR_BYTES; bytes -= VECTOR_BYTES) {
    v128.store(to, v128.load(from));
    from += VECTOR_BYTES;
    to += VECTOR_BYTES;
  }
  for (; bytes >= 4; bytes -= 4) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
  for (; bytes > 0; bytes--) {
    store<u8>(to, load<u8>(from));
    from++;
    to++;
  }
}

/** Copies four words at a time, which are independent of each other. */
function gatherWords(x: usize, indices: usize, out: usize, length: usize, count: usize): void {
  let j: usize = 0;
  for (; j + 4 <= count; j += 4) {
    const a = load<u32>(x + 4 * indexAt(indices, j, length));
    const b = load<u32>(x + 4 * indexAt(indices, j + 1, length));
    const c = load<u32>(x + 4 * indexAt(indices, j + 2, length));
    const d = load<u32>(x + 4 * indexAt(indices, j + 3, length));
    store<u32>(out + 4 * j, a);
    store<u32>(out + 4 * j, b, 4);
    store<u32>(out + 4 * j, c, 8);
    store<u32>(out + 4 * j, d, 12);
  }
  for (; j < count; j++) store<u32>(out + 4 * j, load<u32>(x + 4 * indexAt(indices, j, length)));
}

/**
 * Copies rows of `bytes` bytes, of any element type: out[g, o, j] = x[g, o, indices[g, j]]. Returns −1 − the position
 * of the first index that is out of range, else 0.
 */
export function gather(
  x: usize,
  indices: usize,
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
  for (; groups > 0; groups--) {
    for (let o: usize = 0; o < outer; o++) {
      if (bytes == 4) {
        gatherWords(x, indices, out, length, count);
      } else {
        for (let j: usize = 0; j < count; j++) {
          copyRow(x + bytes * indexAt(indices, j, length), out + bytes * j, bytes);
        }
      }
      x += length * bytes;
      out += count * bytes;
    }
    indices += 4 * count;
  }
  return 0;
}

@inline
function combineRow<T, O>(from: usize, to: usize, count: usize): void {
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    v128.store(to, combineVectors<T, O>(v128.load(to), v128.load(from)));
    from += VECTOR_BYTES;
    to += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    store<T>(to, combineScalars<T, O>(load<T>(to), load<T>(from)));
    from += sizeof<T>();
    to += sizeof<T>();
  }
}

/**
 * Computes out[g, o, indices[g, j]] = operation(out[g, o, indices[g, j]], x[g, o, j]), for j in order. All indices are
 * in range.
 */
@inline
export function combineRows<T, O>(
  x: usize,
  indices: usize,
  out: usize,
  groups: usize,
  outer: usize,
  length: usize,
  count: usize,
  inner: usize,
  pitch: usize,
): void {
  const bytes = pitch * sizeof<T>();
  for (; groups > 0; groups--) {
    for (let o: usize = 0; o < outer; o++) {
      if (inner == 1 && pitch == 1) {
        for (let j: usize = 0; j < count; j++) {
          const to = out + sizeof<T>() * indexAt(indices, j, length);
          store<T>(to, combineScalars<T, O>(load<T>(to), load<T>(x + sizeof<T>() * j)));
        }
      } else {
        for (let j: usize = 0; j < count; j++) {
          combineRow<T, O>(x + bytes * j, out + bytes * indexAt(indices, j, length), inner);
        }
      }
      x += count * bytes;
      out += length * bytes;
    }
    indices += 4 * count;
  }
}

/**
 * Adds rows of `inner` elements, which wrap around if they are integers: out[g, o, indices[g, j]] += x[g, o, j].
 * Returns −1 − the position of the first index that is out of range, else 0.
 */
// exported for f32, f64, i32
@inline
function scatterAdd<T>(
  x: usize,
  indices: usize,
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
  if (inner == pitch) memory.fill(out, 0, rows * inner * sizeof<T>());
  else {
    for (let row: usize = 0; row < rows; row++) {
      memory.fill(out + row * pitch * sizeof<T>(), 0, inner * sizeof<T>());
    }
  }
  combineRows<T, Add>(x, indices, out, groups, outer, length, count, inner, pitch);
  return 0;
}
