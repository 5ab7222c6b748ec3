// Reductions: sums, maxima and minima along axes of an array, in the fixed order of summation.ts.
//
// For neighbouring axes, the array is outer × count × inner, and each result is made from `count` elements that are
// `pitch` elements apart. `pitch` exceeds `inner` where these are some columns of a wider array, and then `outer` is 1.
// For two groups of neighbouring axes, the array is outer × runs × kept × length. Each result is then made from `runs`
// runs of `length` neighbours, which are `pitch` runs apart; `pitch` exceeds `kept` where only some of the kept
// elements are computed.
//
// `scratch` is reductionScratchByteLength() bytes of memory that nothing else uses during the call.

import { reduceFew } from "./reduceFew";
import { reduceColumns } from "./reduceColumns";
import { Add, Maximum, Minimum } from "./operations";
import { reduceRows } from "./reduceSequence";
import { reduceGathered } from "./reduceRuns";
import { groupLength } from "./vector";

export { reductionScratchByteLength } from "./reduceColumns";
export { sum_f32, sum_f64 } from "./summation";

/**
 * Computes out[o, i] as the sum, maximum or minimum of x[o, 0, i], x[o, 1, i], …; an extreme is NaN if an element is
 * NaN.
 */
// exported for f32, f64, i32, as sumAxis of Add, maxAxis of Maximum, minAxis of Minimum
@inline
function reduceAxis<T, O>(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  count: usize,
  inner: usize,
  pitch: usize,
): void {
  if (inner == 1 && pitch == 1) {
    reduceRows<T, O>(x, out, outer, count);
    return;
  }
  if (count > 0 && count <= groupLength<T>()) {
    reduceFew<T, O>(x, out, scratch, outer, count, inner, pitch);
    return;
  }
  for (; outer > 0; outer--) {
    reduceColumns<T, O>(x, out, scratch, count, inner, pitch);
    x += count * pitch * sizeof<T>();
    out += inner * sizeof<T>();
  }
}

/**
 * Computes out[o, k] as the sum, maximum or minimum of x[o, 0, k, …], x[o, 1, k, …], …; an extreme is NaN if an element
 * is NaN.
 */
// exported for f32, f64, i32, as sumRuns of Add, maxRuns of Maximum, minRuns of Minimum
function reduceRuns<T, O>(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  runs: usize,
  kept: usize,
  length: usize,
  pitch: usize,
): void {
  const bytes = length * sizeof<T>();
  const step = pitch * bytes;
  for (; outer > 0; outer--) {
    for (let k: usize = 0; k < kept; k++) {
      const from = x + k * bytes;
      store<T>(out, reduceGathered<T, O>(from, scratch, 0, runs * length, length, step));
      out += sizeof<T>();
    }
    x += runs * step;
  }
}
