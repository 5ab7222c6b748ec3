// The QR factorisation by Householder reflections, in blocks (Golub and Van Loan, "Matrix Computations", 5.2). Matrices
// are transposed in scratch memory, so that reflections work on contiguous elements.

import { Elements, get, Int, set } from "../elements";
import { real, round } from "../arithmetic";
import { rescale, scaleOf } from "./range";
import { BLOCK, blockTriangle, reflect, reflectRows, reflectRowsByBlock } from "./reflection";
import { transpose } from "./transpose";

/** The most reflections that are applied one by one. */
const FEW: Int = 8;

/** Returns the number of elements of scratch memory for m rows, n columns and q columns of Q. */
export function qrScratchLength(m: Int, n: Int, q: Int): Int {
  const k = m < n ? m : n;
  const many = n > q ? n : q;
  return m * many + k * m + k + 2 + k * BLOCK + BLOCK * BLOCK + 2 * many * BLOCK;
}

/**
 * Computes A = Q R for one matrix.
 *
 * @param columns the number of columns of Q: min(m, n), or m.
 * @param greatest the greatest magnitude of A.
 */
export function qrOf<T>(
  a: Elements,
  at: Int,
  q: Elements,
  qAt: Int,
  r: Elements,
  rAt: Int,
  m: Int,
  n: Int,
  columns: Int,
  greatest: T,
  scratch: Elements,
  work: Elements,
): void {
  const k = m < n ? m : n;
  const many = n > columns ? n : columns;
  const v: Int = m * many;
  const taus = v + k * m;
  const triangles = taus + k + 2;
  const space = triangles + k * BLOCK + BLOCK * BLOCK;
  transpose<T>(a, at, n, m, n, scratch, 0, m);
  const scale = scaleOf<T>(greatest);
  rescale<T>(scratch, 0, scale, m * n);
  for (let i: Int = 0; i < k * m; i++) set<T>(scratch, v + i, real<T>(0));
  for (let from: Int = 0; from < k; from += BLOCK) {
    const width = k - from < BLOCK ? k - from : BLOCK;
    for (let j = from; j < from + width; j++) {
      const own = j * m + j;
      const vector = v + own;
      for (let i: Int = 0; i < m - j; i++) set<T>(scratch, vector + i, get<T>(scratch, own + i));
      reflect<T>(scratch, vector, m - j, 0, scratch, taus + j);
      set<T>(scratch, own, get<T>(scratch, taus + j + 1));
      const tau = get<T>(scratch, taus + j);
      // Few reflections do not make a block: each one is applied to all remaining rows.
      const left = (k <= FEW ? n : from + width) - j - 1;
      reflectRows<T>(scratch, own + m, m, left, scratch, vector, m - j, tau);
    }
    if (k <= FEW) break;
    const block = v + from * m + from;
    const triangle = triangles + from * BLOCK;
    blockTriangle<T>(
      scratch, block, m, width, m - from, scratch, taus + from, scratch, triangle,
    );
    const next = from + width;
    if (next < n) {
      reflectRowsByBlock<T>(
        scratch, next * m + from, m, n - next, scratch, block, m, width, m - from,
        scratch, triangle, 0, scratch, space, work,
      );
    }
  }
  transpose<T>(scratch, 0, m, n, columns, r, rAt, n);
  rescale<T>(r, rAt, round<T>(real<T>(1) / scale), columns * n);
  for (let i: Int = 1; i < columns; i++) {
    for (let j: Int = 0; j < n && j < i; j++) set<T>(r, rAt + i * n + j, real<T>(0));
  }
  for (let i: Int = 0; i < columns * m; i++) set<T>(scratch, i, real<T>(0));
  for (let i: Int = 0; i < columns; i++) set<T>(scratch, i * m + i, real<T>(1));
  for (let j = k - 1; j >= 0 && k <= FEW; j--) {
    const own = j * (m + 1);
    const tau = get<T>(scratch, taus + j);
    reflectRows<T>(scratch, own, m, columns - j, scratch, v + own, m - j, tau);
  }
  for (let from = (k - 1) & ~(BLOCK - 1); from >= 0 && k > FEW; from -= BLOCK) {
    const width = k - from < BLOCK ? k - from : BLOCK;
    reflectRowsByBlock<T>(
      scratch, from * m + from, m, columns - from, scratch, v + from * m + from, m, width, m - from,
      scratch, triangles + from * BLOCK, 1, scratch, space, work,
    );
  }
  transpose<T>(scratch, 0, m, columns, m, q, qAt, columns);
}
