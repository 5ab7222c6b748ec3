/**
 * Special functions, which runtimes lack in float64: written in ops that they have, in float64.
 */

import { div, log, maximum, sin, sqrt, sub, type Tensor, where } from "@graddiff/core";
import { ASIN, ATAN, ERF_NEAR, ERFC_TAIL } from "./coefficients.ts";
import { composite, inFloat64, type Row } from "./writer.ts";

/** Returns the value of a polynomial, by Horner's rule. */
function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients.reduceRight<Tensor>(
    (sum, coefficient) => sum.mul(x).add(coefficient),
    x.mul(0),
  );
}

/** arcsin: above 1/2 by half of the angle from π/2. */
export const asin: Row = inFloat64(
  composite((x) => {
    const size = x.abs();
    const far = size.greaterEqual(0.5);
    const z = where(far, sub(1, size).mul(0.5), size.square());
    const root = where(far, sqrt(z), size);
    const angle = root.add(root.mul(z).mul(polynomial(z, ASIN)));
    return where(far, sub(Math.PI / 2, angle.mul(2)), angle).mul(where(x.less(0), -1, 1));
  }),
);

/** The angle of (x, y): arctan of the smaller over the greater, plus the angle of its octant. */
export const atan2: Row = inFloat64(
  composite((y, x) => {
    const [height, width] = [(y as Tensor).abs(), (x as Tensor).abs()];
    const isSteep = height.greater(width);
    const n = where(isSteep, width, height);
    const d = where(isSteep, height, width);
    // Beside NaN the other one counts as the smaller.
    const areInfinite = n.equal(Number.POSITIVE_INFINITY).logicalAnd(d.equal(n));
    const isFar = n.greater(d.mul(Math.SQRT2 - 1)).logicalOr(areInfinite);
    // Half of each, lest the sum overflows.
    const [a, b] = [n.mul(0.5), d.mul(0.5)];
    const quotient = where(isFar, a.sub(b), n).div(where(isFar, a.add(b), d));
    const t = where(areInfinite, 0, where(d.equal(0), n, quotient));
    const z = t.square();
    const angle = where(isFar, Math.PI / 4, 0).add(t.add(t.mul(z).mul(polynomial(z, ATAN))));
    const steep = where(isSteep, sub(Math.PI / 2, angle), angle);
    // 1 / −0 is less than 0.
    const isNegative = (side: Tensor) => where(side.equal(0), div(1, side), side).less(0);
    const size = where(isNegative(x as Tensor), sub(Math.PI, steep), steep);
    return size.mul(where(isNegative(y as Tensor), -1, 1));
  }),
);

/** x + x R(x²), for |x| up to 15/16. */
function erfNear(x: Tensor): Tensor {
  return x.add(x.mul(polynomial(x.square(), ERF_NEAR)));
}

/** erfc x = e^(−x²) P(d − 1/4) d with d = 1/(x + 3/2), for x from 0.65 on. */
function erfcTail(x: Tensor): Tensor {
  const d = div(1, x.add(1.5));
  return x
    .square()
    .neg()
    .exp()
    .mul(polynomial(d.sub(0.25), ERFC_TAIL))
    .mul(d);
}

/** erf, as core's elementary function has it. */
export const erf: Row = inFloat64(
  composite((x) => {
    const size = x.abs();
    const near = size.less(15 / 16);
    // Each formula gets numbers for which it holds.
    const far = where(near, 1, where(size.less(6), size, 6));
    const tail = sub(1, erfcTail(far)).mul(x.sign());
    const value = where(near, erfNear(where(near, x, 0)), tail);
    return where(x.notEqual(x), x, value);
  }),
);

/** Writes 1 − erf x without cancellation where erf x is near 1. */
export const erfc: Row = inFloat64(
  composite((x) => {
    const size = x.abs();
    const near = size.less(0.65);
    const far = where(near, 1, where(size.less(28), size, 28));
    const tail = where(size.less(28), erfcTail(far), 0);
    const value = where(
      near,
      sub(1, erfNear(where(near, x, 0))),
      where(x.less(0), sub(2, tail), tail),
    );
    return where(x.notEqual(x), x, value);
  }),
);

/** B₂ₖ / (2k (2k − 1)) for k from 1, with the Bernoulli numbers B₂ₖ (NIST DLMF 5.11.1). */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
];

/** log Γ(x) for x ≥ 1/2: Stirling's series of x, or of x + 8 where x < 8. */
function logGammaOfPositive(x: Tensor): Tensor {
  const isSmall = x.less(8);
  const y = where(isSmall, x.add(8), x);
  const w = div(1, y.square());
  const series = polynomial(w, STIRLING).div(y);
  const ofShifted = y
    .sub(0.5)
    .mul(log(y).sub(1))
    .add(series)
    .add(0.5 * Math.log(2 * Math.PI) - 0.5);
  const small = where(isSmall, x, 1);
  let product = small;
  for (let k = 1; k < 8; k++) product = product.mul(small.add(k));
  return where(isSmall, ofShifted.sub(log(product)), ofShifted);
}

/** log |Γ(x)|; below 1/2 by reflection, log π − log |sin πx| − log Γ(1 − x) (NIST DLMF 5.5.3). */
export const logGamma: Row = inFloat64(
  composite((x) => {
    const isLow = x.less(0.5);
    const high = logGammaOfPositive(where(isLow, sub(1, x), x));
    const low = where(isLow, x, 0.25);
    // The distance from the nearest integer; below −2⁵² there are none but integers.
    const near = maximum(low, -(2 ** 52));
    const fraction = near.sub(near.sub(2 ** 52).add(2 ** 52));
    const sine = sin(fraction.mul(Math.PI)).abs();
    const reflected = sub(Math.log(Math.PI), log(sine)).sub(high);
    const value = where(isLow, where(sine.equal(0), Number.POSITIVE_INFINITY, reflected), high);
    return where(x.abs().equal(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY, value);
  }),
);
