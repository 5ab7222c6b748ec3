// Factorisations of many matrices, one after the other. All functions have their parameters in one order: inputs,
// results, scratch memory, memory for packed panels, the number of the first matrix, the number of matrices, lengths
// and flags. If the last flag is 1, a matrix that fails gets results of NaN, and the other matrices are still computed.
// Else a function returns 0, or a code below 0 for the fault of a matrix: −1 − 4 · (the number of the matrix · its
// elements + an element) − the kind of fault.

import { Elements, get, Int, set } from "../elements";
import { real } from "../arithmetic";
import { BASE, choleskyInPlace, choleskyOfFew } from "./cholesky";
import { eighOf, eighScratchLength } from "./eigh";
import { luInPlace } from "./lu";
import { qrOf, qrScratchLength } from "./qr";
import { APART, greatestOf, workLength } from "./rows";
import { svdOf, svdScratchLength } from "./svd";
import { lowerTriangle, symmetricPart, transpose } from "./transpose";
import { solveTriangle } from "./triangular";

/** The kinds of faults. */
const NOT_FINITE: Int = 1;
const BAD_PIVOT: Int = 2;
const NOT_FOUND: Int = 3;

function fault(matrix: Int, length: Int, element: Int, kind: Int): Int {
  return -1 - 4 * (matrix * length + element) - kind;
}

/** Returns the fault of the first element that is not finite, given the greatest magnitude; 0 if that is finite. */
function faultOfElements<T>(x: Elements, at: Int, matrix: Int, count: Int, greatest: T): Int {
  if (isFiniteNumber<T>(greatest)) return 0;
  let i: Int = 0;
  while (isFiniteNumber<T>(get<T>(x, at + i))) i++;
  return fault(matrix, count, i, NOT_FINITE);
}

function isFiniteNumber<T>(x: T): boolean {
  return x - x === real<T>(0);
}

function copyElements<T>(from: Elements, fromAt: Int, to: Elements, toAt: Int, count: Int): void {
  for (let i: Int = 0; i < count; i++) set<T>(to, toAt + i, get<T>(from, fromAt + i));
}

function fillNaN<T>(x: Elements, at: Int, count: Int): void {
  for (let i: Int = 0; i < count; i++) set<T>(x, at + i, real<T>(NaN));
}

/**
 * Returns the bytes of `work` for products of matrices of up to `rows` rows and columns, at least one byte.
 */
// exported for f32, f64
function linalgWorkLength<T>(rows: Int, columns: Int): Int {
  const longer = rows > columns ? rows : columns;
  return workLength<T>(rows + 1, columns + 1, longer + 1);
}

/**
 * Computes the lower triangles L of (A + Aᵀ)/2 = L Lᵀ, with zeros above them.
 *
 * @param first the number of the first matrix, for faults.
 */
// exported for f32, f64
function cholesky<T>(
  a: Elements,
  out: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  n: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * n * n;
    let wrong = faultOfElements<T>(a, at, first + matrix, n * n, greatestOf<T>(a, at, n * n));
    if (wrong === 0) {
      symmetricPart<T>(a, at, out, at, n);
      const pivot =
        n <= BASE ? choleskyOfFew<T>(out, at, n) : choleskyInPlace<T>(out, at, n, n, work);
      if (pivot >= 0) wrong = fault(first + matrix, n * n, pivot, BAD_PIVOT);
    }
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(out, at, n * n);
    }
    // The elements above the diagonal are zero, also in a result of NaN.
    if (n > BASE || wrong < 0) lowerTriangle<T>(out, at, n);
  }
  return 0;
}

/** Computes the factors of P A = L U in one matrix, and for each of its rows the index of the row of A. */
// exported for f32, f64
function lu<T>(
  a: Elements,
  out: Elements,
  order: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  m: Int,
  n: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * m * n;
    const wrong = faultOfElements<T>(a, at, first + matrix, m * n, greatestOf<T>(a, at, m * n));
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(out, at, m * n);
      for (let i: Int = 0; i < m; i++) set<Int>(order, matrix * m + i, i);
      continue;
    }
    copyElements<T>(a, at, out, at, m * n);
    luInPlace<T>(out, at, m, n, order, matrix * m, work);
  }
  return 0;
}

