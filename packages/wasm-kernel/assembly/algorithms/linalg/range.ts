// The range of T: squares of numbers that are far from 1 overflow or vanish, and numbers near zero have fewer digits
// (subnormals). Powers of two bring them back without a rounding error.

import { Elements, Int } from "../elements";
import { epsilon, real, round, squareRoot, tiny } from "../arithmetic";
import { divideRow } from "./rows";

/**
 * tiny / ε, a power of two (2⁻¹⁰³ or 2⁻⁹⁷⁰): the rounding errors of numbers below may be those of subnormals, which have
 * fewer digits. Its reciprocal is finite.
 */
export function small<T>(): T {
  return round<T>(tiny<T>() / epsilon<T>());
}

/** True if a sum of squares has lost nothing to the range of T. */
export function isInRange<T>(sum: T): boolean {
  return sum > round<T>(tiny<T>() * real<T>(16777216)) && sum - sum === real<T>(0);
}

/** Returns the power of two that brings two numbers into the range of squares, of which the sum is not in it. */
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
 * Returns the root of x² + y², always of the sum of squares: by the ratio of both, cosines and sines would be too long
 * on average, and many rotations would make vectors longer.
 */
export function hypotenuse<T>(x: T, y: T): T {
  const sum = round<T>(round<T>(x * x) + round<T>(y * y));
  return isInRange<T>(sum) ? squareRoot<T>(sum) : farHypotenuse<T>(x, y, factorOf<T>(sum));
}

/**
 * Returns the power of two by which a matrix is divided: 1, unless squares of its greatest elements would leave the
 * range, or the rounding errors of negligible ones would (LAPACK's xSYEV and xGESVD scale likewise).
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
 * Returns the magnitude up to which an element is taken for zero by iterations on a matrix whose greatest element is
 * `greatest`, whatever its neighbours are: √tiny of it, which is far below its rounding errors. Products of two greater
 * elements are not zero, so that every step turns something.
 */
export function negligibleIn<T>(greatest: T): T {
  return round<T>(round<T>(squareRoot<T>(tiny<T>()) * greatest) + tiny<T>());
}

/**
 * The number of steps for one value, of which few are needed, after which the magnitudes of a matrix are known to
 * differ too far: from then on elements below ε times the greatest one are taken for zero, which is no more than their
 * rounding errors.
 */
export const PATIENCE: Int = 30;

/** x = x / scale, which is a power of two. */
export function rescale<T>(x: Elements, at: Int, scale: T, count: Int): void {
  if (scale !== real<T>(1)) divideRow<T>(x, at, scale, count);
}
