// Scans along an axis, in order: each result is what an operation makes of the one before it and the next element.
// (A sum along an axis that is needed whole has another order, see summation.ts.)
//
// The array is outer × length × inner. `reverse` begins with the last element along the axis.

import { combineScalars, combineVectors, isSame } from "./operations";
import { VECTOR_BYTES } from "./vector";

/** The operation h = a · h + x, whose factors `a` are a second array. */
export class Recurrence {}

/** Columns that are walked together, in bytes: the results before them are still in the second cache. */
const STRIP_BYTES: usize = 65536;

@inline
function nextVector<T, O>(before: v128, x: v128, a: usize): v128 {
  if (isSame<O, Recurrence>()) return v128.add<T>(v128.mul<T>(v128.load(a), before), x);
  return combineVectors<T, O>(before, x);
}

@inline
function nextScalar<T, O>(before: T, x: T, a: usize): T {
  if (isSame<O, Recurrence>()) return <T>(<T>(load<T>(a) * before) + x);
  return combineScalars<T, O>(before, x);
}

/** Results of one array of length × inner, one strip of columns after the other. */
function scanColumns<T, O>(x: usize, a: usize, out: usize, length: usize, row: usize, step: isize): void {
  for (let strip: usize = 0; strip < row; strip += STRIP_BYTES) {
    const bytes = min(STRIP_BYTES, row - strip);
    const vectors = bytes & ~(VECTOR_BYTES - 1);
    let place = strip;
    memory.copy(out + place, x + place, bytes);
    for (let k: usize = 1; k < length; k++) {
      const before = place;
      place += step;
      let i: usize = 0;
      for (; i < vectors; i += VECTOR_BYTES) {
        const last = v128.load(out + before + i);
        v128.store(out + place + i, nextVector<T, O>(last, v128.load(x + place + i), a + place + i));
      }
      for (; i < bytes; i += sizeof<T>()) {
        const last = load<T>(out + before + i);
        store<T>(out + place + i, nextScalar<T, O>(last, load<T>(x + place + i), a + place + i));
      }
    }
  }
}

/** Results along four rows side by side, as four chains of operations. */
function scanFourRows<T, O>(x: usize, a: usize, out: usize, row: usize, step: isize): void {
  let last0 = load<T>(x);
  let last1 = load<T>(x + row);
  let last2 = load<T>(x + 2 * row);
  let last3 = load<T>(x + 3 * row);
  for (let left = row; ; left -= sizeof<T>()) {
    store<T>(out, last0);
    store<T>(out + row, last1);
    store<T>(out + 2 * row, last2);
    store<T>(out + 3 * row, last3);
    if (left == sizeof<T>()) return;
    x += step;
    a += step;
    out += step;
    last0 = nextScalar<T, O>(last0, load<T>(x), a);
    last1 = nextScalar<T, O>(last1, load<T>(x + row), a + row);
    last2 = nextScalar<T, O>(last2, load<T>(x + 2 * row), a + 2 * row);
    last3 = nextScalar<T, O>(last3, load<T>(x + 3 * row), a + 3 * row);
  }
}

/** Results along one row. */
function scanRow<T, O>(x: usize, a: usize, out: usize, row: usize, step: isize): void {
  let last = load<T>(x);
  for (let left = row; ; left -= sizeof<T>()) {
    store<T>(out, last);
    if (left == sizeof<T>()) return;
    x += step;
    a += step;
    out += step;
    last = nextScalar<T, O>(last, load<T>(x), a);
  }
}

/** out[o, k, i] = operation(out[o, k − 1, i], x[o, k, i]); the first is x[o, 0, i]. `a` has factors, where there are any. */
export function scan<T, O>(
  x: usize,
  a: usize,
  out: usize,
  outer: usize,
  length: usize,
  inner: usize,
  reverse: i32,
): void {
  if (length == 0 || inner == 0) return;
  const row = inner * sizeof<T>();
  const bytes = length * row;
  const step: isize = reverse ? -row : row;
  if (reverse) {
    x += bytes - row;
    a += bytes - row;
    out += bytes - row;
  }
  while (outer > 0) {
    const together: usize = inner == 1 && outer >= 4 ? 4 : 1;
    if (inner > 1) scanColumns<T, O>(x, a, out, length, row, step);
    else if (together == 4) scanFourRows<T, O>(x, a, out, bytes, step);
    else scanRow<T, O>(x, a, out, bytes, step);
    x += together * bytes;
    a += together * bytes;
    out += together * bytes;
    outer -= together;
  }
}
