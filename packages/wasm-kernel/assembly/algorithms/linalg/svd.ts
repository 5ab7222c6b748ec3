// The singular value decomposition A = U S Vᵀ: reflections from both sides make A bidiagonal, and implicit QR steps
// diagonal (Golub and Reinsch, "Singular Value Decomposition and Least Squares Solutions", 1970, with the shift and the
// splitting of LINPACK's xSVDC). Columns of U and V are rows until the end, so reflections and rotations work on
// contiguous elements.

import { Elements, get, Int, set } from "../elements";
import { epsilon, magnitude, real, round, squareRoot } from "../arithmetic";
import { factorOf, isInRange, negligibleIn, PATIENCE, rescale, scaleOf } from "./range";
import { reflect, reflectRows } from "./reflection";
import { addScaled, APART, rotateRows, swapRows } from "./rows";
import { transpose } from "./transpose";

/** The most steps for each value, on average: one value may take more where others take few, as in graded matrices. */
const MOST_STEPS: Int = 60;

/** Returns the number of elements of scratch memory for m rows of n columns, n ≤ m. */
export function svdScratchLength(m: Int, n: Int): Int {
  return 2 * m * n + n * n + 9 * n + 6;
}

/**
 * Decomposes one matrix of m ≥ n rows, or of its transpose.
 *
 * @param transposed 1 where a holds n rows of m.
 * @param u the columns of U, as `columns` rows of m elements; rows are `m + APART` elements apart.
 * @param vt Vᵀ, as n rows of n elements; rows are `n + APART` elements apart.
 * @param wanted 1 for u and vt, 0 for only the singular values.
 * @param greatest the greatest magnitude of A.
 * @returns the index of the value that is not found; else −1.
 */
export function svdOf<T>(
  a: Elements,
  at: Int,
  transposed: Int,
  u: Elements,
  uAt: Int,
  s: Elements,
  sAt: Int,
  vt: Elements,
  vtAt: Int,
  m: Int,
  n: Int,
  columns: Int,
  wanted: Int,
  greatest: T,
  scratch: Elements,
): Int {
  const uStep = m + APART;
  const vtStep = n + APART;
  const lefts: Int = m * n;
  const rights = lefts + n * m;
  const values = rights + n * n;
  const beside = values + n + 1;
  const taus = beside + n + 1;
  const sums = taus + 2 * n + 2;
  const pairs = sums + n + 2;
  if (transposed > 0) transpose<T>(a, at, m, n, m, scratch, 0, n);
  else for (let i: Int = 0; i < m * n; i++) set<T>(scratch, i, get<T>(a, at + i));
  const scale = scaleOf<T>(greatest);
  rescale<T>(scratch, 0, scale, m * n);
  bidiagonalise<T>(scratch, m, n, lefts, rights, values, beside, taus, sums);
  if (wanted > 0) {
    identity<T>(u, uAt, columns, uStep);
    identity<T>(vt, vtAt, n, vtStep);
    for (let j = n - 1; j >= 0; j--) {
      reflectRows<T>(
        u, uAt + j * (uStep + 1), uStep, columns - j, scratch, lefts + j * m + j, m - j,
        get<T>(scratch, taus + 2 * j),
      );
      if (j + 1 < n) {
        reflectRows<T>(
          vt, vtAt + (j + 1) * (vtStep + 1), vtStep, n - j - 1, scratch, rights + j * n + j + 1, n - j - 1,
          get<T>(scratch, taus + 2 * j + 1),
        );
      }
    }
  }
  const failed = diagonalise<T>(
    scratch, m, n, values, beside, u, uAt, uStep, vt, vtAt, vtStep, pairs, wanted,
    round<T>(greatest / scale),
  );
  for (let i: Int = 0; i < n; i++) set<T>(s, sAt + i, get<T>(scratch, values + i));
  rescale<T>(s, sAt, round<T>(real<T>(1) / scale), n);
  return failed;
}

function identity<T>(rows: Elements, at: Int, n: Int, step: Int): void {
  for (let i: Int = 0; i < n * step; i++) set<T>(rows, at + i, real<T>(0));
  for (let i: Int = 0; i < n; i++) set<T>(rows, at + i * (step + 1), real<T>(1));
}

