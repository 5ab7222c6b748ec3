/**
 * Numbers for people: short enough to read, long enough to compare with a published result.
 */

import type { TensorLike } from "@graddiff/core";

/** Significant digits in tables. */
const DIGITS = 9;

/** Large numbers are cut behind the point only. */
const LARGE = 10 ** (DIGITS - 2);
const LARGEST_FIXED = 1e15;

/** A number with at most nine significant digits: 220.00000000000003 is `220`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  const fixed = size >= LARGE && size < LARGEST_FIXED;
  return String(Number(fixed ? value.toFixed(2) : value.toPrecision(DIGITS)));
}

/** The gradients of a layer of plain numbers as plain numbers. */
export function plain<Gradients extends readonly TensorLike[]>(
  gradients: readonly [...Gradients],
): { [Place in keyof Gradients]: number };
export function plain(gradients: readonly TensorLike[]): number[] {
  return gradients.map((gradient) => (typeof gradient === "number" ? gradient : gradient.item()));
}
