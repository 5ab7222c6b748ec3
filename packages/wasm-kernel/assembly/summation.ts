// The one order in which this library sums a sequence. It never changes, because the JavaScript
// runner repeats it bit for bit and saved results depend on it.
//
//   sequence  | block 0 (512) | block 1 (512) | … | last block (1 to 512) |
//
// Inside a block, L lanes (16 of f32, 8 of f64: four vectors) start at +0; lane j adds the
// elements j, j + L, j + 2L, … in order. Then the vectors combine as (s0 + s1) + (s2 + s3), and
// inside that vector the lanes as (l0 + l1) + (l2 + l3), or l0 + l1 of f64.
//
// The block sums combine as a tree: left part + right part, where the left part is the largest
// power of two of blocks below the whole. (A binary counter that adds equal neighbours as blocks
// come in, and folds what is left from the latest to the earliest, gives the same tree.) So the
// rounding error grows with the logarithm of the length.
//
// A lane is never −0, since it starts at +0; so padding the last vector with +0 changes no bit.

import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** Elements in one block. */
export const BLOCK: usize = 512;

/** Sum left[i]. */
export const SUM: i32 = 0;
/** Sum left[i], and copy it to out[i]. */
export const SUM_AND_COPY: i32 = 1;
/** Sum left[i] · right[i], and write left[i] · factor to out[i]. */
export const SUM_PRODUCT_AND_SCALE: i32 = 2;

/** The next vector of terms, with the side result of `kind` stored. */
@inline
export function vectorTerm<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factor: v128,
  offset: usize,
): v128 {
  const value = v128.load(left + offset);
  if (kind == SUM) return value;
  if (kind == SUM_AND_COPY) {
    v128.store(out + offset, value);
    return value;
  }
  const term = v128.mul<T>(value, v128.load(right + offset));
  v128.store(out + offset, v128.mul<T>(value, factor));
  return term;
}

/** The next single term, with the side result of `kind` stored. */
@inline
export function scalarTerm<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factor: T,
  offset: usize,
): T {
  const value = load<T>(left + offset);
  if (kind == SUM) return value;
  if (kind == SUM_AND_COPY) {
    store<T>(out + offset, value);
    return value;
  }
  const term: T = <T>(value * load<T>(right + offset));
  store<T>(out + offset, <T>(value * factor));
  return term;
}

/** The sum of one block of at most 512 terms. */
@inline
function blockSum<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factor: T,
  count: usize,
): T {
  const factors = v128.splat<T>(factor);
  const zero = v128.splat<T>(<T>0);
  let sum0 = zero;
  let sum1 = zero;
  let sum2 = zero;
  let sum3 = zero;
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    sum0 = v128.add<T>(sum0, vectorTerm<T>(kind, left, right, out, factors, 0));
    sum1 = v128.add<T>(sum1, vectorTerm<T>(kind, left, right, out, factors, 16));
    sum2 = v128.add<T>(sum2, vectorTerm<T>(kind, left, right, out, factors, 32));
    sum3 = v128.add<T>(sum3, vectorTerm<T>(kind, left, right, out, factors, 48));
    left += GROUP_BYTES;
    right += GROUP_BYTES;
    out += GROUP_BYTES;
  }
  if (count > 0) {
    const vectors = count / vectorLength<T>();
    if (vectors > 0) sum0 = v128.add<T>(sum0, vectorTerm<T>(kind, left, right, out, factors, 0));
    if (vectors > 1) sum1 = v128.add<T>(sum1, vectorTerm<T>(kind, left, right, out, factors, 16));
    if (vectors > 2) sum2 = v128.add<T>(sum2, vectorTerm<T>(kind, left, right, out, factors, 32));
    const rest = count - vectors * vectorLength<T>();
    const start = vectors * VECTOR_BYTES;
    let last = zero;
    if (rest > 0) {
      const term = scalarTerm<T>(kind, left, right, out, factor, start);
      last = v128.replace_lane<T>(last, 0, term);
    }
    if (sizeof<T>() == 4) {
      if (rest > 1) {
        const term = scalarTerm<T>(kind, left, right, out, factor, start + 4);
        last = v128.replace_lane<T>(last, 1, term);
      }
      if (rest > 2) {
        const term = scalarTerm<T>(kind, left, right, out, factor, start + 8);
        last = v128.replace_lane<T>(last, 2, term);
      }
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

/** How many of `count` elements (more than a block) the left branch of the tree takes. */
@inline
export function leftPart(count: usize): usize {
  const blocks: usize = (count + BLOCK - 1) / BLOCK;
  // The largest power of two below `blocks`, which is at least 2.
  return BLOCK << (31 - clz<u32>(<u32>(blocks - 1)));
}

/** Σ left[i] */
export function sum<T>(left: usize, count: usize): T {
  if (count <= BLOCK) return blockSum<T>(SUM, left, left, left, <T>0, count);
  const half = leftPart(count);
  const before = sum<T>(left, half);
  return <T>(before + sum<T>(left + half * sizeof<T>(), count - half));
}

/** Σ left[i], while out[i] = left[i] */
export function sumAndCopy<T>(left: usize, out: usize, count: usize): T {
  if (count <= BLOCK) return blockSum<T>(SUM_AND_COPY, left, left, out, <T>0, count);
  const half = leftPart(count);
  const bytes = half * sizeof<T>();
  const before = sumAndCopy<T>(left, out, half);
  return <T>(before + sumAndCopy<T>(left + bytes, out + bytes, count - half));
}

/** Σ left[i] · right[i], while out[i] = left[i] · factor */
export function sumProductAndScale<T>(
  left: usize,
  right: usize,
  out: usize,
  factor: T,
  count: usize,
): T {
  if (count <= BLOCK) return blockSum<T>(SUM_PRODUCT_AND_SCALE, left, right, out, factor, count);
  const half = leftPart(count);
  const bytes = half * sizeof<T>();
  const before = sumProductAndScale<T>(left, right, out, factor, half);
  return <T>(
    before + sumProductAndScale<T>(left + bytes, right + bytes, out + bytes, factor, count - half)
  );
}
