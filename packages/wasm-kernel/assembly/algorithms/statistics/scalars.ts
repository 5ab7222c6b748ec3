// Elementary functions of single float64 numbers, for algorithms that are written once for both languages.
// `packages/core/src/algorithms/statistics/scalars.ts` says the same for JavaScript.

import { erfc_f64x2 } from "../../groups/special/elementary";

@external("kernel", "exp_f64x2")
declare function exp_f64x2(x: v128): v128;
@external("kernel", "expm1_f64x2")
declare function expm1_f64x2(x: v128): v128;
@external("kernel", "log_f64x2")
declare function log_f64x2(x: v128): v128;
@external("kernel", "log1p_f64x2")
declare function log1p_f64x2(x: v128): v128;
@external("kernel", "pow_f64x2")
declare function pow_f64x2(x: v128, y: v128): v128;
@external("kernel", "sin_f64x2")
declare function sin_f64x2(x: v128): v128;
@external("kernel", "cos_f64x2")
declare function cos_f64x2(x: v128): v128;

@inline
function first(x: v128): f64 {
  return f64x2.extract_lane(x, 0);
}

@inline
export function exp(x: f64): f64 {
  return first(exp_f64x2(f64x2.splat(x)));
}

@inline
export function expm1(x: f64): f64 {
  return first(expm1_f64x2(f64x2.splat(x)));
}

@inline
export function log(x: f64): f64 {
  return first(log_f64x2(f64x2.splat(x)));
}

@inline
export function log1p(x: f64): f64 {
  return first(log1p_f64x2(f64x2.splat(x)));
}

@inline
export function pow(x: f64, y: f64): f64 {
  return first(pow_f64x2(f64x2.splat(x), f64x2.splat(y)));
}

@inline
export function sin(x: f64): f64 {
  return first(sin_f64x2(f64x2.splat(x)));
}

@inline
export function cos(x: f64): f64 {
  return first(cos_f64x2(f64x2.splat(x)));
}

@inline
export function erfc(x: f64): f64 {
  return first(erfc_f64x2(f64x2.splat(x)));
}

@inline
export function squareRoot(x: f64): f64 {
  return sqrt<f64>(x);
}

@inline
export function magnitude(x: f64): f64 {
  return abs<f64>(x);
}

@inline
export function floor(x: f64): f64 {
  return Math.floor(x);
}