/**
 * Makes the matrix bidiagonal. The rows of `lefts` receive the vectors of the reflections from the left, the rows of
 * `rights` those of the reflections from the right.
 */
function bidiagonalise<T>(
  x: Elements,
  m: Int,
  n: Int,
  lefts: Int,
  rights: Int,
  values: Int,
  beside: Int,
  taus: Int,
  sums: Int,
): void {
  for (let j: Int = 0; j < n; j++) {
    const own = j * n + j;
    const left = lefts + j * m;
    const after = n - j - 1;
    for (let i = j; i < m; i++) set<T>(x, left + i, get<T>(x, i * n + j));
    reflect<T>(x, left + j, m - j, 0, x, sums);
    const tau = get<T>(x, sums);
    set<T>(x, taus + 2 * j, tau);
    set<T>(x, values + j, get<T>(x, sums + 1));
    if (after > 0 && tau !== real<T>(0)) {
      for (let i: Int = 0; i < after; i++) set<T>(x, sums + i, real<T>(0));
      for (let i = j; i < m; i++) {
        addScaled<T>(x, sums, x, i * n + j + 1, get<T>(x, left + i), after);
      }
      for (let i = j; i < m; i++) {
        const factor = round<T>(real<T>(0) - round<T>(tau * get<T>(x, left + i)));
        addScaled<T>(x, i * n + j + 1, x, sums, factor, after);
      }
    }
    set<T>(x, taus + 2 * j + 1, real<T>(0));
    set<T>(x, beside + j, real<T>(0));
    if (after === 0) continue;
    const right = rights + j * n + j + 1;
    for (let i: Int = 0; i < after; i++) set<T>(x, right + i, get<T>(x, own + 1 + i));
    reflect<T>(x, right, after, 0, x, taus + 2 * j + 1);
    set<T>(x, beside + j, get<T>(x, taus + 2 * j + 2));
    const turn = get<T>(x, taus + 2 * j + 1);
    reflectRows<T>(x, own + n + 1, n, m - j - 1, x, right, after, turn);
  }
}

/**
 * Makes QR steps until the elements beside the diagonal are 0.
 *
 * @param greatest the greatest magnitude of the matrix, which is divided by its scale.
 * @returns the index of the value that is not found; else −1.
 */
function diagonalise<T>(
  x: Elements,
  m: Int,
  n: Int,
  values: Int,
  beside: Int,
  u: Elements,
  uAt: Int,
  uStep: Int,
  vt: Elements,
  vtAt: Int,
  vtStep: Int,
  pairs: Int,
  wanted: Int,
  greatest: T,
): Int {
  let steps: Int = 0;
  let negligible = negligibleIn<T>(greatest);
  for (let end = n; end > 0; ) {
    let own: Int = 0;
    while (true) {
      // From row `start` to row `end`, no element beside the diagonal is negligible.
      let start = end - 1;
      for (; start > 0; start--) {
        const size = round<T>(
          magnitude<T>(get<T>(x, values + start - 1)) + magnitude<T>(get<T>(x, values + start)),
        );
        if (isSmall<T>(get<T>(x, beside + start - 1), size, negligible)) {
          set<T>(x, beside + start - 1, real<T>(0));
          break;
        }
      }
      if (start === end - 1) break;
      if (steps === MOST_STEPS * n) return end - 1;
      steps++;
      own++;
      // Rotations between this value and far lesser elements may underflow, so that the value never changes.
      if (own > PATIENCE) negligible = round<T>(epsilon<T>() * greatest);
      // A diagonal element of zero between `start` and `end` splits the rows.
      let zero = end - 1;
      for (; zero >= start; zero--) {
        const after = zero < end - 1 ? magnitude<T>(get<T>(x, beside + zero)) : real<T>(0);
        const before = zero > start ? magnitude<T>(get<T>(x, beside + zero - 1)) : real<T>(0);
        if (isSmall<T>(get<T>(x, values + zero), round<T>(before + after), negligible)) break;
      }
      if (zero === end - 1) {
        set<T>(x, values + zero, real<T>(0));
        clearColumn<T>(x, n, values, beside, start, end, vt, vtAt, vtStep, pairs, wanted);
      } else if (zero >= start) {
        set<T>(x, values + zero, real<T>(0));
        clearRow<T>(x, m, values, beside, zero, end, u, uAt, uStep, pairs, wanted);
      } else {
        stepOf<T>(x, n, values, beside, start, end, pairs);
        if (wanted === 0) continue;
        rotateRows<T>(vt, vtAt, vtStep, n, x, pairs, start, end - 2, 0);
        rotateRows<T>(u, uAt, uStep, m, x, pairs + 2 * n, start, end - 2, 0);
      }
    }
    end--;
    if (get<T>(x, values + end) < real<T>(0)) {
      set<T>(x, values + end, round<T>(real<T>(0) - get<T>(x, values + end)));
      for (let i: Int = 0; i < n && wanted > 0; i++) {
        const offset = vtAt + end * vtStep + i;
        set<T>(vt, offset, round<T>(real<T>(0) - get<T>(vt, offset)));
      }
    }
    // The value is inserted after all greater ones.
    for (let i = end; i < n - 1; i++) {
      if (get<T>(x, values + i) >= get<T>(x, values + i + 1)) break;
      swapRows<T>(x, values + i, values + i + 1, 1);
      if (wanted === 0) continue;
      swapRows<T>(u, uAt + i * uStep, uAt + (i + 1) * uStep, m);
      swapRows<T>(vt, vtAt + i * vtStep, vtAt + (i + 1) * vtStep, n);
    }
  }
  return -1;
}

