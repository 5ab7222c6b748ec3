/**
 * Logarithms of probabilities and densities that contain Γ, by the formulas of C. Loader ("Fast and accurate
 * computation of binomial probabilities", 2000): large terms that would cancel are removed analytically, so no digits
 * are lost.
 */

import { logGamma, stirlingRemainder, type Tensor, where, xLogY } from "@graddiff/core";
import { LOG_ROOT_2PI } from "./numbers.ts";

/** The bound of |x − y| / (x + y) below which `deviance` uses a series, and the terms that it needs there. */
const NEAR = 0.27;
const TERMS = 14;

/** Returns x log(x / y) + y − x for x and y above 0, without cancellation where x is near y. */
export function deviance(x: Tensor, y: Tensor): Tensor {
  const isNear = x.sub(y).abs().less(x.add(y).mul(NEAR));
  const v = x.sub(y).div(x.add(y));
  const own = where(isNear, v, 0);
  const square = own.square();
  let sum = square.mul(0);
  for (let k = TERMS; k >= 1; k--) sum = sum.add(2 / (2 * k + 1)).mul(square);
  // x log(x / y) = x (2v + 2v³/3 + …), and 2 x v + y − x = (x − y) v.
  const series = x.sub(y).add(x.mul(sum)).mul(own);
  return where(isNear, series, x.mul(x.div(y).log()).add(y).sub(x));
}

/** Below these counts and shapes the direct formula loses no digits. */
const DIRECT_COUNTS = 1;
const DIRECT_SHAPES = 10;

/**
 * Returns log(yᵏ e^(−y) / Γ(k + 1)), the log-probability of k under a Poisson distribution with the mean y. k is from 0
 * on, and need not be an integer.
 */
export function logPoisson(k: Tensor, y: Tensor): Tensor {
  const isSmall = k.less(DIRECT_COUNTS);
  const small = where(isSmall, k, 1);
  const large = where(isSmall, DIRECT_COUNTS, k);
  const direct = xLogY(small, y)
    .sub(y)
    .sub(logGamma(small.add(1)));
  const loader = stirlingRemainder(large)
    .add(deviance(large, y))
    .add(large.log().mul(0.5))
    .add(LOG_ROOT_2PI);
  return where(isSmall, direct, loader.neg());
}

/**
 * Returns log(Γ(n + 1) / (Γ(x + 1) Γ(y + 1)) pˣ qʸ) with n = x + y, the log-probability of x successes and y failures whose
 * probabilities are p and q. x and y are from 0 on, and need not be integers.
 */
export function logBinomial(x: Tensor, y: Tensor, p: Tensor, q: Tensor): Tensor {
  const n = x.add(y);
  const isMore = x.greater(y);
  const few = where(isMore, y, x);
  const none = n.equal(0);
  const many = where(none, 1, where(isMore, x, y));
  const all = where(none, 1, n);
  // The greater parts of log Γ(n + 1) and log Γ(many + 1) cancel.
  const rest = stirlingRemainder(all)
    .sub(stirlingRemainder(many))
    .sub(many.div(all).log().mul(0.5))
    .sub(deviance(many, all.mul(where(isMore, p, q))));
  return where(none, 0, logPoisson(few, all.mul(where(isMore, q, p))).add(rest));
}

/** Returns log(yᵃ⁻¹ e^(−y) / Γ(a)), the log-density at y of a gamma distribution with the shape a and the rate 1. */
export function logGammaDensity(a: Tensor, y: Tensor): Tensor {
  const isSmall = a.less(DIRECT_SHAPES);
  const small = a.minimum(DIRECT_SHAPES);
  const large = a.maximum(DIRECT_SHAPES);
  const direct = small.sub(1).mul(y.log()).sub(y).sub(logGamma(small));
  return where(isSmall, direct, logPoisson(large, y).add(large.log()).sub(y.log()));
}
