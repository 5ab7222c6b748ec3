/** The numbers of a Fourier transform that follow from its length and dtype alone: the radices of its passes, or a longer length. */

import type { FloatDType } from "../tensor/dtype.ts";

/** The int32 of the tables of a transform before their floats, see `fft/tables.ts`. */
export const HEADER = 80;

/**
 * Returns the radices of a length: fours first, so that vectors fit all later passes; then odd ones, the greatest first, since
 * the first pass is vectorised along the transform; then a 2, which has no twiddles in the last pass.
 */
export function radicesOf(n: number): number[] {
  const fours: number[] = [];
  const odd: number[] = [];
  let rest = n;
  for (; rest % 4 === 0; rest /= 4) fours.push(4);
  const isEven = rest % 2 === 0;
  if (isEven) rest /= 2;
  for (let r = 3; rest > 1; r = r * r > rest ? rest : r + 2) {
    for (; rest % r === 0; rest /= r) odd.unshift(r);
  }
  return [...fours, ...odd, ...(isEven ? [2] : [])];
}

/** Returns the least length from n on that has no prime factor above 5. */
export function fastFrom(n: number): number {
  for (let length = n; ; length++) {
    let rest = length;
    for (const radix of [2, 3, 5]) while (rest % radix === 0) rest /= radix;
    if (rest === 1) return length;
  }
}

/** Returns the least multiple of 4 of that kind that has room for the convolution of n elements. */
const longerThan = (n: number): number => 4 * fastFrom(Math.ceil((2 * n - 1) / 4));

/**
 * Times in nanoseconds, fitted to transforms of 170 lengths up to 4,096: of an element beside its passes; of an element and unit of
 * an odd radix, in vectors and alone; of an element of Bluestein's transforms, and more for each doubling of them.
 */
const TIMES = {
  float32: { element: 2.6, inVectors: 0.08, alone: 0.34, longer: 3.6, doubling: 0.11, lanes: 4 },
  float64: { element: 3.9, inVectors: 0.17, alone: 0.39, longer: 4.9, doubling: 0.33, lanes: 2 },
} as const;

/** Returns the length of Bluestein's transforms, where they are faster than the radices of n; 0 where they are not. */
export function longerOf(n: number, dtype: FloatDType): number {
  const radices = radicesOf(n);
  if (radices.every((radix) => radix <= 5)) return 0;
  const times = TIMES[dtype];
  let [before, after] = [1, n];
  let direct: number = times.element;
  for (const radix of radices) {
    after /= radix;
    // The first pass has its vectors along the transform.
    const isInVectors = (before === 1 ? after : before) >= times.lanes;
    if (radix > 5) direct += radix * (isInVectors ? times.inVectors : times.alone);
    before *= radix;
  }
  const longer = longerThan(n);
  const bluestein = longer * (times.longer + times.doubling * (31 - Math.clz32(longer)));
  return bluestein < n * direct ? longer : 0;
}

/** A pass of a transform, which turns each transform of the length r m into r of the length m. */
export interface Pass {
  readonly radix: number;
  readonly m: number;
  /** The product of the radices before it. */
  readonly s: number;
  /** The positions among the floats of the tables: of its twiddles, and of the roots of an odd radix above 5. */
  readonly twiddles: number;
  readonly roots: number;
}

/** Returns the passes of a length. */
export function passesOf(length: number): Pass[] {
  let [m, s, twiddles] = [length, 1, 0];
  const passes = radicesOf(length).map((radix) => {
    m /= radix;
    const pass = { radix, m, s, twiddles };
    if (m > 1) twiddles += 2 * (radix - 1) * m;
    s *= radix;
    return pass;
  });
  // The roots of all passes follow the twiddles of all.
  let roots = twiddles;
  return passes.map((pass) => {
    const first = roots;
    if (pass.radix > 5) roots += 2 * pass.radix;
    return { ...pass, roots: first };
  });
}
