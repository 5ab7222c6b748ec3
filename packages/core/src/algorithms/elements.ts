/**
 * Elements in memory, for algorithms that are written once for both languages: in JavaScript an array is a typed
 * array. `packages/wasm-kernel/assembly/algorithms/elements.ts` is its counterpart for WebAssembly.
 *
 * In: an array and an index in elements. Out: an element.
 *
 * Invariant: an algorithm that reads and writes by these alone, and rounds after every operation, has the same bits in both
 * languages.
 */

import type { TypedArray } from "../tensor/dtype.ts";

/** An array. */
export type Elements = TypedArray;

/** A float64. */
export type Real = number;

/** An int32. */
export type Int = number;

/** Returns element i of an array. */
export function get<T extends number>(array: Elements, i: Int): T {
  return array[i] as T;
}

/** Sets element i of an array. */
export function set<T extends number>(array: Elements, i: Int, value: T): void {
  array[i] = value;
}

/** Returns an array of int32 from element i on. */
export function from(array: Elements, i: Int): Elements {
  return array.subarray(i);
}
