// Checks of values, for ops that accept only some.

/**
 * Returns 0, or −1 − the index of the first of `count` elements that is refused. Elements from `low` to `high` are
 * accepted; if `only` is 1, only `low` and `high`. NaN is accepted if `takesNaN` is 1.
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
