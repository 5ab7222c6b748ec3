// The range of T: squares of numbers that are far from 1 overflow or vanish, and numbers near zero have fewer digits
// (subnormals). Multiplication by a power of two brings them into the range without a rounding error.

import { Elements, Int } from "../elements";
import { epsilon, real, round, squareRoot, tiny } from "../arithmetic";
import { divideRow } from "./rows";

/**
 * tiny / ε, a power of two (2⁻¹⁰³ or 2⁻⁹⁷⁰): the rounding errors of lesser numbers may be as large as those of
 * subnormals, which have fewer digits. Its reciprocal is finite.
 */
export function small<T>(): T {
  return round<T>(tiny<T>() / epsilon<T>());
}

/** True if a sum of squares has neither overflowed nor lost digits to the range of T. */
export function isInRange<T>(sum: T): boolean {
  return sum > round<T>(tiny<T>() * real<T>(16777216)) && sum - sum === real<T>(0);
}

/**
 * Returns the power of two that scales two numbers so that their squares are in range; `sum`, the sum of their squares,
 * is not.
 */
export function factorOf<T>(sum: T): T {
  return sum > real<T>(1) ? small<T>() : round<T>(real<T>(1) / small<T>());
}

/** Returns the root of x² + y² where the sum is not in range. */
function farHypotenuse<T>(x: T, y: T, factor: T): T {
  const first = round<T>(x * factor);
  const second = round<T>(y * factor);
  const sum = round<T>(round<T>(first * first) + round<T>(second * second));
  return round<T>(squareRoot<T>(sum) / factor);
}

/**
 * Returns the root of x² + y², computed from the sum of squares. From the ratio of x and y, the cosine and sine of a
 * rotation would be too long on average, and many rotations would lengthen vectors.
 */
export function hypotenuse<T>(x: T, y: T): T {
  const sum = round<T>(round<T>(x * x) + round<T>(y * y));
  return isInRange<T>(sum) ? squareRoot<T>(sum) : farHypotenuse<T>(x, y, factorOf<T>(sum));
}

/**
 * Returns the power of two by which a matrix is divided: 1, unless the squares of its greatest elements or the rounding
 * errors of negligible elements would leave the range (LAPACK's xSYEV and xGESVD scale likewise).
 *
 * @param greatest the greatest magnitude of its elements.
 */
export function scaleOf<T>(greatest: T): T {
  const root = squareRoot<T>(tiny<T>());
  if (greatest === real<T>(0)) return real<T>(1);
  if (greatest < round<T>(root / epsilon<T>())) return small<T>();
  return greatest > round<T>(real<T>(1) / root) ? round<T>(real<T>(1) / small<T>()) : real<T>(1);
}

/**
 * Returns the magnitude up to which iterations take an element for zero, whatever its neighbours are: √tiny times
 * `greatest`, the greatest element of the matrix. That is far below the rounding errors of `greatest`. Products of two
 * greater elements do not vanish, so that every step has an effect.
 */
export function negligibleIn<T>(greatest: T): T {
  return round<T>(round<T>(squareRoot<T>(tiny<T>()) * greatest) + tiny<T>());
}

/**
 * The number of steps for one value after which the magnitudes of a matrix differ too much, since few steps suffice
 * otherwise. From then on, elements below ε times the greatest one are taken for zero, which is no more than the
 * rounding errors.
 */
export const PATIENCE: Int = 30;

/** Computes x = x / scale, where scale is a power of two. */
export function rescale<T>(x: Elements, at: Int, scale: T, count: Int): void {
  if (scale !== real<T>(1)) divideRow<T>(x, at, scale, count);
}
