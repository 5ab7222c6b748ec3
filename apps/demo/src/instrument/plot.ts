/**
 * The arithmetic of plots: scales, round numbers on axes, and lines of SVG.
 */

import { formatNumber, MOST_DIGITS } from "./format.ts";

/** A linear scale from numbers to pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  at(value: number): number;
  /** Returns the number at a pixel. */
  inverse(pixel: number): number;
}

export function scale(from: number, to: number, start: number, end: number): Scale {
  const unit = (end - start) / (to - from || 1);
  return {
    from,
    to,
    at: (value) => start + (value - from) * unit,
    inverse: (pixel) => from + (pixel - start) / unit,
  };
}

/** Returns about `count` round numbers between two, at distances of 1, 2 or 5 times a power of ten. */
export function ticks(from: number, to: number, count: number): readonly number[] {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const rough = span / Math.max(1, count);
  const power = Math.floor(Math.log10(rough));
  const digit = [1, 2, 5, 10].find((each) => each * 10 ** power >= rough * 0.999) ?? 10;
  // The step is parsed from a decimal text, since products of binary fractions have extra digits.
  const step = Number(`${digit}e${power}`);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Returns the texts of the numbers at an axis, with as many digits as distinguish them. */
export function tickTexts(values: readonly number[], least: number): readonly string[] {
  for (let digits = least; digits < MOST_DIGITS; digits++) {
    const texts = values.map((value) => formatNumber(value, digits));
    if (new Set(texts).size === texts.length) return texts;
  }
  return values.map((value) => formatNumber(value, "exact"));
}

/** Returns a range around some numbers, with a margin. */
export function rangeOf(values: readonly number[], room = 0.08): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const span = most - least;
  const margin = span > 0 ? span * room : Math.abs(least) * 0.1 || 1;
  const range = [least - margin, most + margin] as const;
  return range.every(Number.isFinite) ? range : [0, 1];
}

/** Returns a line through points, interrupted where a point is not finite or is far outside. */
export function pathOf(points: readonly (readonly [number, number])[], most = 1e5): string {
  let path = "";
  let isDown = false;
  for (const [x, y] of points) {
    const isThere = Number.isFinite(x) && Number.isFinite(y) && Math.abs(y) < most;
    if (isThere) path += `${isDown ? "L" : "M"}${round(x)} ${round(y)}`;
    isDown = isThere;
  }
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;
