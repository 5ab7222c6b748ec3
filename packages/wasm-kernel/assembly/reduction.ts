// Reductions of a whole array to one value.

import { sum } from "./summation";

/** Σ x[i], in the fixed order of summation.ts; +0 of nothing. */
export function sum_f32(x: usize, count: usize): f32 {
  return sum<f32>(x, count);
}

/** Σ x[i], in the fixed order of summation.ts; +0 of nothing. */
export function sum_f64(x: usize, count: usize): f64 {
  return sum<f64>(x, count);
}
