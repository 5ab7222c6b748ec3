/** The inverse of the normal distribution function, with all digits in the lower tail. */

import { erfInv, logNormalCdf, type Tensor, where } from "@graddiff/core";
import { LOG_ROOT_2PI } from "./numbers.ts";

/** The probability below which the inverse of erf has lost digits. */
const TAIL = 0.05;

/** Returns the z whose normal distribution function is p. */
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

/** Returns the z above which the tail has this probability: three of Newton's steps on the logarithm of the tail. */
function inTail(tail: Tensor): Tensor {
  const log = tail.log();
  const t = log.mul(-2).sqrt();
  // M. Abramowitz and I. Stegun (1964), 26.2.23: an error of 4.5e-4.
  const above = t.mul(0.010328).add(0.802853).mul(t).add(2.515517);
  const below = t.mul(0.001308).add(0.189269).mul(t).add(1.432788).mul(t).add(1);
  let z = t.sub(above.div(below));
  for (let i = 0; i < 3; i++) {
    const logCdf = logNormalCdf(z.neg());
    const slope = z.square().mul(-0.5).sub(LOG_ROOT_2PI).sub(logCdf).exp();
    z = z.add(logCdf.sub(log).div(slope));
  }
  // A tail of 0 is infinitely far.
  return where(tail.equal(0), Number.POSITIVE_INFINITY, z);
}