/** Returns the fault of the first element of a diagonal that is zero or not finite; else 0. */
function faultOfDiagonal<T>(a: Elements, at: Int, matrix: Int, n: Int): Int {
  for (let i: Int = 0; i < n; i++) {
    const pivot = get<T>(a, at + i * (n + 1));
    if (pivot === real<T>(0)) return fault(matrix, n * n, i, BAD_PIVOT);
    if (pivot - pivot !== real<T>(0)) return fault(matrix, n * n, i * (n + 1), NOT_FINITE);
  }
  return 0;
}

/** Solves A X = B, or Aᵀ X = B, for triangles A. */
// exported for f32, f64
function triangularSolve<T>(
  a: Elements,
  b: Elements,
  out: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  n: Int,
  columns: Int,
  lower: Int,
  transposed: Int,
  unit: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * n * n;
    const to = matrix * n * columns;
    const wrong = unit > 0 ? 0 : faultOfDiagonal<T>(a, at, first + matrix, n);
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(out, to, n * columns);
      continue;
    }
    copyElements<T>(b, to, out, to, n * columns);
    solveTriangle<T>(a, at, n, lower, transposed, unit, out, to, columns, work);
  }
  return 0;
}

/**
 * Solves A X = B, or Aᵀ X = B, from the factors of A.
 *
 * @param scratch as many elements as one matrix B has.
 */
// exported for f32, f64
function luSolve<T>(
  factors: Elements,
  order: Elements,
  b: Elements,
  out: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  n: Int,
  columns: Int,
  transposed: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * n * n;
    const to = matrix * n * columns;
    const rows = matrix * n;
    const wrong = faultOfDiagonal<T>(factors, at, first + matrix, n);
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(out, to, n * columns);
      continue;
    }
    if (transposed > 0) {
      copyElements<T>(b, to, scratch, 0, n * columns);
      solveTriangle<T>(factors, at, n, 0, 1, 0, scratch, 0, columns, work);
      solveTriangle<T>(factors, at, n, 1, 1, 1, scratch, 0, columns, work);
      for (let i: Int = 0; i < n; i++) {
        const row = to + get<Int>(order, rows + i) * columns;
        copyElements<T>(scratch, i * columns, out, row, columns);
      }
      continue;
    }
    for (let i: Int = 0; i < n; i++) {
      const row = to + get<Int>(order, rows + i) * columns;
      copyElements<T>(b, row, out, to + i * columns, columns);
    }
    solveTriangle<T>(factors, at, n, 1, 0, 1, out, to, columns, work);
    solveTriangle<T>(factors, at, n, 0, 0, 0, out, to, columns, work);
  }
  return 0;
}

/** Computes Q and R of A = Q R. @param columns the number of columns of Q. */
// exported for f32, f64
function qr<T>(
  a: Elements,
  q: Elements,
  r: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  m: Int,
  n: Int,
  columns: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * m * n;
    const to = matrix * columns;
    const greatest = greatestOf<T>(a, at, m * n);
    const wrong = faultOfElements<T>(a, at, first + matrix, m * n, greatest);
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(q, to * m, m * columns);
      fillNaN<T>(r, to * n, columns * n);
      continue;
    }
    qrOf<T>(a, at, q, to * m, r, to * n, m, n, columns, greatest, scratch, work);
  }
  return 0;
}

function eigenvalues<T>(
  a: Elements,
  values: Elements,
  vectors: Elements,
  scratch: Elements,
  first: Int,
  count: Int,
  n: Int,
  wanted: Int,
  asNaN: Int,
): Int {
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * n * n;
    const greatest = greatestOf<T>(a, at, n * n);
    let wrong = faultOfElements<T>(a, at, first + matrix, n * n, greatest);
    if (wrong === 0) {
      const lost = eighOf<T>(a, at, values, matrix * n, vectors, at, n, wanted, greatest, scratch);
      if (lost >= 0) wrong = fault(first + matrix, n * n, lost, NOT_FOUND);
    }
    if (wrong === 0) continue;
    if (asNaN === 0) return wrong;
    fillNaN<T>(values, matrix * n, n);
    if (wanted > 0) fillNaN<T>(vectors, at, n * n);
  }
  return 0;
}

