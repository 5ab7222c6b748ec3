/**
 * The size of the change of a number by a drag or a key, so that it is visible.
 */

/** Returns about a hundredth of a number, as a power of ten. */
export function stepOf(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0 && Number.isFinite(size))) return 0.1;
  return 10 ** Math.max(-9, Math.floor(Math.log10(size)) - 1);
}

/** Rounds a number to digits near the step, so that it has no extra digits of a binary fraction. */
export function roundTo(value: number, step: number): number {
  const decimals = Math.min(12, Math.max(0, Math.ceil(-Math.log10(step)) + 2));
  return Number(value.toFixed(decimals));
}
