/** Formats a number with four digits, and a minus that is as wide as a digit. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5) ? size.toExponential(2) : size.toPrecision(4);
  return value < 0 ? `−${text}` : text;
}
