/**
 * Formatting of numbers. The precision is chosen once, for the whole instrument; any number can be shown exactly.
 */

import type { Tensor } from "@graddiff/core";

/** A number of significant digits, or as many as identify the float. */
export type Digits = number | "exact";

export const DEFAULT_DIGITS = 4;
export const MOST_DIGITS = 17;

const LARGEST_IN_FULL = 1e15;
const SMALLEST_IN_FULL = 1e-4;

/** Returns a number with typographic signs. All digits before the point are always shown. */
export function formatNumber(value: number, digits: Digits): string {
  return signs(digits === "exact" ? exactText(value) : roundedText(value, digits));
}

/** True if a number is shown with fewer digits than it has. */
export function isRounded(value: number, digits: Digits): boolean {
  return (
    digits !== "exact" && Number.isFinite(value) && Number(roundedText(value, digits)) !== value
  );
}

function exactText(value: number): string {
  return Object.is(value, -0) ? "0" : String(value);
}

function roundedText(value: number, digits: number): string {
  if (!Number.isFinite(value) || value === 0) return exactText(value);
  const size = Math.abs(value);
  if (size >= LARGEST_IN_FULL || size < SMALLEST_IN_FULL) {
    return Number(value.toPrecision(digits)).toExponential();
  }
  const before = Math.max(1, Math.floor(Math.log10(size)) + 1);
  return String(Number(value.toPrecision(Math.min(MOST_DIGITS, Math.max(digits, before)))));
}

function signs(text: string): string {
  return text.replaceAll("-", "−").replace("Infinity", "∞");
}

/** Returns a negative number in brackets, as a factor after a sign. */
export function formatFactor(value: number, digits: Digits): string {
  const text = formatNumber(value, digits);
  return text.startsWith("−") ? `(${text})` : text;
}

/** Returns a number, or the type of an array. */
export function formatTensor(tensor: Tensor | undefined, digits: Digits): string {
  if (tensor === undefined) return "";
  if (tensor.rank > 0) return `[${tensor.shape.join(", ")}]`;
  return formatNumber(tensor.item(), digits);
}

/** Returns the name of a node on the page: from the catalogue, or its own name, which may be `constructor`. */
export function shownName(names: Readonly<Record<string, string>>, name: string): string {
  return (Object.hasOwn(names, name) ? names[name] : undefined) ?? name;
}