/** True if an element is negligible beside elements of a given size. */
function isSmall<T>(x: T, size: T, negligible: T): boolean {
  return magnitude<T>(x) <= round<T>(round<T>(epsilon<T>() * size) + negligible);
}

/** Stores the rotation that turns (f, g) into (r, 0). @returns r. */
function rotationOf<T>(f: T, g: T, pairs: Elements, at: Int): T {
  const sum = round<T>(round<T>(f * f) + round<T>(g * g));
  if (!isInRange<T>(sum)) return farRotationOf<T>(f, g, factorOf<T>(sum), pairs, at);
  const size = squareRoot<T>(sum);
  set<T>(pairs, at, round<T>(f / size));
  // `rotateRows` has the opposite sign of s.
  set<T>(pairs, at + 1, round<T>(real<T>(0) - round<T>(g / size)));
  return size;
}

/**
 * Does the same as `rotationOf` where squares are not in range: a quotient by a root near zero, which has few digits,
 * would give no rotation.
 *
 * @param factor a power of two that brings f and g into the range.
 */
function farRotationOf<T>(f: T, g: T, factor: T, pairs: Elements, at: Int): T {
  if (f === real<T>(0) && g === real<T>(0)) {
    set<T>(pairs, at, real<T>(1));
    set<T>(pairs, at + 1, real<T>(0));
    return f;
  }
  return round<T>(rotationOf<T>(round<T>(f * factor), round<T>(g * factor), pairs, at) / factor);
}

/** Clears the elements above the last diagonal element, which is zero, by rotations from the right. */
function clearColumn<T>(
  x: Elements,
  n: Int,
  values: Int,
  beside: Int,
  start: Int,
  end: Int,
  vt: Elements,
  vtAt: Int,
  vtStep: Int,
  pairs: Int,
  wanted: Int,
): void {
  const last = end - 1;
  let f = get<T>(x, beside + last - 1);
  set<T>(x, beside + last - 1, real<T>(0));
  for (let j = last - 1; j >= start; j--) {
    set<T>(x, values + j, rotationOf<T>(get<T>(x, values + j), f, x, pairs));
    if (j > start) {
      const before = get<T>(x, beside + j - 1);
      f = round<T>(get<T>(x, pairs + 1) * before);
      set<T>(x, beside + j - 1, round<T>(get<T>(x, pairs) * before));
    }
    if (wanted > 0) {
      rotateRows<T>(vt, vtAt + j * vtStep, (last - j) * vtStep, n, x, pairs, 0, 0, 0);
    }
  }
}

