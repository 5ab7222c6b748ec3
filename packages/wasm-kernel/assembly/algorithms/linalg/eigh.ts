// Eigenvalues and eigenvectors of a symmetric matrix: reflections make it tridiagonal, and implicit QL steps diagonal
// (Golub and Van Loan, "Matrix Computations", 8.3). Vectors are rows until the end, so reflections and rotations work
// on contiguous elements.

import { Elements, get, Int, set } from "../elements";
import { epsilon, magnitude, real, round } from "../arithmetic";
import { hypotenuse, negligibleIn, PATIENCE, rescale, scaleOf } from "./range";
import { reflect, reflectRows } from "./reflection";
import { addScaled, addTwoScaled, APART, dot, greatestOf, rotateRows, swapRows } from "./rows";
import { symmetricPart, transpose } from "./transpose";

/**
 * The most steps for each eigenvalue, on average: one eigenvalue may take more where others take few, as in graded
 * matrices (LAPACK's xSTEQR has the same limit).
 */
const MOST_STEPS: Int = 30;

/** Returns the number of elements of scratch memory. */
export function eighScratchLength(n: Int): Int {
  return n * n + n * (n + APART) + 6 * n + 2;
}

/**
 * Computes the eigenvalues of (A + Aᵀ)/2, ascending, and its eigenvectors as columns.
 *
 * @param wanted 1 for vectors, 0 for values alone.
 * @param greatest the greatest magnitude of A.
 * @returns the index of the eigenvalue that is not found; else −1.
 */
export function eighOf<T>(
  a: Elements,
  at: Int,
  values: Elements,
  valuesAt: Int,
  vectors: Elements,
  vectorsAt: Int,
  n: Int,
  wanted: Int,
  greatest: T,
  scratch: Elements,
): Int {
  const rows: Int = n * n;
  const step = n + APART;
  const diagonal = rows + n * step;
  const beside = diagonal + n;
  const taus = beside + n;
  const p = taus + n;
  const pairs = p + n + 2;
  const scale = scaleOf<T>(greatest);
  if (scale === real<T>(1)) {
    symmetricPart<T>(a, at, scratch, 0, n);
  } else {
    for (let i: Int = 0; i < n * n; i++) set<T>(scratch, rows + i, get<T>(a, at + i));
    rescale<T>(scratch, rows, scale, n * n);
    symmetricPart<T>(scratch, rows, scratch, 0, n);
  }
  tridiagonalise<T>(scratch, n, diagonal, beside, taus, p);
  if (wanted > 0) {
    for (let i: Int = 0; i < n * step; i++) set<T>(scratch, rows + i, real<T>(0));
    for (let i: Int = 0; i < n; i++) set<T>(scratch, rows + i * (step + 1), real<T>(1));
    for (let i: Int = 1; i < n; i++) {
      const tau = get<T>(scratch, taus + i);
      reflectRows<T>(scratch, rows, step, i, scratch, i * n, i, tau);
    }
  }
  const failed = diagonalise<T>(scratch, n, diagonal, beside, rows, pairs, wanted);
  if (failed >= 0) return failed;
  for (let i: Int = 0; i < n; i++) {
    let least = i;
    for (let j = i + 1; j < n; j++) {
      if (get<T>(scratch, diagonal + j) < get<T>(scratch, diagonal + least)) least = j;
    }
    if (least !== i) {
      swapRows<T>(scratch, diagonal + i, diagonal + least, 1);
      if (wanted > 0) swapRows<T>(scratch, rows + i * step, rows + least * step, n);
    }
    set<T>(values, valuesAt + i, get<T>(scratch, diagonal + i));
  }
  rescale<T>(values, valuesAt, round<T>(real<T>(1) / scale), n);
  if (wanted > 0) transpose<T>(scratch, rows, step, n, n, vectors, vectorsAt, n);
  return -1;
}

