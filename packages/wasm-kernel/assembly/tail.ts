// The last vector of an array, which may be filled in part.

/** Returns one to three numbers as a vector that ends in zeros. Nothing is read beyond the numbers. */
export function loadTail_f32(x: usize, count: usize): v128 {
  if (count == 1) return v128.load32_zero(x);
  const two = v128.load64_zero(x);
  return count == 2 ? two : v128.load_lane<f32>(x, two, 2, 8);
}

/** Stores the first one to three numbers of a vector. Nothing is written beyond the numbers. */
export function storeTail_f32(out: usize, vector: v128, count: usize): void {
  if (count == 1) {
    v128.store_lane<f32>(out, vector, 0);
    return;
  }
  v128.store_lane<f64>(out, vector, 0);
  if (count == 3) v128.store_lane<f32>(out, vector, 2, 8);
}

/** Loads one number, and zero. */
@inline
export function loadTail_f64(x: usize, count: usize): v128 {
  return v128.load64_zero(x);
}

/** Stores the first number of a vector. */
@inline
export function storeTail_f64(out: usize, vector: v128, count: usize): void {
  v128.store_lane<f64>(out, vector, 0);
}
