// The group of kernels for scans along an axis that are not methods of Tensor.

import { Maximum, Minimum, Multiply } from "../../operations";
import { Recurrence, scan } from "../../scan";

/**
 * Computes out[o, k, i] as the product, maximum or minimum of x[o, 0, i], …, x[o, k, i], in this order; with `reverse`,
 * from the last element on.
 */
// exported for f32, f64, i32, as cumulativeProd of Multiply, cumulativeMax of Maximum, cumulativeMin of Minimum
function cumulate<T, O>(
  x: usize,
  out: usize,
  outer: usize,
  length: usize,
  inner: usize,
  pitch: usize,
  reverse: i32,
): void {
  scan<T, O>(x, 0, out, outer, length, inner, pitch, reverse);
}

/**
 * Computes out[o, k, i] = a[o, k, i] · out[o, k − 1, i] + x[o, k, i], where out[o, 0, i] = x[o, 0, i]; with `reverse`,
 * from the last element on.
 */
// exported for f32, f64, i32
function linearRecurrence<T>(
  a: usize,
  x: usize,
  out: usize,
  outer: usize,
  length: usize,
  inner: usize,
  pitch: usize,
  reverse: i32,
): void {
  scan<T, Recurrence>(x, a, out, outer, length, inner, pitch, reverse);
}
