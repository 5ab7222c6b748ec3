// Sums, maxima and minima of a sequence of neighbours, in the order of summation.ts: blocks of 512,
// a group of lanes in each, the blocks as a tree.
//
// A maximum or a minimum has the same bits in any order, but for the payload of NaN; it keeps this
// one because the loop is then the same. Elements are f32, f64 or i32 (which has as many lanes as
// f32, and whose sums wrap around).

import { BLOCK, leftPart, sum } from "./summation";
import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

export const ADD: i32 = 0;
export const MAXIMUM: i32 = 1;
export const MINIMUM: i32 = 2;

// The exact maximum of floats takes some nine instructions, most of them for NaN and for +0 above −0.
// The quick one takes three and is right but for the sign of 0: where it gives 0, the exact one must
// run. (v128.pmax keeps x unless x < y, so a NaN that x has got stays.)

const QUICK_MAXIMUM: i32 = 3;
const QUICK_MINIMUM: i32 = 4;

@inline
function isMaximum(operation: i32): bool {
  return operation == MAXIMUM || operation == QUICK_MAXIMUM;
}

/** What changes nothing: the result of no elements. */
@inline
export function identityOf<T>(operation: i32): T {
  if (operation == ADD) return <T>0;
  if (isFloat<T>()) return isMaximum(operation) ? <T>-Infinity : <T>Infinity;
  return isMaximum(operation) ? <T>i32.MIN_VALUE : <T>i32.MAX_VALUE;
}

@inline
export function combineVectors<T>(operation: i32, x: v128, y: v128): v128 {
  if (operation == ADD) return v128.add<T>(x, y);
  if (isFloat<T>()) {
    if (operation == QUICK_MAXIMUM) return v128.or(v128.pmax<T>(x, y), v128.ne<T>(y, y));
    if (operation == QUICK_MINIMUM) return v128.or(v128.pmin<T>(x, y), v128.ne<T>(y, y));
  }
  return operation == MAXIMUM ? v128.max<T>(x, y) : v128.min<T>(x, y);
}

@inline
export function combineScalars<T>(operation: i32, x: T, y: T): T {
  if (operation == ADD) return <T>(x + y);
  return isMaximum(operation) ? max<T>(x, y) : min<T>(x, y);
}

/** One to three elements as a vector that ends in the identity; reads nothing beyond them. */
@inline
function loadTail<T>(operation: i32, x: usize, count: usize): v128 {
  let tail = v128.splat<T>(identityOf<T>(operation));
  if (sizeof<T>() == 8) return v128.load_lane<f64>(x, tail, 0);
  tail = v128.load_lane<f32>(x, tail, 0);
  if (count > 1) tail = v128.load_lane<f32>(x, tail, 1, 4);
  if (count > 2) tail = v128.load_lane<f32>(x, tail, 2, 8);
  return tail;
}

/** The four vectors of a group, and then the lanes of that vector, as one element. */
@inline
function combineGroup<T>(operation: i32, s0: v128, s1: v128, s2: v128, s3: v128): T {
  const lanes = combineVectors<T>(
    operation,
    combineVectors<T>(operation, s0, s1),
    combineVectors<T>(operation, s2, s3),
  );
  if (operation != ADD) {
    // Scalar maxima jump around NaN, and vectors do not.
    let best = combineVectors<T>(operation, lanes, v128.shuffle<i64>(lanes, lanes, 1, 0));
    if (sizeof<T>() == 4) {
      best = combineVectors<T>(operation, best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
    }
    return v128.extract_lane<T>(best, 0);
  }
  const low = combineScalars<T>(
    operation, v128.extract_lane<T>(lanes, 0), v128.extract_lane<T>(lanes, 1),
  );
  if (sizeof<T>() == 8) return low;
  const high = combineScalars<T>(
    operation, v128.extract_lane<T>(lanes, 2), v128.extract_lane<T>(lanes, 3),
  );
  return combineScalars<T>(operation, low, high);
}

/** One block of at most 512 elements. */
@inline
function reduceBlock<T>(operation: i32, x: usize, count: usize): T {
  const none = v128.splat<T>(identityOf<T>(operation));
  let s0 = none;
  let s1 = none;
  let s2 = none;
  let s3 = none;
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    s0 = combineVectors<T>(operation, s0, v128.load(x));
    s1 = combineVectors<T>(operation, s1, v128.load(x, 16));
    s2 = combineVectors<T>(operation, s2, v128.load(x, 32));
    s3 = combineVectors<T>(operation, s3, v128.load(x, 48));
    x += GROUP_BYTES;
  }
  if (count > 0) {
    const vectors = count / vectorLength<T>();
    const rest = count - vectors * vectorLength<T>();
    if (vectors > 0) s0 = combineVectors<T>(operation, s0, v128.load(x));
    if (vectors > 1) s1 = combineVectors<T>(operation, s1, v128.load(x, 16));
    if (vectors > 2) s2 = combineVectors<T>(operation, s2, v128.load(x, 32));
    if (rest > 0) {
      const last = loadTail<T>(operation, x + vectors * VECTOR_BYTES, rest);
      if (vectors == 0) s0 = combineVectors<T>(operation, s0, last);
      else if (vectors == 1) s1 = combineVectors<T>(operation, s1, last);
      else if (vectors == 2) s2 = combineVectors<T>(operation, s2, last);
      else s3 = combineVectors<T>(operation, s3, last);
    }
  }
  return combineGroup<T>(operation, s0, s1, s2, s3);
}

// Each operation has a function of its own with more than one caller: inside one function, and so
// also where it has inlined an only caller, the optimizer folds the loops into one with a test in it,
// which is four times slower.

function sumBlock<T>(x: usize, count: usize): T {
  return isFloat<T>() ? sum<T>(x, count) : reduceBlock<T>(ADD, x, count);
}

function maximumBlock<T>(x: usize, count: usize): T {
  return reduceBlock<T>(MAXIMUM, x, count);
}

function minimumBlock<T>(x: usize, count: usize): T {
  return reduceBlock<T>(MINIMUM, x, count);
}

function quickMaximumBlock<T>(x: usize, count: usize): T {
  return reduceBlock<T>(QUICK_MAXIMUM, x, count);
}

function quickMinimumBlock<T>(x: usize, count: usize): T {
  return reduceBlock<T>(QUICK_MINIMUM, x, count);
}

/** One block of at most 512 elements. */
@inline
export function reduceOneBlock<T>(operation: i32, x: usize, count: usize): T {
  if (operation == ADD) return sumBlock<T>(x, count);
  if (isFloat<T>()) {
    const quick =
      operation == MAXIMUM ? quickMaximumBlock<T>(x, count) : quickMinimumBlock<T>(x, count);
    if (quick != <T>0) return quick;
  }
  return operation == MAXIMUM ? maximumBlock<T>(x, count) : minimumBlock<T>(x, count);
}

/** All `count` elements as one. */
export function reduceSequence<T>(operation: i32, x: usize, count: usize): T {
  if (isFloat<T>() && operation == ADD) return sum<T>(x, count);
  if (count <= BLOCK) return reduceOneBlock<T>(operation, x, count);
  const half = leftPart(count);
  const before = reduceSequence<T>(operation, x, half);
  const after = reduceSequence<T>(operation, x + half * sizeof<T>(), count - half);
  return combineScalars<T>(operation, before, after);
}

/** out[r] = the row r of a matrix as one element. */
@inline
export function reduceRows<T>(
  operation: i32,
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
      short ? reduceOneBlock<T>(operation, x, count) : reduceSequence<T>(operation, x, count),
    );
    x += count * sizeof<T>();
  }
}
