// Householder reflections H = I − τ v vᵀ, whose v has a 1 where the vector that H is made of keeps an element (Golub and
// Van Loan, "Matrix Computations", 5.1), and blocks of them.

import { Elements, get, Int, set } from "../elements";
import { real, round, squareRoot } from "../arithmetic";
import { hypotenuse, isInRange, small } from "./range";
import { addScaled, divideRow, dot, greatestOf, subtractProduct } from "./rows";

/** The number of reflections in a block; sums depend on it, so both languages have one length. */
export const BLOCK: Int = 32;

/** Returns the length of a vector. */
function lengthOf<T>(x: Elements, at: Int, count: Int): T {
  const sum = dot<T>(x, at, x, at, count);
  // Squares that are too large or too small are those of the vector over its greatest element.
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
 * Overwrites a vector x with v, such that H x has one element alone, that at `kept`. A vector of few digits,
 * such as what rounding leaves of dependent columns, is scaled before (LAPACK's xLARFG): v and τ of numbers that are
 * rounded to subnormals would be no reflection.
 *
 * @param kept 0, or count − 1.
 * @param results τ and that element are stored there.
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

/** Rows r become r H. */
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
 * Computes the triangle T of a block: H₀ H₁ … = I − Vᵀ T V for rows of V that are the vectors (Schreiber and Van Loan, "A
 * Storage-Efficient WY Representation for Products of Householder Transformations", 1989).
 *
 * @param triangle BLOCK × BLOCK.
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
    // −τ T (V vⱼ), from the top, since row i needs the products after it alone.
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
 * Rows r become r (I − Vᵀ T V), or with the transpose of T.
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
