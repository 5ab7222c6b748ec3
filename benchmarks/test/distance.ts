/** Returns the greatest distance of two arrays, as a share of the greatest element of the second. */
export function distanceOf(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.NaN;
  let [worst, most] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const own = expected[i] ?? Number.NaN;
    worst = Math.max(worst, Math.abs((got[i] ?? Number.NaN) - own));
    most = Math.max(most, Math.abs(own));
  }
  return worst / most;
}
