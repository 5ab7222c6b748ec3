// Scans along an axis, in order: each result combines the result before it with the next element. (The sum of all
// elements along an axis has another order, see summation.ts.)
//
// The array is outer × length × inner. `reverse` begins with the last element along the axis. Rows of `inner` elements
// are `pitch` elements apart: `pitch` exceeds `inner` where the rows are some columns of a wider array, and then
// `outer` is 1.

import { combineScalars, combineVectors, isSame } from "./operations";
import { VECTOR_BYTES } from "./vector";

/**
 * The bytes from which on rows are processed four at a time, so that they wait less for memory. Shorter rows stay in
 * the cache, and the processor prefetches them better one by one.
 */
const LONG_ROW: usize = 8192;

/** The most bytes of a row whose results stay in registers. */
const MOST_NARROW: usize = 4 * VECTOR_BYTES;

/** The operation h = a · h + x, whose factors `a` are a second array. */
export class Recurrence {}

/**
 * The bytes of a strip, the part of a row whose columns are scanned together: the results of the row before stay in the
 * second-level cache.
 */
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

/** Computes the results of one array of length × inner, one strip of columns after the other. */
function scanColumns<T, O>(x: usize, a: usize, out: usize, length: usize, row: usize, step: isize): void {
  for (let strip: usize = 0; strip < row; strip += STRIP_BYTES) {
    const bytes = min(STRIP_BYTES, row - strip);
    const vectors = bytes & ~(VECTOR_BYTES - 1);
    let place = strip;
    memory.copy(out + place, x + place, bytes);
    let left = length - 1;
    for (; left >= 4 && bytes >= LONG_ROW; left -= 4) {
      nextFour<T, O>(x + place, a + place, out + place, bytes, step);
      place += 4 * step;
    }
    for (; left > 0; left--) {
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

/**
 * Computes the results of the four rows after the row of results at `out`, which is read once. The last vector overlaps
 * the one before.
 */
function nextFour<T, O>(x: usize, a: usize, out: usize, bytes: usize, step: isize): void {
  const last = bytes - VECTOR_BYTES;
  let i: usize = 0;
  while (true) {
    const first = i + step;
    const second = first + step;
    const third = second + step;
    const fourth = third + step;
    let h = nextVector<T, O>(v128.load(out + i), v128.load(x + first), a + first);
    v128.store(out + first, h);
    h = nextVector<T, O>(h, v128.load(x + second), a + second);
    v128.store(out + second, h);
    h = nextVector<T, O>(h, v128.load(x + third), a + third);
    v128.store(out + third, h);
    h = nextVector<T, O>(h, v128.load(x + fourth), a + fourth);
    v128.store(out + fourth, h);
    if (i == last) return;
    i += VECTOR_BYTES;
    if (i > last) i = last;
  }
}

/**
 * Computes the results of one array of length × inner whose rows are one to four vectors, which stay in registers. The
 * last vector of a row may overlap the one before.
 */
function scanNarrow<T, O>(x: usize, a: usize, out: usize, length: usize, row: usize, step: isize): void {
  const last = row - VECTOR_BYTES;
  const second = min(VECTOR_BYTES, last);
  const third = min(second + VECTOR_BYTES, last);
  let h0 = v128.load(x);
  let h1 = v128.load(x + second);
  let h2 = v128.load(x + third);
  let h3 = v128.load(x + last);
  for (let left = length; ; left--) {
    v128.store(out, h0);
    v128.store(out + second, h1);
    v128.store(out + third, h2);
    v128.store(out + last, h3);
    if (left == 1) return;
    x += step;
    a += step;
    out += step;
    h0 = nextVector<T, O>(h0, v128.load(x), a);
    h1 = nextVector<T, O>(h1, v128.load(x + second), a + second);
    h2 = nextVector<T, O>(h2, v128.load(x + third), a + third);
    h3 = nextVector<T, O>(h3, v128.load(x + last), a + last);
  }
}

/**
 * Writes the results of four rows, or of two or three columns, as independent chains of operations: the first at x, the
 * others at byte offsets from it.
 */
function scanFour<T, O>(
  x: usize,
  a: usize,
  out: usize,
  length: usize,
  step: isize,
  second: usize,
  third: usize,
  fourth: usize,
): void {
  let h0 = load<T>(x);
  let h1 = load<T>(x + second);
  let h2 = load<T>(x + third);
  let h3 = load<T>(x + fourth);
  for (let left = length; ; left--) {
    store<T>(out, h0);
    store<T>(out + second, h1);
    store<T>(out + third, h2);
    store<T>(out + fourth, h3);
    if (left == 1) return;
    x += step;
    a += step;
    out += step;
    h0 = nextScalar<T, O>(h0, load<T>(x), a);
    h1 = nextScalar<T, O>(h1, load<T>(x + second), a + second);
    h2 = nextScalar<T, O>(h2, load<T>(x + third), a + third);
    h3 = nextScalar<T, O>(h3, load<T>(x + fourth), a + fourth);
  }
}

/** Writes the results of one row. */
function scanOne<T, O>(x: usize, a: usize, out: usize, length: usize, step: isize): void {
  let last = load<T>(x);
  for (let left = length; ; left--) {
    store<T>(out, last);
    if (left == 1) return;
    x += step;
    a += step;
    out += step;
    last = nextScalar<T, O>(last, load<T>(x), a);
  }
}

/**
 * Computes out[o, k, i] = operation(out[o, k − 1, i], x[o, k, i]); the first result is x[o, 0, i]. `a` has the factors
 * of a Recurrence.
 */
export function scan<T, O>(
  x: usize,
  a: usize,
  out: usize,
  outer: usize,
  length: usize,
  inner: usize,
  pitch: usize,
  reverse: i32,
): void {
  if (length == 0 || inner == 0) return;
  const row = inner * sizeof<T>();
  const apart = pitch * sizeof<T>();
  const bytes = length * apart;
  const step: isize = reverse ? -apart : apart;
  if (reverse) {
    x += bytes - apart;
    a += bytes - apart;
    out += bytes - apart;
  }
  // The distance of rows that are scanned together is `bytes`; columns are neighbours.
  const second: usize = inner == 1 ? bytes : sizeof<T>();
  const third: usize = inner == 1 ? 2 * bytes : row - sizeof<T>();
  const fourth: usize = inner == 1 ? 3 * bytes : third;
  while (outer > 0) {
    const together: usize = inner == 1 && outer >= 4 ? 4 : 1;
    if (row > MOST_NARROW) scanColumns<T, O>(x, a, out, length, row, step);
    else if (row >= VECTOR_BYTES) scanNarrow<T, O>(x, a, out, length, row, step);
    else if (together == 4 || inner > 1) scanFour<T, O>(x, a, out, length, step, second, third, fourth);
    else scanOne<T, O>(x, a, out, length, step);
    x += together * bytes;
    a += together * bytes;
    out += together * bytes;
    outer -= together;
  }
}
