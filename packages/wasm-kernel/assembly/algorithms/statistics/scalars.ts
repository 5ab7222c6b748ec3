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

/** Returns the logarithms of two numbers. */
@inline
export function logarithmsOf(x: v128): v128 {
  return log_f64x2(x);
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

/** Returns a quotient of two polynomials of degree 7 in r, whose coefficients begin with those of r⁰: one lane each. */
@inline
export function quotient(
  r: f64,
  a0: f64, a1: f64, a2: f64, a3: f64,
  a4: f64, a5: f64, a6: f64, a7: f64,
  b0: f64, b1: f64, b2: f64, b3: f64,
  b4: f64, b5: f64, b6: f64, b7: f64,
): f64 {
  const x = f64x2.splat(r);
  let both = lanesOf(a7, b7);
  both = step(both, x, a6, b6);
  both = step(both, x, a5, b5);
  both = step(both, x, a4, b4);
  both = step(both, x, a3, b3);
  both = step(both, x, a2, b2);
  both = step(both, x, a1, b1);
  both = step(both, x, a0, b0);
  return f64x2.extract_lane(both, 0) / f64x2.extract_lane(both, 1);
}

@inline
function step(both: v128, x: v128, a: f64, b: f64): v128 {
  return f64x2.add(lanesOf(a, b), f64x2.mul(x, both));
}

/** Returns the vector of two numbers. */
@inline
export function lanesOf(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b);
}

/** Returns 1 + x / (a + 1) + x² / ((a + 1) (a + 2)) + …, two terms a step, whose divisions are one of vectors. */
export function series(a: f64, x: f64): f64 {
  const numerator = f64x2.splat(x);
  let denominators = lanesOf(a + 1.0, a + 2.0);
  let term: f64 = 1.0;
  let sum: f64 = 1.0;
  do {
    const factors = f64x2.div(numerator, denominators);
    const first = f64x2.extract_lane(factors, 0);
    const both = first * f64x2.extract_lane(factors, 1);
    sum += term * first + term * both;
    term *= both;
    denominators = f64x2.add(denominators, f64x2.splat(2.0));
  } while (term > sum * 4.4e-17);
  return sum;
}

/** Returns a x (1 − b) / (a + 1) + a x² (1 − b) (2 − b) / (2 (a + 2)) + …, two terms a step, whose divisions are one of vectors. */
export function betaSeries(a: f64, b: f64, x: f64): f64 {
  const wanted = f64x2.splat(x);
  const shape = f64x2.splat(a);
  const other = f64x2.splat(b);
  let n = lanesOf(1.0, 2.0);
  let term: f64 = 1.0;
  let sum: f64 = 0.0;
  for (let count = 0; count < 500; count++) {
    const above = f64x2.mul(
      f64x2.mul(wanted, f64x2.sub(n, other)),
      f64x2.add(f64x2.sub(n, f64x2.splat(1.0)), shape),
    );
    const factors = f64x2.div(above, f64x2.mul(n, f64x2.add(n, shape)));
    const first = f64x2.extract_lane(factors, 0);
    const last = term * (first * f64x2.extract_lane(factors, 1));
    sum += term * first + last;
    term = last;
    if (abs<f64>(last) <= 1e-17 * (1.0 + sum)) break;
    n = f64x2.add(n, f64x2.splat(2.0));
  }
  return sum;
}
