/**
 * Arithmetic for algorithms that are written once for both languages: in JavaScript every operation is one of float64,
 * and its result is rounded to the dtype of the computation. `packages/wasm-kernel/assembly/algorithms/arithmetic.ts`
 * is its counterpart for WebAssembly.
 */

import type { FloatDType } from "../tensor/dtype.ts";

/** True if the function that {@link computeIn} runs now rounds results to float32. */
let isSingle = false;

/** Runs an algorithm on arrays of a dtype. Algorithms call no functions of users, so they never nest. */
export function computeIn<Result>(dtype: FloatDType, run: () => Result): Result {
  isSingle = dtype === "float32";
  return run();
}

/** True while float32 is computed. */
export function isSinglePrecision(): boolean {
  return isSingle;
}

/** Returns the result of one operation, rounded. */
export function round<T extends number>(x: number): T {
  return (isSingle ? Math.fround(x) : x) as T;
}

/** Returns a constant. */
export function real<T extends number>(x: number): T {
  return x as T;
}

export function squareRoot<T extends number>(x: T): T {
  return round(Math.sqrt(x));
}

export function magnitude<T extends number>(x: T): T {
  return Math.abs(x) as T;
}

/** Returns the distance from 1 to the next number. */
export function epsilon<T extends number>(): T {
  return (isSingle ? 2 ** -23 : 2 ** -52) as T;
}

/** Returns the least number whose reciprocal is finite, with all its digits. */
export function tiny<T extends number>(): T {
  return (isSingle ? 2 ** -126 : 2 ** -1022) as T;
}
