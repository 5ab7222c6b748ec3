/**
 * Operations on rows and blocks of matrices, of which factorisations consist. Each element is computed separately, in a
 * fixed order. `packages/wasm-kernel/assembly/algorithms/linalg/rows.ts` is its counterpart for WebAssembly, with
 * vectors and packed panels, which change no bit.
 */

import { real, round } from "../arithmetic.ts";
import { type Elements, get, type Int, set } from "../elements.ts";

/**
 * The number of elements between the rows of a matrix whose rows are rotated: rows that begin at multiples of 4096
 * bytes would all fall in the same set of a cache.
 */
export const APART: Int = 16;

/** y += factor · x, for `count` elements of each. */
export function addScaled<T extends number>(
  y: Elements,
  yAt: Int,
  x: Elements,
  xAt: Int,
  factor: T,
  count: Int,
): void {
  for (let i = 0; i < count; i++) {
    const product = round<T>(get<T>(x, xAt + i) * factor);
    set<T>(y, yAt + i, round<T>(get<T>(y, yAt + i) + product));
  }
}

/** y = (y + first · x) + second · z. */
export function addTwoScaled<T extends number>(
  y: Elements,
  yAt: Int,
  x: Elements,
  xAt: Int,
  first: T,
  z: Elements,
  zAt: Int,
  second: T,
  count: Int,
): void {
  for (let i = 0; i < count; i++) {
    const sum = round<T>(get<T>(y, yAt + i) + round<T>(get<T>(x, xAt + i) * first));
    set<T>(y, yAt + i, round<T>(sum + round<T>(get<T>(z, zAt + i) * second)));
  }
}

/** The bytes of sums that run side by side: four vectors. */
const GROUP_BYTES = 64;

/**
 * Returns the sum of x · y, in as many lanes as four vectors have: element i is added to lane i mod lanes, and the
 * lanes are combined as those of sums are (`families/orderOfSums.ts`).
 */
export function dot<T extends number>(x: Elements, xAt: Int, y: Elements, yAt: Int, count: Int): T {
  const lanes = GROUP_BYTES / x.BYTES_PER_ELEMENT;
  const whole = count - (count % lanes);
  const vector = lanes / 4;
  let sum = real<T>(0);
  if (whole > 0) {
    const sums = new Array<number>(lanes).fill(0);
    for (let i = 0; i < whole; i += lanes) {
      for (let lane = 0; lane < lanes; lane++) {
        const product = round<T>(get<T>(x, xAt + i + lane) * get<T>(y, yAt + i + lane));
        sums[lane] = round<T>((sums[lane] as number) + product);
      }
    }
    /** Lane k of the four vectors. */
    const combined = (k: number) => {
      const low = round<T>((sums[k] as number) + (sums[vector + k] as number));
      const high = round<T>((sums[2 * vector + k] as number) + (sums[3 * vector + k] as number));
      return round<T>(low + high);
    };
    sum = round<T>(combined(0) + combined(1));
    if (vector === 4) sum = round<T>(sum + round<T>(combined(2) + combined(3)));
  }
  for (let i = whole; i < count; i++) {
    sum = round<T>(sum + round<T>(get<T>(x, xAt + i) * get<T>(y, yAt + i)));
  }
  return sum;
}

/** Returns the greatest magnitude of the elements, 0 of none; NaN or an infinity if one of them is not finite. */
export function greatestOf<T extends number>(x: Elements, at: Int, count: Int): T {
  let greatest = 0;
  for (let i = at; i < at + count; i++) greatest = Math.max(greatest, Math.abs(get<T>(x, i)));
  return real<T>(greatest);
}

/** x = x / divisor. */
export function divideRow<T extends number>(x: Elements, at: Int, divisor: T, count: Int): void {
  for (let i = at; i < at + count; i++) set<T>(x, i, round<T>(get<T>(x, i) / divisor));
}

/** Exchanges two rows. */
export function swapRows<T extends number>(x: Elements, first: Int, second: Int, count: Int): void {
  for (let i = 0; i < count; i++) {
    const element = get<T>(x, first + i);
    set<T>(x, first + i, get<T>(x, second + i));
    set<T>(x, second + i, element);
  }
}

/**
 * Rotations of neighbouring rows, one after the other: with c and s the pair k of `pairs`, rows k and k + 1 become
 * c · row k − s · row (k + 1) and s · row k + c · row (k + 1).
 *
 * @param step from one row to the next.
 * @param up 1 from the last pair to the first, 0 from the first to the last.
 */
export function rotateRows<T extends number>(
  x: Elements,
  at: Int,
  step: Int,
  columns: Int,
  pairs: Elements,
  pairsAt: Int,
  first: Int,
  last: Int,
  up: Int,
): void {
  for (let i = 0; i <= last - first; i++) {
    const k = up > 0 ? last - i : first + i;
    const [c, s] = [get<T>(pairs, pairsAt + 2 * k), get<T>(pairs, pairsAt + 2 * k + 1)];
    const row = at + k * step;
    for (let column = row; column < row + columns; column++) {
      const [current, next] = [get<T>(x, column), get<T>(x, column + step)];
      set<T>(x, column, round<T>(round<T>(c * current) - round<T>(s * next)));
      set<T>(x, column + step, round<T>(round<T>(s * current) + round<T>(c * next)));
    }
  }
}

/** out −= a · b, each element in the order of the terms. Columns of out are adjacent. */
export function subtractProduct<T extends number>(
  out: Elements,
  outAt: Int,
  outRow: Int,
  a: Elements,
  aAt: Int,
  aRow: Int,
  aColumn: Int,
  b: Elements,
  bAt: Int,
  bRow: Int,
  bColumn: Int,
  rows: Int,
  columns: Int,
  terms: Int,
  _work: Elements,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = get<T>(out, outAt + i * outRow + j);
      let fromA = aAt + i * aRow;
      let fromB = bAt + j * bColumn;
      for (let k = 0; k < terms; k++) {
        sum = round<T>(sum - round<T>(get<T>(a, fromA) * get<T>(b, fromB)));
        fromA += aColumn;
        fromB += bRow;
      }
      set<T>(out, outAt + i * outRow + j, sum);
    }
  }
}

/** Products need no memory here. */
export function workLength<_T extends number>(_rows: Int, _columns: Int, _terms: Int): Int {
  return 0;
}
