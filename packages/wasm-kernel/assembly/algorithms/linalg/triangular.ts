// Triangular systems: L x = b by substitution, row after row,
//
//   x[i] = (b[i] − l[i, 0] x[0] − l[i, 1] x[1] − …) / l[i, i]
//
// each difference rounded, in this order. Halves are solved one after the other; a product between them continues the
// same differences, so the bits do not depend on the halves. An upper triangle is treated as a lower one with its rows
// and columns in reverse.

import { Elements, get, Int, set } from "../elements";
import { real, round } from "../arithmetic";
import { addScaled, divideRow, subtractProduct } from "./rows";

/** The most rows that are solved without being halved. */
const BASE: Int = 8;

/**
 * Solves L X = B for a lower triangle L and overwrites B with X; steps may be negative. Columns of B are contiguous.
 *
 * @param unit 1 if the diagonal is taken for ones.
 */
export function substitute<T>(
  l: Elements,
  lAt: Int,
  lRow: Int,
  lColumn: Int,
  n: Int,
  unit: Int,
  b: Elements,
  bAt: Int,
  bRow: Int,
  columns: Int,
  work: Elements,
): void {
  if (n <= BASE) {
    substituteRows<T>(l, lAt, lRow, lColumn, n, unit, b, bAt, bRow, columns);
    return;
  }
  const half = halfOf(n);
  const rest = n - half;
  const left = lAt + half * lRow;
  const below = bAt + half * bRow;
  substitute<T>(l, lAt, lRow, lColumn, half, unit, b, bAt, bRow, columns, work);
  subtractProduct<T>(
    b, below, bRow, l, left, lRow, lColumn, b, bAt, bRow, 1,
    rest, columns, half, work,
  );
  const corner = left + half * lColumn;
  substitute<T>(l, corner, lRow, lColumn, rest, unit, b, below, bRow, columns, work);
}

/** Returns the first half of a length: a multiple of the base, so that few products have odd lengths. */
export function halfOf(n: Int): Int {
  return ((n >>> 1) + BASE - 1) & ~(BASE - 1);
}

function substituteRows<T>(
  l: Elements,
  lAt: Int,
  lRow: Int,
  lColumn: Int,
  n: Int,
  unit: Int,
  b: Elements,
  bAt: Int,
  bRow: Int,
  columns: Int,
): void {
  for (let i: Int = 0; i < n; i++) {
    const row = lAt + i * lRow;
    const to = bAt + i * bRow;
    if (columns === 1) {
      let sum = get<T>(b, to);
      for (let j: Int = 0; j < i; j++) {
        sum = round<T>(sum - round<T>(get<T>(l, row + j * lColumn) * get<T>(b, bAt + j * bRow)));
      }
      set<T>(b, to, unit > 0 ? sum : round<T>(sum / get<T>(l, row + i * lColumn)));
      continue;
    }
    for (let j: Int = 0; j < i; j++) {
      const factor = round<T>(real<T>(0) - get<T>(l, row + j * lColumn));
      addScaled<T>(b, to, b, bAt + j * bRow, factor, columns);
    }
    if (unit === 0) divideRow<T>(b, to, get<T>(l, row + i * lColumn), columns);
  }
}

/**
 * Solves with a triangle, or with its transpose, and overwrites B with the solution.
 *
 * @param lower 1 for the lower triangle of A.
 * @param transposed 1 to solve Aᵀ X = B.
 */
export function solveTriangle<T>(
  a: Elements,
  at: Int,
  n: Int,
  lower: Int,
  transposed: Int,
  unit: Int,
  b: Elements,
  bAt: Int,
  columns: Int,
  work: Elements,
): void {
  const row = transposed > 0 ? 1 : n;
  const column = transposed > 0 ? n : 1;
  if (lower !== transposed) {
    substitute<T>(a, at, row, column, n, unit, b, bAt, columns, columns, work);
    return;
  }
  const last = n - 1;
  const corner = at + last * (n + 1);
  const end = bAt + last * columns;
  substitute<T>(a, corner, -row, -column, n, unit, b, end, -columns, columns, work);
}