/** T = H₁ … Hₙ₋₁ A Hₙ₋₁ … H₁; the vector of Hᵢ is in row i then. */
function tridiagonalise<T>(
  x: Elements,
  n: Int,
  diagonal: Int,
  beside: Int,
  taus: Int,
  p: Int,
): void {
  for (let i = n - 1; i > 0; i--) {
    const v = i * n;
    set<T>(x, diagonal + i, get<T>(x, v + i));
    reflect<T>(x, v, i, i - 1, x, p);
    const tau = get<T>(x, p);
    set<T>(x, taus + i, tau);
    set<T>(x, beside + i - 1, get<T>(x, p + 1));
    if (tau === real<T>(0)) continue;
    for (let j: Int = 0; j < i; j++) set<T>(x, p + j, real<T>(0));
    for (let j: Int = 0; j < i; j++) {
      const row = j * n;
      const sum = dot<T>(x, row, x, v, j + 1);
      addScaled<T>(x, p, x, row, get<T>(x, v + j), j);
      set<T>(x, p + j, round<T>(get<T>(x, p + j) + sum));
    }
    const product = dot<T>(x, p, x, v, i);
    const half = round<T>(round<T>(round<T>(tau * tau) * real<T>(0.5)) * product);
    for (let j: Int = 0; j < i; j++) {
      const own = round<T>(tau * get<T>(x, p + j));
      set<T>(x, p + j, round<T>(own - round<T>(half * get<T>(x, v + j))));
    }
    for (let j: Int = 0; j < i; j++) {
      const first = round<T>(real<T>(0) - get<T>(x, v + j));
      const second = round<T>(real<T>(0) - get<T>(x, p + j));
      addTwoScaled<T>(x, j * n, x, p, first, x, v, second, j + 1);
    }
  }
  if (n > 0) set<T>(x, diagonal, get<T>(x, 0));
}

/**
 * Makes implicit QL steps, until the elements beside the diagonal are 0.
 *
 * @returns the index of the eigenvalue that is not found; else −1.
 */
function diagonalise<T>(
  x: Elements,
  n: Int,
  diagonal: Int,
  beside: Int,
  rows: Int,
  pairs: Int,
  wanted: Int,
): Int {
  if (n > 0) set<T>(x, beside + n - 1, real<T>(0));
  const greatest = greatestOf<T>(x, diagonal, 2 * n);
  let negligible = negligibleIn<T>(greatest);
  let steps: Int = 0;
  for (let l: Int = 0; l < n; l++) {
    let own: Int = 0;
    while (true) {
      let m = l;
      for (; m < n - 1; m++) {
        const size = round<T>(
          magnitude<T>(get<T>(x, diagonal + m)) + magnitude<T>(get<T>(x, diagonal + m + 1)),
        );
        const least = round<T>(round<T>(epsilon<T>() * size) + negligible);
        if (magnitude<T>(get<T>(x, beside + m)) <= least) break;
      }
      if (m === l) break;
      if (steps === MOST_STEPS * n) return l;
      steps++;
      own++;
      if (own > PATIENCE) negligible = round<T>(epsilon<T>() * greatest);
      const first = stepOf<T>(x, diagonal, beside, pairs, l, m);
      if (wanted > 0) rotateRows<T>(x, rows, n + APART, n, x, pairs, first, m - 1, 1);
    }
  }
  return -1;
}

/**
 * Makes one step between l and m, and stores its rotations.
 *
 * @returns the least row that is rotated, since rotations go up from row m − 1.
 */
function stepOf<T>(x: Elements, diagonal: Int, beside: Int, pairs: Int, l: Int, m: Int): Int {
  const start = get<T>(x, diagonal + l);
  const off = get<T>(x, beside + l);
  const apart = round<T>(get<T>(x, diagonal + l + 1) - start);
  let g = round<T>(apart / round<T>(real<T>(2) * off));
  let r = hypotenuse<T>(g, real<T>(1));
  const turned = round<T>(g < real<T>(0) ? g - r : g + r);
  g = round<T>(round<T>(get<T>(x, diagonal + m) - start) + round<T>(off / turned));
  let s = real<T>(1);
  let c = real<T>(1);
  let p = real<T>(0);
  for (let i = m - 1; i >= l; i--) {
    const f = round<T>(s * get<T>(x, beside + i));
    const b = round<T>(c * get<T>(x, beside + i));
    // f² + b² is the square of an element that is not negligible, so the root has all its digits, or f or g is zero.
    r = hypotenuse<T>(f, g);
    set<T>(x, beside + i + 1, r);
    if (r === real<T>(0)) {
      set<T>(x, diagonal + i + 1, round<T>(get<T>(x, diagonal + i + 1) - p));
      set<T>(x, beside + m, real<T>(0));
      return i + 1;
    }
    s = round<T>(f / r);
    c = round<T>(g / r);
    g = round<T>(get<T>(x, diagonal + i + 1) - p);
    r = round<T>(
      round<T>(round<T>(get<T>(x, diagonal + i) - g) * s) + round<T>(round<T>(real<T>(2) * c) * b),
    );
    p = round<T>(s * r);
    set<T>(x, diagonal + i + 1, round<T>(g + p));
    g = round<T>(round<T>(c * r) - b);
    set<T>(x, pairs + 2 * i, c);
    set<T>(x, pairs + 2 * i + 1, s);
  }
  set<T>(x, diagonal + l, round<T>(get<T>(x, diagonal + l) - p));
  set<T>(x, beside + l, g);
  set<T>(x, beside + m, real<T>(0));
  return l;
}
