/**
 * The size of small changes: a drag or a key changes a number where it can be seen.
 */

/** Returns a hundredth of the number's own size, as a power of ten. */
export function stepOf(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0 && Number.isFinite(size))) return 0.1;
  return 10 ** Math.max(-9, Math.floor(Math.log10(size)) - 1);
}

/** Returns a number without the digits that are far below a step, which binary fractions bring in. */
export function roundTo(value: number, step: number): number {
  const decimals = Math.min(12, Math.max(0, Math.ceil(-Math.log10(step)) + 2));
  return Number(value.toFixed(decimals));
}
