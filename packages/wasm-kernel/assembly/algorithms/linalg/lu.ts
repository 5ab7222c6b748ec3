// The LU factorisation with partial pivoting, P A = L U, written over A: U on and above the diagonal, and L below it,
// whose diagonal is ones.
//
//   u[i, j] = a[i, j] − l[i, 0] u[0, j] − l[i, 1] u[1, j] − …     the same for l[i, j], divided by u[j, j]
//
// each difference rounded, in this order. The pivot is the first candidate of the greatest magnitude. The halves of the
// columns are factorised one after the other (Toledo, "Locality of Reference in LU Decomposition with Partial
// Pivoting", 1997), and products between them continue the same differences.

import { Elements, get, Int, set } from "../elements";
import { magnitude, real, round } from "../arithmetic";
import { addScaled, subtractProduct, swapRows } from "./rows";
import { halfOf, substitute } from "./triangular";

/** The most columns that are factorised without being halved. */
const BASE: Int = 8;

/** Factorises m rows of n columns in place. @param order receives, for each row of L U, the index of its row of A. */
export function luInPlace<T>(
  a: Elements,
  at: Int,
  m: Int,
  n: Int,
  order: Elements,
  orderAt: Int,
  work: Elements,
): void {
  for (let i: Int = 0; i < m; i++) set<Int>(order, orderAt + i, i);
  const square = m < n ? m : n;
  factoriseColumns<T>(a, at, m, n, 0, square, order, orderAt, work);
  if (n > m) substitute<T>(a, at, n, 1, m, 1, a, at + m, n, n - m, work);
}

/** Factorises the columns from `from` on and before `to`; their rows above `from` are done. */
function factoriseColumns<T>(
  a: Elements,
  at: Int,
  m: Int,
  n: Int,
  from: Int,
  to: Int,
  order: Elements,
  orderAt: Int,
  work: Elements,
): void {
  const many = to - from;
  if (many <= BASE) {
    for (let j = from; j < to; j++) eliminate<T>(a, at, m, n, j, to, order, orderAt);
    return;
  }
  const half = halfOf(many);
  const middle = from + half;
  factoriseColumns<T>(a, at, m, n, from, middle, order, orderAt, work);
  const corner = at + from * n + from;
  substitute<T>(a, corner, n, 1, half, 1, a, corner + half, n, many - half, work);
  const below = at + middle * n;
  subtractProduct<T>(
    a, below + middle, n, a, below + from, n, 1, a, corner + half, n, 1,
    m - middle, many - half, half, work,
  );
  factoriseColumns<T>(a, at, m, n, middle, to, order, orderAt, work);
}

/**
 * Brings the pivot of a column to the diagonal, and subtracts multiples of its row from the rows below, in the columns
 * before `to`.
 */
function eliminate<T>(
  a: Elements,
  at: Int,
  m: Int,
  n: Int,
  j: Int,
  to: Int,
  order: Elements,
  orderAt: Int,
): void {
  let pivot = j;
  let greatest = magnitude<T>(get<T>(a, at + j * n + j));
  for (let i = j + 1; i < m; i++) {
    const size = magnitude<T>(get<T>(a, at + i * n + j));
    if (size > greatest) {
      greatest = size;
      pivot = i;
    }
  }
  const row = at + j * n;
  if (pivot !== j) {
    swapRows<T>(a, row, at + pivot * n, n);
    const own = get<Int>(order, orderAt + j);
    set<Int>(order, orderAt + j, get<Int>(order, orderAt + pivot));
    set<Int>(order, orderAt + pivot, own);
  }
  // A column of zeros needs no elimination.
  if (greatest === real<T>(0)) return;
  const divisor = get<T>(a, row + j);
  const columns = to - j - 1;
  for (let i = j + 1; i < m; i++) {
    const offset = at + i * n + j;
    const factor = round<T>(get<T>(a, offset) / divisor);
    set<T>(a, offset, factor);
    addScaled<T>(a, offset + 1, a, row + j + 1, round<T>(real<T>(0) - factor), columns);
  }
}
