// Elements in memory, for algorithms that are written once for both languages: in WebAssembly an array is an
// address. `packages/core/src/algorithms/elements.ts` has the same functions for JavaScript.

/** An array. */
export type Elements = usize;

/** A float64. */
export type Real = f64;

/** An int32. */
export type Int = i32;

/** Element i of an array. */
@inline
export function get<T>(array: Elements, i: Int): T {
  return load<T>(array + (<usize>i << alignof<T>()));
}

/** Sets element i of an array. */
@inline
export function set<T>(array: Elements, i: Int, value: T): void {
  store<T>(array + (<usize>i << alignof<T>()), value);
}

/** The part of an array of int32 that begins at element i. */
@inline
export function from(array: Elements, i: Int): Elements {
  return array + (<usize>i << alignof<i32>());
}
