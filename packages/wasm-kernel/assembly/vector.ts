// Words that all kernels share: how many elements a vector and a group of lanes hold.
//
// Everything is generic in the element type T (f32 or f64), so that each kernel is written once
// and both precisions have the same structure.

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
