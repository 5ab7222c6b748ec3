// Arithmetic for algorithms that are written once for both languages: WebAssembly's operations round to their type.
// `packages/core/src/algorithms/arithmetic.ts` has the same functions for JavaScript.

/** The result of one operation, rounded to T. */
@inline
export function round<T>(x: T): T {
  return x;
}

/** A constant. */
@inline
export function real<T>(x: f64): T {
  return <T>x;
}

@inline
export function squareRoot<T>(x: T): T {
  return sqrt<T>(x);
}

@inline
export function magnitude<T>(x: T): T {
  return abs<T>(x);
}

/** The distance from 1 to the next number of T. */
@inline
export function epsilon<T>(): T {
  return sizeof<T>() == 4 ? <T>f32.EPSILON : <T>f64.EPSILON;
}

/** The least number of T whose reciprocal is finite, with all its digits. */
@inline
export function tiny<T>(): T {
  return sizeof<T>() == 4 ? <T>f32.MIN_NORMAL_VALUE : <T>f64.MIN_NORMAL_VALUE;
}
