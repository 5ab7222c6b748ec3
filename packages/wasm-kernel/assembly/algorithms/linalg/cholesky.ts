// The Cholesky factorisation A = L Lᵀ of a positive definite matrix:
//
//   l[i, j] = (a[i, j] − l[i, 0] l[j, 0] − l[i, 1] l[j, 1] − …) / l[j, j]
//
// each difference rounded, in this order, and the square root where i = j. The computed matrix is U = Lᵀ, since its
// rows are contiguous. The halves of a matrix are factorised one after the other (Golub and Van Loan, "Matrix
// Computations", 4.2.9); products between them continue the same differences.

import { Elements, get, Int, set } from "../elements";
import { real, round, squareRoot } from "../arithmetic";
import { addScaled, divideRow, subtractProduct } from "./rows";
import { halfOf, substitute } from "./triangular";

/** The most rows that are factorised without being halved. */
export const BASE: Int = 8;

/**
 * The number of rows of the upper triangle of a product for which the elements below the diagonal are computed, too.
 */
const SQUARE: Int = 32;

/**
 * Factorises the lower triangle of few rows in place, and leaves zeros above it.
 *
 * @returns the index of the first pivot that is not positive; else −1.
 */
export function choleskyOfFew<T>(a: Elements, at: Int, n: Int): Int {
  for (let i: Int = 0; i < n; i++) {
    const row = at + i * n;
    for (let j: Int = 0; j <= i; j++) {
      const other = at + j * n;
      let sum = get<T>(a, row + j);
      for (let k: Int = 0; k < j; k++) {
        sum = round<T>(sum - round<T>(get<T>(a, row + k) * get<T>(a, other + k)));
      }
      if (j < i) set<T>(a, row + j, round<T>(sum / get<T>(a, other + j)));
      // NaN is not positive, either.
      else if (sum > real<T>(0)) set<T>(a, row + j, squareRoot<T>(sum));
      else return i;
    }
    for (let j = i + 1; j < n; j++) set<T>(a, row + j, real<T>(0));
  }
  return -1;
}

/**
 * Factorises the upper triangle in place; the elements below the diagonal are undefined afterwards.
 *
 * @param step the distance between rows.
 * @returns the index of the first pivot that is not positive; else −1.
 */
export function choleskyInPlace<T>(a: Elements, at: Int, step: Int, n: Int, work: Elements): Int {
  if (n <= BASE) return factorise<T>(a, at, step, n);
  const half = halfOf(n);
  const rest = n - half;
  const failed = choleskyInPlace<T>(a, at, step, half, work);
  if (failed >= 0) return failed;
  const beside = at + half;
  const corner = beside + half * step;
  substitute<T>(a, at, 1, step, half, 0, a, beside, step, rest, work);
  subtractSquare<T>(a, corner, step, beside, rest, half, work);
  const later = choleskyInPlace<T>(a, corner, step, rest, work);
  return later >= 0 ? half + later : -1;
}

function factorise<T>(a: Elements, at: Int, step: Int, n: Int): Int {
  for (let i: Int = 0; i < n; i++) {
    const row = at + i * (step + 1);
    for (let k: Int = 0; k < i; k++) {
      const above = at + k * step + i;
      addScaled<T>(a, row, a, above, round<T>(real<T>(0) - get<T>(a, above)), n - i);
    }
    const pivot = get<T>(a, row);
    // NaN is not positive, either.
    if (!(pivot > real<T>(0))) return i;
    const root = squareRoot<T>(pivot);
    set<T>(a, row, root);
    divideRow<T>(a, row + 1, root, n - i - 1);
  }
  return -1;
}

/** Computes the upper triangle of C −= Bᵀ B, for n columns of B. */
function subtractSquare<T>(
  a: Elements,
  at: Int,
  step: Int,
  b: Int,
  n: Int,
  terms: Int,
  work: Elements,
): void {
  if (n <= SQUARE) {
    subtractProduct<T>(a, at, step, a, b, 1, step, a, b, step, 1, n, n, terms, work);
    return;
  }
  const half = halfOf(n);
  const rest = n - half;
  const later = b + half;
  const corner = at + half * (step + 1);
  subtractSquare<T>(a, at, step, b, half, terms, work);
  subtractProduct<T>(
    a, at + half, step, a, b, 1, step, a, later, step, 1,
    half, rest, terms, work,
  );
  subtractSquare<T>(a, corner, step, later, rest, terms, work);
}
