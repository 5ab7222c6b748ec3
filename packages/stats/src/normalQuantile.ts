/** The inverse of the normal distribution function, with full precision in the lower tail. */

import { erfInv, logNormalCdf, type Tensor, where } from "@graddiff/core";
import { LOG_ROOT_2PI } from "./numbers.ts";

/** The probability p below which erf⁻¹(1 − 2p) loses digits, because 1 − 2p is near 1. */
const TAIL = 0.05;

/** Returns the z at which the normal distribution function is p. */
export function normalQuantile(p: Tensor): Tensor {
  const upper = p.neg().add(1);
  const isLow = p.less(0.5);
  const tail = where(isLow, p, upper);
  const size = where(tail.less(TAIL), inTail(tail.minimum(TAIL)), inMiddle(tail.maximum(TAIL)));
  return where(isLow, size.neg(), size);
}

function inMiddle(tail: Tensor): Tensor {
  return erfInv(tail.mul(-2).add(1)).mul(Math.SQRT2);
}

/**
 * Returns the z above which the normal distribution has the probability `tail`, by three Newton steps on its logarithm.
 */
function inTail(tail: Tensor): Tensor {
  const log = tail.log();
  const t = log.mul(-2).sqrt();
  // The start has an error of 4.5e-4: M. Abramowitz and I. Stegun (1964), 26.2.23.
  const above = t.mul(0.010328).add(0.802853).mul(t).add(2.515517);
  const below = t.mul(0.001308).add(0.189269).mul(t).add(1.432788).mul(t).add(1);
  let z = t.sub(above.div(below));
  for (let i = 0; i < 3; i++) {
    const logCdf = logNormalCdf(z.neg());
    const slope = z.square().mul(-0.5).sub(LOG_ROOT_2PI).sub(logCdf).exp();
    z = z.add(logCdf.sub(log).div(slope));
  }
  // For the probability 0, where Newton's steps give NaN, z is infinite.
  return where(tail.equal(0), Number.POSITIVE_INFINITY, z);
}
