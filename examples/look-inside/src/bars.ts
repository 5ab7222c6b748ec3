/** Bars of signed numbers on one scale: from zero to the right for positive numbers, to the left for negative ones. */

/** The range of a scale, which includes 0. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Returns the range from the least to the greatest of the finite numbers, and 0. */
export function rangeOf(numbers: ArrayLike<number>): Range {
  let [low, high] = [0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (!Number.isFinite(number)) continue;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return { low, high };
}

/**
 * Returns the left end and the width of the bar of a number, and the position of zero, as shares of the width of the
 * scale.
 */
export function barOf(
  number: number,
  { low, high }: Range,
): { readonly left: number; readonly width: number; readonly zero: number } {
  const span = high - low;
  const placeOf = (value: number) => (span > 0 ? (value - low) / span : 0);
  const zero = placeOf(0);
  const end = placeOf(Number.isNaN(number) ? 0 : Math.min(high, Math.max(low, number)));
  return { left: Math.min(zero, end), width: Math.abs(end - zero), zero };
}
