// Reductions: sums, maxima and minima along axes of an array, in the fixed order of summation.ts.
//
// Whatever neighbouring axes are reduced, the array is outer × count × inner, and each result takes
// `count` elements that are `inner` apart. Where they stand in two places, it is
// outer × runs × kept × length: each result takes `runs` runs of `length` neighbours.
//
// `scratch` is reductionScratchByteLength() bytes of memory that nothing else uses during the call.

import { reduceFew } from "./reduceFew";
import { reduceColumns } from "./reduceColumns";
import { Add, Maximum, Minimum } from "./operations";
import { reduceRows } from "./reduceSequence";
import { reduceRuns } from "./reduceRuns";
import { sum } from "./summation";
import { groupLength } from "./vector";

export { reductionScratchByteLength } from "./reduceColumns";

/** Σ x[i], in the fixed order of summation.ts; +0 of nothing. */
export function sum_f32(x: usize, count: usize): f32 {
  return sum<f32>(x, count);
}

/** Σ x[i], in the fixed order of summation.ts; +0 of nothing. */
export function sum_f64(x: usize, count: usize): f64 {
  return sum<f64>(x, count);
}

/** out[o, i] = x[o, 0, i], x[o, 1, i], … as one. */
@inline
function reduceAxis<T, O>(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  if (inner == 1) {
    reduceRows<T, O>(x, out, outer, count);
    return;
  }
  if (count > 0 && count <= groupLength<T>()) {
    reduceFew<T, O>(x, out, scratch, outer, count, inner);
    return;
  }
  for (; outer > 0; outer--) {
    reduceColumns<T, O>(x, out, scratch, count, inner);
    x += count * inner * sizeof<T>();
    out += inner * sizeof<T>();
  }
}

/** out[o, i] = Σⱼ x[o, j, i]. */
export function sumAxis_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f32, Add>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = Σⱼ x[o, j, i]. */
export function sumAxis_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f64, Add>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = Σⱼ x[o, j, i], which wraps around. */
export function sumAxis_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<i32, Add>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = maxⱼ x[o, j, i]; NaN if one is NaN. */
export function maxAxis_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f32, Maximum>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = maxⱼ x[o, j, i]; NaN if one is NaN. */
export function maxAxis_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f64, Maximum>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = maxⱼ x[o, j, i]. */
export function maxAxis_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<i32, Maximum>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = minⱼ x[o, j, i]; NaN if one is NaN. */
export function minAxis_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f32, Minimum>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = minⱼ x[o, j, i]; NaN if one is NaN. */
export function minAxis_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<f64, Minimum>(x, out, scratch, outer, count, inner);
}

/** out[o, i] = minⱼ x[o, j, i]. */
export function minAxis_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
): void {
  reduceAxis<i32, Minimum>(x, out, scratch, outer, count, inner);
}

/** out[o, k] = Σ x[o, r, k, j] over r and j. */
export function sumRuns_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f32, Add>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = Σ x[o, r, k, j] over r and j. */
export function sumRuns_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f64, Add>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = Σ x[o, r, k, j] over r and j. */
export function sumRuns_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<i32, Add>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = max x[o, r, k, j] over r and j. */
export function maxRuns_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f32, Maximum>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = max x[o, r, k, j] over r and j. */
export function maxRuns_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f64, Maximum>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = max x[o, r, k, j] over r and j. */
export function maxRuns_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<i32, Maximum>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = min x[o, r, k, j] over r and j. */
export function minRuns_f32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f32, Minimum>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = min x[o, r, k, j] over r and j. */
export function minRuns_f64(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<f64, Minimum>(x, out, scratch, outer, runs, kept, length);
}

/** out[o, k] = min x[o, r, k, j] over r and j. */
export function minRuns_i32(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
): void {
  reduceRuns<i32, Minimum>(x, out, scratch, outer, runs, kept, length);
}
