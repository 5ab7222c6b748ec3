/**
 * Logarithms of probabilities and densities that contain Γ, by the formulas of C. Loader ("Fast and accurate
 * computation of binomial probabilities", 2000): large terms that would cancel are removed analytically, so no digits
 * are lost.
 */

import { logGamma, type Tensor, where, xLogY } from "@graddiff/core";
import { LOG_ROOT_2PI } from "./numbers.ts";

/** The number from which Stirling's series has the full precision of float64. */
const SERIES_FROM = 10;

/** The coefficients B₂ₖ / (2k (2k − 1)) of Stirling's series, with Bernoulli's numbers B. */
const COEFFICIENTS = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
];

/** Returns log Γ(n + 1) − (n + ½) log n + n − log √(2π), the remainder of Stirling's formula. n is above 0. */
export function stirlingRemainder(n: Tensor): Tensor {
  const large = n.maximum(SERIES_FROM);
  const inverse = large.reciprocal();
  const square = inverse.square();
  const series = COEFFICIENTS.reduceRight<Tensor>(
    (sum, coefficient) => sum.mul(square).add(coefficient),
    square.mul(0),
  ).mul(inverse);
  const small = n.minimum(SERIES_FROM);
  const direct = logGamma(small.add(1))
    .sub(small.add(0.5).mul(small.log()))
    .add(small)
    .sub(LOG_ROOT_2PI);
  return where(n.less(SERIES_FROM), direct, series);
}

/** The bound of |x − y| / (x + y) below which `deviance` uses a series, which has full precision there. */
const NEAR = 0.1;

/** Returns x log(x / y) + y − x for x and y above 0, without cancellation where x is near y. */
export function deviance(x: Tensor, y: Tensor): Tensor {
  const isNear = x.sub(y).abs().less(x.add(y).mul(NEAR));
  const v = x.sub(y).div(x.add(y));
  const own = where(isNear, v, 0);
  const square = own.square();
  let sum = square.mul(0);
  for (let k = 9; k >= 1; k--) sum = sum.add(2 / (2 * k + 1)).mul(square);
  // x log(x / y) = x (2v + 2v³/3 + …), and 2 x v + y − x = (x − y) v.
  const series = x.sub(y).mul(own).add(x.mul(own).mul(sum));
  return where(isNear, series, x.mul(x.div(y).log()).add(y).sub(x));
}

/**
 * Returns log(yᵏ e^(−y) / Γ(k + 1)), the log-probability of k under a Poisson distribution with the mean y. k is from 0
 * on, and need not be an integer.
 */
export function logPoisson(k: Tensor, y: Tensor): Tensor {
  const isSmall = k.less(SERIES_FROM);
  const small = where(isSmall, k, 1);
  const large = where(isSmall, SERIES_FROM, k);
  const direct = xLogY(small, y)
    .sub(y)
    .sub(logGamma(small.add(1)));
  const loader = stirlingRemainder(large)
    .add(deviance(large, y))
    .add(large.log().mul(0.5))
    .add(LOG_ROOT_2PI);
  return where(isSmall, direct, loader.neg());
}

/** Returns log(yᵃ⁻¹ e^(−y) / Γ(a)), the log-density at y of a gamma distribution with the shape a and the rate 1. */
export function logGammaDensity(a: Tensor, y: Tensor): Tensor {
  const isSmall = a.less(SERIES_FROM);
  const small = a.minimum(SERIES_FROM);
  const large = a.maximum(SERIES_FROM);
  const direct = small.sub(1).mul(y.log()).sub(y).sub(logGamma(small));
  return where(isSmall, direct, logPoisson(large, y).add(large.log()).sub(y.log()));
}
