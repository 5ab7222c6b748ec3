// Sums, maxima and minima of a sequence of neighbours, in the order of summation.ts: blocks of 512 elements with a
// group of lanes, and a tree of blocks.
//
// A maximum or a minimum has the same bits in any order, except for the payload of NaN; it has this order because the
// loop is then the same. Elements are f32, f64 or i32 (which has as many lanes as f32, and whose sums wrap around).

import {
  Add,
  combineScalars,
  combineVectors,
  identityOf,
  isExtreme,
  isSame,
  Maximum,
  Minimum,
  QuickMaximum,
  QuickMinimum,
} from "./operations";
import { BLOCK, leftPart, sum } from "./summation";
import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** Returns one to three elements as a vector that ends in the identity. Nothing is read beyond the elements. */
@inline
function loadTail<T, O>(x: usize, count: usize): v128 {
  let tail = v128.splat<T>(identityOf<T, O>());
  if (sizeof<T>() == 8) return v128.load_lane<f64>(x, tail, 0);
  tail = v128.load_lane<f32>(x, tail, 0);
  if (count > 1) tail = v128.load_lane<f32>(x, tail, 1, 4);
  if (count > 2) tail = v128.load_lane<f32>(x, tail, 2, 8);
  return tail;
}

/** Combines the four vectors of a group to one, and the lanes of that vector to one element. */
@inline
function combineGroup<T, O>(s0: v128, s1: v128, s2: v128, s3: v128): T {
  const lanes = combineVectors<T, O>(combineVectors<T, O>(s0, s1),
    combineVectors<T, O>(s2, s3),
  );
  if (isExtreme<O>()) {
    // Vectors are used, since a scalar maximum branches for NaN.
    let best = combineVectors<T, O>(lanes, v128.shuffle<i64>(lanes, lanes, 1, 0));
    if (sizeof<T>() == 4) {
      best = combineVectors<T, O>(best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
    }
    return v128.extract_lane<T>(best, 0);
  }
  const low = combineScalars<T, O>(v128.extract_lane<T>(lanes, 0), v128.extract_lane<T>(lanes, 1),
  );
  if (sizeof<T>() == 8) return low;
  const high = combineScalars<T, O>(v128.extract_lane<T>(lanes, 2), v128.extract_lane<T>(lanes, 3),
  );
  return combineScalars<T, O>(low, high);
}

/** Combines one block of at most 512 elements. It has at least two callers: see operations.ts. */
function reduceBlock<T, O>(x: usize, count: usize): T {
  const none = v128.splat<T>(identityOf<T, O>());
  let s0 = none;
  let s1 = none;
  let s2 = none;
  let s3 = none;
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    s0 = combineVectors<T, O>(s0, v128.load(x));
    s1 = combineVectors<T, O>(s1, v128.load(x, 16));
    s2 = combineVectors<T, O>(s2, v128.load(x, 32));
    s3 = combineVectors<T, O>(s3, v128.load(x, 48));
    x += GROUP_BYTES;
  }
  if (count > 0) {
    const vectors = count / vectorLength<T>();
    const rest = count - vectors * vectorLength<T>();
    if (vectors > 0) s0 = combineVectors<T, O>(s0, v128.load(x));
    if (vectors > 1) s1 = combineVectors<T, O>(s1, v128.load(x, 16));
    if (vectors > 2) s2 = combineVectors<T, O>(s2, v128.load(x, 32));
    if (rest > 0) {
      const last = loadTail<T, O>(x + vectors * VECTOR_BYTES, rest);
      if (vectors == 0) s0 = combineVectors<T, O>(s0, last);
      else if (vectors == 1) s1 = combineVectors<T, O>(s1, last);
      else if (vectors == 2) s2 = combineVectors<T, O>(s2, last);
      else s3 = combineVectors<T, O>(s3, last);
    }
  }
  return combineGroup<T, O>(s0, s1, s2, s3);
}

/** Combines one block of at most 512 elements. */
@inline
export function reduceOneBlock<T, O>(x: usize, count: usize): T {
  if (isFloat<T>()) {
    if (isSame<O, Add>()) return sum<T>(x, count);
    if (isSame<O, Maximum>()) {
      const quick = reduceBlock<T, QuickMaximum>(x, count);
      if (quick != <T>0) return quick;
    }
    if (isSame<O, Minimum>()) {
      const quick = reduceBlock<T, QuickMinimum>(x, count);
      if (quick != <T>0) return quick;
    }
  }
  return reduceBlock<T, O>(x, count);
}

/** Combines all `count` elements to one. */
export function reduceSequence<T, O>(x: usize, count: usize): T {
  if (isFloat<T>() && isSame<O, Add>()) return sum<T>(x, count);
  if (count <= BLOCK) return reduceOneBlock<T, O>(x, count);
  const half = leftPart(count);
  const before = reduceSequence<T, O>(x, half);
  const after = reduceSequence<T, O>(x + half * sizeof<T>(), count - half);
  return combineScalars<T, O>(before, after);
}

/** Reduces each row r of a matrix to out[r]. */
@inline
export function reduceRows<T, O>(
  x: usize,
  out: usize,
  rows: usize,
  count: usize,
): void {
  const end = out + rows * sizeof<T>();
  for (; out < end; out += sizeof<T>()) {
    const short = count <= BLOCK;
    store<T>(
      out,
      short ? reduceOneBlock<T, O>(x, count) : reduceSequence<T, O>(x, count),
    );
    x += count * sizeof<T>();
  }
}
