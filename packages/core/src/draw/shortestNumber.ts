/**
 * Single numbers as text, for the labels of a drawing.
 */

import type { DType } from "../tensor/dtype.ts";

/** Writes one element of a tensor. */
export type WriteNumber = (value: number, dtype: DType) => string;

/**
 * Returns the fewest digits that read back as the same element of the dtype, as JavaScript writes them: 0.1 is `0.1` in
 * float64 and in float32, and rounding errors show.
 */
export function shortestNumber(value: number, dtype: DType): string {
  if (Object.is(value, -0)) return "-0";
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (dtype !== "float32" || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  // Nine significant digits distinguish any two float32 numbers.
  return String(Number(value.toPrecision(9)));
}

/** At most so many significant digits, and all before the point. */
export function numberOf(digits: number): WriteNumber {
  return (value, dtype) => {
    if (dtype === "bool" || !Number.isFinite(value)) return shortestNumber(value, dtype);
    const size = Math.abs(value);
    const before = size < LARGEST_IN_FULL ? String(Math.trunc(size)).length : 1;
    const rounded = Number(value.toPrecision(Math.max(digits, before)));
    return shortestNumber(rounded, "float64");
  };
}

/** Larger numbers have an exponent. */
const LARGEST_IN_FULL = 1e17;

/** At most six significant digits, with typographic signs: 220.00000000000003 is `220`. */
export function roundedNumber(value: number, dtype: DType): string {
  if (dtype === "bool") return shortestNumber(value, dtype);
  const text = Number.isFinite(value)
    ? String(Number(value.toPrecision(6)))
    : String(value).replace("Infinity", "∞");
  return text.replaceAll("-", "−");
}
