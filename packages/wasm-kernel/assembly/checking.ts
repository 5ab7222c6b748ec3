// The demands on values, for ops that refuse others.

/**
 * 0, or −1 − the index of the first of `count` elements that is refused. Taken are elements from `low` to `high`, or
 * these two alone (`only` is 1), and NaN where `takesNaN` is 1.
 */
// exported for f32, f64, i32
function firstRefused<T>(
  x: usize,
  count: usize,
  low: f64,
  high: f64,
  only: i32,
  takesNaN: i32,
): i32 {
  for (let i: usize = 0; i < count; i++) {
    const value = <f64>load<T>(x + i * sizeof<T>());
    const isTaken = only ? value == low || value == high : value >= low && value <= high;
    if (!isTaken && !(takesNaN && value != value)) return -1 - <i32>i;
  }
  return 0;
}
