// The order in which this library sums a sequence. It never changes, because the JavaScript runner has the same order
// and so the same bits, and saved results depend on it.
//
//   sequence  | block 0 (512) | block 1 (512) | … | last block (1 to 512) |
//
// Inside a block, L lanes (16 of f32, 8 of f64: four vectors) start at +0; lane j adds the
// elements j, j + L, j + 2L, … in order. Then the vectors are added as (s0 + s1) + (s2 + s3), and the lanes of that
// vector as (l0 + l1) + (l2 + l3), or l0 + l1 for f64.
//
// The block sums are added as a tree: left part + right part, where the number of blocks in the left part is the
// largest power of two below the number of all blocks. (A binary counter gives the same tree: it adds neighbours of
// equal size as blocks come in, and at the end adds the remaining sums from the latest to the earliest.) So the
// rounding error grows with the logarithm of the length.
//
// A lane is never −0, since it starts at +0; so padding the last vector with +0 changes no bit.

import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** Elements in one block. */
export const BLOCK: usize = 512;

/** Returns the sum of one block of at most 512 elements. */
@inline
function blockSum<T>(x: usize, count: usize): T {
  const zero = v128.splat<T>(<T>0);
  let sum0 = zero;
  let sum1 = zero;
  let sum2 = zero;
  let sum3 = zero;
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    sum0 = v128.add<T>(sum0, v128.load(x));
    sum1 = v128.add<T>(sum1, v128.load(x, 16));
    sum2 = v128.add<T>(sum2, v128.load(x, 32));
    sum3 = v128.add<T>(sum3, v128.load(x, 48));
    x += GROUP_BYTES;
  }
  if (count > 0) {
    const vectors = count / vectorLength<T>();
    if (vectors > 0) sum0 = v128.add<T>(sum0, v128.load(x));
    if (vectors > 1) sum1 = v128.add<T>(sum1, v128.load(x, 16));
    if (vectors > 2) sum2 = v128.add<T>(sum2, v128.load(x, 32));
    const rest = count - vectors * vectorLength<T>();
    x += vectors * VECTOR_BYTES;
    let last = zero;
    if (rest > 0) last = v128.replace_lane<T>(last, 0, load<T>(x));
    if (sizeof<T>() == 4) {
      if (rest > 1) last = v128.replace_lane<T>(last, 1, load<T>(x, 4));
      if (rest > 2) last = v128.replace_lane<T>(last, 2, load<T>(x, 8));
    }
    if (vectors == 0) sum0 = v128.add<T>(sum0, last);
    else if (vectors == 1) sum1 = v128.add<T>(sum1, last);
    else if (vectors == 2) sum2 = v128.add<T>(sum2, last);
    else sum3 = v128.add<T>(sum3, last);
  }
  const lanes = v128.add<T>(v128.add<T>(sum0, sum1), v128.add<T>(sum2, sum3));
  if (sizeof<T>() == 4) {
    const low: T = <T>(v128.extract_lane<T>(lanes, 0) + v128.extract_lane<T>(lanes, 1));
    const high: T = <T>(v128.extract_lane<T>(lanes, 2) + v128.extract_lane<T>(lanes, 3));
    return <T>(low + high);
  }
  return <T>(v128.extract_lane<T>(lanes, 0) + v128.extract_lane<T>(lanes, 1));
}

/** Returns the number of elements in the left branch of the tree, for `count` elements, more than a block. */
@inline
export function leftPart(count: usize): usize {
  const blocks: usize = (count + BLOCK - 1) / BLOCK;
  // The largest power of two below `blocks`, which is at least 2.
  return BLOCK << (31 - clz<u32>(<u32>(blocks - 1)));
}

/** Returns Σ x[i], in the order above; +0 if there are no elements. */
// exported for f32, f64
export function sum<T>(x: usize, count: usize): T {
  if (count <= BLOCK) return blockSum<T>(x, count);
  const half = leftPart(count);
  const before = sum<T>(x, half);
  return <T>(before + sum<T>(x + half * sizeof<T>(), count - half));
}