/** Clears the elements beside a diagonal element of zero that is not the last, by rotations from the left. */
function clearRow<T>(
  x: Elements,
  m: Int,
  values: Int,
  beside: Int,
  zero: Int,
  end: Int,
  u: Elements,
  uAt: Int,
  uStep: Int,
  pairs: Int,
  wanted: Int,
): void {
  let f = get<T>(x, beside + zero);
  set<T>(x, beside + zero, real<T>(0));
  for (let j = zero + 1; j < end; j++) {
    set<T>(x, values + j, rotationOf<T>(get<T>(x, values + j), f, x, pairs));
    const after = get<T>(x, beside + j);
    f = round<T>(get<T>(x, pairs + 1) * after);
    set<T>(x, beside + j, round<T>(get<T>(x, pairs) * after));
    if (wanted > 0) {
      rotateRows<T>(u, uAt + j * uStep, (zero - j) * uStep, m, x, pairs, 0, 0, 0);
    }
  }
}

/**
 * Computes one step, and stores its rotations: first n pairs for the rotations from the right, then those from the
 * left.
 */
function stepOf<T>(
  x: Elements,
  n: Int,
  values: Int,
  beside: Int,
  start: Int,
  end: Int,
  pairs: Int,
): void {
  const last = end - 1;
  let scale = magnitude<T>(get<T>(x, values + last));
  scale = greater<T>(scale, get<T>(x, values + last - 1));
  scale = greater<T>(scale, get<T>(x, beside + last - 1));
  scale = greater<T>(scale, get<T>(x, values + start));
  scale = greater<T>(scale, get<T>(x, beside + start));
  const sp = round<T>(get<T>(x, values + last) / scale);
  const spm1 = round<T>(get<T>(x, values + last - 1) / scale);
  const epm1 = round<T>(get<T>(x, beside + last - 1) / scale);
  const sk = round<T>(get<T>(x, values + start) / scale);
  const ek = round<T>(get<T>(x, beside + start) / scale);
  const difference = round<T>(round<T>(spm1 + sp) * round<T>(spm1 - sp));
  const b = round<T>(round<T>(difference + round<T>(epm1 * epm1)) * real<T>(0.5));
  const root = round<T>(sp * epm1);
  const c = round<T>(root * root);
  let shift = real<T>(0);
  if (b !== real<T>(0) || c !== real<T>(0)) {
    shift = squareRoot<T>(round<T>(round<T>(b * b) + c));
    if (b < real<T>(0)) shift = round<T>(real<T>(0) - shift);
    shift = round<T>(c / round<T>(b + shift));
  }
  let f = round<T>(round<T>(round<T>(sk + sp) * round<T>(sk - sp)) + shift);
  let g = round<T>(sk * ek);
  for (let j = start; j < last; j++) {
    const right = pairs + 2 * j;
    const first = rotationOf<T>(f, g, x, right);
    if (j > start) set<T>(x, beside + j - 1, first);
    let cosine = get<T>(x, right);
    let sine = round<T>(real<T>(0) - get<T>(x, right + 1));
    const value = get<T>(x, values + j);
    const side = get<T>(x, beside + j);
    const next = get<T>(x, values + j + 1);
    f = round<T>(round<T>(cosine * value) + round<T>(sine * side));
    const turned = round<T>(round<T>(cosine * side) - round<T>(sine * value));
    g = round<T>(sine * next);
    const kept = round<T>(cosine * next);
    const left = right + 2 * n;
    set<T>(x, values + j, rotationOf<T>(f, g, x, left));
    cosine = get<T>(x, left);
    sine = round<T>(real<T>(0) - get<T>(x, left + 1));
    f = round<T>(round<T>(cosine * turned) + round<T>(sine * kept));
    set<T>(x, values + j + 1, round<T>(round<T>(cosine * kept) - round<T>(sine * turned)));
    const after = get<T>(x, beside + j + 1);
    g = round<T>(sine * after);
    set<T>(x, beside + j + 1, round<T>(cosine * after));
  }
  set<T>(x, beside + last - 1, f);
}

function greater<T>(x: T, y: T): T {
  const size = magnitude<T>(y);
  return size > x ? size : x;
}
