// Cumulative sums, which a method of Tensor needs; the other scans are a group.

import { Add } from "./operations";
import { scan } from "./scan";

/** out[o, k, i] = x[o, 0, i] + … + x[o, k, i], added in this order, or from the last element on. */
// exported for f32, f64, i32
function cumulativeSum<T>(x: usize, out: usize, outer: usize, length: usize, inner: usize, reverse: i32): void {
  scan<T, Add>(x, 0, out, outer, length, inner, reverse);
}