/** Computes the eigenvalues of (A + Aᵀ)/2, ascending, and the eigenvectors as columns. */
// exported for f32, f64
function eigh<T>(
  a: Elements,
  values: Elements,
  vectors: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  n: Int,
  asNaN: Int,
): Int {
  return eigenvalues<T>(a, values, vectors, scratch, first, count, n, 1, asNaN);
}

/** Computes only the eigenvalues, with the same bits as `eigh`. */
// exported for f32, f64
function eigvalsh<T>(
  a: Elements,
  values: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  n: Int,
  asNaN: Int,
): Int {
  return eigenvalues<T>(a, values, scratch, scratch, first, count, n, 0, asNaN);
}

function decompose<T>(
  a: Elements,
  u: Elements,
  s: Elements,
  vt: Elements,
  scratch: Elements,
  first: Int,
  count: Int,
  m: Int,
  n: Int,
  columns: Int,
  wanted: Int,
  asNaN: Int,
): Int {
  const wide: Int = m < n ? 1 : 0;
  const long = wide > 0 ? n : m;
  const short = wide > 0 ? m : n;
  // The rows are the columns of A or of Aᵀ, whichever has no more columns than rows.
  const rows = svdScratchLength(long, short);
  const others = rows + columns * (long + APART);
  for (let matrix: Int = 0; matrix < count; matrix++) {
    const at = matrix * m * n;
    const greatest = greatestOf<T>(a, at, m * n);
    let wrong = faultOfElements<T>(a, at, first + matrix, m * n, greatest);
    if (wrong === 0) {
      const lost = svdOf<T>(
        a, at, wide, scratch, rows, s, matrix * short, scratch, others, long, short, columns, wanted, greatest,
        scratch,
      );
      if (lost >= 0) wrong = fault(first + matrix, m * n, lost, NOT_FOUND);
    }
    const uColumns = wide > 0 ? short : columns;
    const vRows = wide > 0 ? columns : short;
    if (wrong < 0) {
      if (asNaN === 0) return wrong;
      fillNaN<T>(s, matrix * short, short);
      if (wanted > 0) fillNaN<T>(u, matrix * m * uColumns, m * uColumns);
      if (wanted > 0) fillNaN<T>(vt, matrix * vRows * n, vRows * n);
      continue;
    }
    if (wanted === 0) continue;
    const uRows = wide > 0 ? others : rows;
    const vFrom = wide > 0 ? rows : others;
    transpose<T>(scratch, uRows, m + APART, uColumns, m, u, matrix * m * uColumns, uColumns);
    for (let i: Int = 0; i < vRows; i++) {
      copyElements<T>(scratch, vFrom + i * (n + APART), vt, (matrix * vRows + i) * n, n);
    }
  }
  return 0;
}

/**
 * Computes the singular values, descending, the columns of U and the rows of Vᵀ.
 *
 * @param columns the number of singular vectors for the longer side.
 */
// exported for f32, f64
function svd<T>(
  a: Elements,
  u: Elements,
  s: Elements,
  vt: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  m: Int,
  n: Int,
  columns: Int,
  asNaN: Int,
): Int {
  return decompose<T>(a, u, s, vt, scratch, first, count, m, n, columns, 1, asNaN);
}

/** Computes only the singular values, with the same bits as `svd`. */
// exported for f32, f64
function singularValues<T>(
  a: Elements,
  s: Elements,
  scratch: Elements,
  work: Elements,
  first: Int,
  count: Int,
  m: Int,
  n: Int,
  asNaN: Int,
): Int {
  return decompose<T>(a, scratch, s, scratch, scratch, first, count, m, n, m < n ? m : n, 0, asNaN);
}

/** Returns the number of elements of scratch memory of `qr`. */
export function qrScratch(m: Int, n: Int, columns: Int): Int {
  return qrScratchLength(m, n, columns);
}

/** Returns the number of elements of scratch memory of `eigh`. */
export function eighScratch(n: Int): Int {
  return eighScratchLength(n);
}

/** Returns the number of elements of scratch memory of `svd`. */
export function svdScratch(m: Int, n: Int, columns: Int): Int {
  const long = m < n ? n : m;
  const short = m < n ? m : n;
  const vectors = columns * (long + APART) + short * (short + APART);
  return svdScratchLength(long, short) + vectors;
}
