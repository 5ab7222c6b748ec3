// The vocabulary of all kernels: the number of elements in a vector and in a group of lanes.
//
// All functions are generic in the element type T (f32 or f64), so that each kernel is written once for both
// precisions.

/** Bytes in one SIMD vector. */
export const VECTOR_BYTES: usize = 16;

/** Bytes in one group: four vectors, the width of every unrolled loop. */
export const GROUP_BYTES: usize = 64;

/** Elements of T in one vector: 4 of f32, 2 of f64. */
@inline
export function vectorLength<T>(): usize {
  return VECTOR_BYTES / sizeof<T>();
}

/** Elements of T in one group: 16 of f32, 8 of f64. It is also the number of lanes of a sum. */
@inline
export function groupLength<T>(): usize {
  return GROUP_BYTES / sizeof<T>();
}
