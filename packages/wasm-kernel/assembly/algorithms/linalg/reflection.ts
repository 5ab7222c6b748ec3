// Householder reflections H = I − τ v vᵀ, where v has a 1 at the one element that H x keeps (Golub and Van Loan,
// "Matrix Computations", 5.1), and blocks of them.

import { Elements, get, Int, set } from "../elements";
import { real, round, squareRoot } from "../arithmetic";
import { hypotenuse, isInRange, small } from "./range";
import { addScaled, divideRow, dot, greatestOf, subtractProduct } from "./rows";

/** The number of reflections in a block; sums depend on it, so JavaScript has the same number. */
export const BLOCK: Int = 32;

/** Returns the length of a vector. */
function lengthOf<T>(x: Elements, at: Int, count: Int): T {
  const sum = dot<T>(x, at, x, at, count);
  // The vector is first divided by its greatest element if squares are too large or too small.
  if (isInRange<T>(sum)) return squareRoot<T>(sum);
  const greatest = greatestOf<T>(x, at, count);
  if (greatest === real<T>(0)) return greatest;
  let scaled = real<T>(0);
  for (let i: Int = 0; i < count; i++) {
    const ratio = round<T>(get<T>(x, at + i) / greatest);
    scaled = round<T>(scaled + round<T>(ratio * ratio));
  }
  return round<T>(greatest * squareRoot<T>(scaled));
}

/**
 * Overwrites a vector x with v, such that H x is zero except at the index `kept`. A vector of few digits, such as the
 * rounding errors of dependent columns, is scaled first (LAPACK's xLARFG): subnormal numbers would give v and τ that
 * are no reflection.
 *
 * @param kept 0, or count − 1.
 * @param results receives τ and the element at `kept`.
 */
export function reflect<T>(
  x: Elements,
  at: Int,
  count: Int,
  kept: Int,
  results: Elements,
  resultsAt: Int,
): void {
  const others = at + (kept > 0 ? 0 : 1);
  let own = real<T>(0);
  let rest = own;
  let size = own;
  let scale = real<T>(1);
  while (true) {
    own = get<T>(x, at + kept);
    rest = lengthOf<T>(x, others, count - 1);
    size = hypotenuse<T>(own, rest);
    if (size >= small<T>() || rest === real<T>(0) || scale !== real<T>(1)) break;
    scale = small<T>();
    divideRow<T>(x, at, scale, count);
  }
  set<T>(x, at + kept, real<T>(1));
  if (rest === real<T>(0)) {
    set<T>(results, resultsAt, rest);
    set<T>(results, resultsAt + 1, own);
    return;
  }
  const result = own < real<T>(0) ? size : round<T>(real<T>(0) - size);
  divideRow<T>(x, others, round<T>(own - result), count - 1);
  set<T>(results, resultsAt, round<T>(round<T>(result - own) / result));
  set<T>(results, resultsAt + 1, round<T>(result * scale));
}

/** Replaces each row r by r H. */
export function reflectRows<T>(
  rows: Elements,
  at: Int,
  step: Int,
  many: Int,
  v: Elements,
  vAt: Int,
  count: Int,
  tau: T,
): void {
  if (tau === real<T>(0)) return;
  for (let r: Int = 0; r < many; r++) {
    const row = at + r * step;
    const length = round<T>(tau * dot<T>(rows, row, v, vAt, count));
    addScaled<T>(rows, row, v, vAt, round<T>(real<T>(0) - length), count);
  }
}

/**
 * Computes the triangle T of a block: H₀ H₁ … = I − Vᵀ T V where the rows of V are the vectors v (Schreiber and Van
 * Loan, "A Storage-Efficient WY Representation for Products of Householder Transformations", 1989).
 *
 * @param triangle receives T, of BLOCK × BLOCK elements.
 */
export function blockTriangle<T>(
  v: Elements,
  vAt: Int,
  step: Int,
  width: Int,
  count: Int,
  taus: Elements,
  tausAt: Int,
  triangle: Elements,
  triangleAt: Int,
): void {
  for (let j: Int = 0; j < width; j++) {
    const tau = get<T>(taus, tausAt + j);
    for (let i: Int = 0; i < width; i++) set<T>(triangle, triangleAt + i * BLOCK + j, real<T>(0));
    set<T>(triangle, triangleAt + j * BLOCK + j, tau);
    // Computes −τ T (V vⱼ) in place from the top, since row i needs only products with a greater index.
    for (let i: Int = 0; i < j; i++) {
      const product = dot<T>(v, vAt + i * step, v, vAt + j * step, count);
      set<T>(triangle, triangleAt + i * BLOCK + j, product);
    }
    for (let i: Int = 0; i < j; i++) {
      let sum = real<T>(0);
      for (let k = i; k < j; k++) {
        const term = round<T>(
          get<T>(triangle, triangleAt + i * BLOCK + k) * get<T>(triangle, triangleAt + k * BLOCK + j),
        );
        sum = round<T>(sum + term);
      }
      set<T>(triangle, triangleAt + i * BLOCK + j, round<T>(real<T>(0) - round<T>(tau * sum)));
    }
  }
}

/**
 * Replaces each row r by r (I − Vᵀ T V), with T or its transpose.
 *
 * @param space 2 · many · BLOCK elements.
 */
export function reflectRowsByBlock<T>(
  rows: Elements,
  at: Int,
  step: Int,
  many: Int,
  v: Elements,
  vAt: Int,
  vStep: Int,
  width: Int,
  count: Int,
  triangle: Elements,
  triangleAt: Int,
  transposed: Int,
  space: Elements,
  spaceAt: Int,
  work: Elements,
): void {
  const second = spaceAt + many * BLOCK;
  for (let i: Int = 0; i < 2 * many * BLOCK; i++) set<T>(space, spaceAt + i, real<T>(0));
  subtractProduct<T>(
    space, spaceAt, BLOCK, rows, at, step, 1, v, vAt, 1, vStep,
    many, width, count, work,
  );
  subtractProduct<T>(
    space, second, BLOCK, space, spaceAt, BLOCK, 1,
    triangle, triangleAt, transposed > 0 ? 1 : BLOCK, transposed > 0 ? BLOCK : 1,
    many, width, width, work,
  );
  subtractProduct<T>(
    rows, at, step, space, second, BLOCK, 1, v, vAt, vStep, 1,
    many, count, width, work,
  );
}
