/**
 * The normal distribution, and functions of probabilities, element by element. int32 gives float32.
 */

import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, reciprocal, sqrt } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Unary, unary } from "./elementwise.ts";
import { erf, erfc } from "./special.ts";
import { log1p } from "./transcendental.ts";

/** log √(2π) */
const LOG_ROOT = 0.9189385332046727;

/** φ(x), the density. */
function density(x: Tensor): Tensor {
  return x.square().mul(-0.5).sub(LOG_ROOT).exp();
}

/** Φ(x) where x is small: erfc keeps its digits there. */
function lowerTail(size: Tensor): Tensor {
  return erfc(size.mul(Math.SQRT1_2)).mul(0.5);
}

/**
 * Φ(x), the probability that a normal number is at most x: erfc(−x / √2) / 2, which keeps its digits for negative x.
 * Its relative error grows with x² there, to 2e-13 in float64 where it becomes denormal.
 *
 * @example
 * ```ts
 * import { normalCdf } from "@graddiff/core";
 *
 * console.log(normalCdf(0).item(), normalCdf(-10).item().toExponential(9)); // 0.5 7.619853024e-24
 * ```
 */
export const normalCdf: Unary = unary({
  name: "normalCdf",
  symbol: "Φ",
  formula: "(1 + erf(x / √2)) / 2",
  promotion: "float",
  body: (x) => lowerTail(x.neg()),
  derivative: partials(density),
  domain: [-3, 3],
  edges: [
    [0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [40, 1],
    [-50, 0],
    [NaN, NaN],
  ],
});

/** The argument up to which the tail is a series. */
const TAIL = -10;

/** −t Φ(t) / φ(t) = 1 − w + 3 w² − 15 w³ + … with w = 1 / t². */
function tailSeries(t: Tensor): Tensor {
  const w = div(1, t.square());
  let series = w.mul(0).add(1);
  for (let k = 35; k > 0; k -= 2) series = series.mul(w).mul(-k).add(1);
  return series;
}

/**
 * log Φ(x), the logarithm of `normalCdf`, which does not underflow: from −10 down by the asymptotic series of Mills'
 * ratio (NIST DLMF 7.12.1). It and its first two derivatives have a relative error of at most 1e-12 in float64.
 *
 * @example
 * ```ts
 * import { logNormalCdf } from "@graddiff/core";
 *
 * console.log(logNormalCdf(-100).item().toFixed(6)); // -5005.524209
 * ```
 */
export const logNormalCdf: Unary = unary({
  name: "logNormalCdf",
  symbol: "log Φ",
  formula: "log((1 + erf(x / √2)) / 2)",
  promotion: "float",
  body: (x) => {
    const isTail = x.less(TAIL);
    const t = where(isTail, x, TAIL);
    const tail = t.mul(-0.5).mul(t).sub(t.neg().log().add(LOG_ROOT)).add(tailSeries(t).log());
    const other = where(isTail, 0, x);
    const isPositive = other.greater(0);
    const beyond = lowerTail(where(isPositive, other, other.neg()));
    const low = where(isPositive, 0.5, beyond).log();
    return where(isTail, tail, where(isPositive, log1p(beyond.neg()), low));
  },
  derivative: partials((x) => {
    const isTail = x.less(TAIL);
    const t = where(isTail, x, TAIL);
    const other = where(isTail, 0, x);
    const ratio = density(other).div(lowerTail(other.neg()));
    return where(isTail, t.neg().div(tailSeries(t)), ratio);
  }),
  domain: [
    [-14, -10.5],
    [-9.5, -0.5],
    [0.5, 3],
  ],
  edges: [
    [Infinity, -0],
    [-Infinity, -Infinity],
    [NaN, NaN],
  ],
});

/**
 * Returns a first guess of erfInv of x ≥ 0: to 7 digits where it is below 2.1 (M. Giles, Approximating the erfinv
 * function, 2010), above from the greatest terms of log erfc y, −y² − log(y √π), to 2 digits or more.
 */
function guess(x: Tensor): Tensor {
  const rest = x.neg().add(1);
  const w = rest.mul(x.add(1)).log().neg();
  const isMiddle = w.less(5);
  const middle = [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
  ].reduce<Tensor>((sum, coefficient) => sum.mul(w.sub(2.5)).add(coefficient), w.mul(0));
  const size = where(isMiddle, 5, rest.log().neg());
  const tail = sqrt(size.sub(size.mul(Math.PI).log().mul(0.5)));
  return where(isMiddle, x.mul(middle), tail);
}

/**
 * The number whose `erf` is x: a guess, and two steps of Halley's method. ±Infinity at ±1, NaN beyond. Its relative
 * error is at most 1e-15 in float64.
 *
 * @example
 * ```ts
 * import { erf, erfInv } from "@graddiff/core";
 *
 * console.log(erf(erfInv(0.25)).item().toFixed(14)); // 0.25000000000000
 * ```
 */
export const erfInv: Unary = unary({
  name: "erfInv",
  symbol: "erf⁻¹",
  formula: "the y with erf y = x",
  promotion: "float",
  body: (x) => {
    const size = x.abs();
    const isOne = size.equal(1);
    const inside = where(isOne, 0, size);
    const isMiddle = inside.less(0.5);
    let y = guess(inside);
    for (let step = 0; step < 2; step++) {
      // Near 1, erfc and 1 − x keep the digits of the difference.
      const middle = erf(y).sub(inside);
      const tail = inside.neg().add(1).sub(erfc(y));
      const change = where(isMiddle, middle, tail)
        .mul(y.square().exp())
        .mul(Math.sqrt(Math.PI) / 2);
      y = y.sub(change.div(change.mul(y).add(1)));
    }
    const ofSize = where(isOne, Number.POSITIVE_INFINITY, y);
    return where(x.less(0), ofSize.neg(), where(x.equal(0), x, ofSize));
  },
  derivative: partials((_x, output) =>
    output
      .square()
      .exp()
      .mul(Math.sqrt(Math.PI) / 2),
  ),
  convention: {
    points: [
      [1, Infinity],
      [-1, Infinity],
    ],
  },
  domain: [
    [-0.9, -0.6],
    [-0.4, 0.4],
    [0.6, 0.9],
  ],
  edges: [
    [0, 0],
    [-0, -0],
    [1, Infinity],
    [-1, -Infinity],
    [1.5, NaN],
    [-Infinity, NaN],
    [NaN, NaN],
  ],
});

/**
 * log(x / (1 − x)), the inverse of `sigmoid`; −Infinity at 0, Infinity at 1, NaN beyond, where its gradient is NaN,
 * too.
 *
 * @example
 * ```ts
 * import { logit, tensor } from "@graddiff/core";
 *
 * console.log(String(logit(tensor([0.5, 0.75])))); // [0.        1.0986123]
 * ```
 */
export const logit: Unary = unary({
  name: "logit",
  formula: "log(x / (1 − x))",
  promotion: "float",
  body: (x) => {
    const rest = x.neg().add(1);
    // From 1/4 on 2x − 1 is exact, and the logarithm near 1/2 keeps its digits.
    return where(x.less(0.25), x.div(rest).log(), log1p(x.mul(2).sub(1).div(rest)));
  },
  // 1 / x (1 − x), as a sum: in the derivative of the quotient Infinity − Infinity would occur near 0.
  derivative: partials((x, output) =>
    where(output.equal(output), reciprocal(x).add(reciprocal(x.neg().add(1))), NaN),
  ),
  convention: {
    text: "NaN outside of 0 to 1",
    points: [
      [-1, NaN],
      [2, NaN],
      [0, Infinity],
      [1, Infinity],
    ],
  },
  domain: [
    [0.1, 0.2],
    [0.3, 0.9],
  ],
  edges: [
    [0.5, 0],
    [0, -Infinity],
    [1, Infinity],
    [-1, NaN],
    [2, NaN],
    [NaN, NaN],
  ],
});

/**
 * sin πx / πx, and 1 at 0, as NumPy and PyTorch have it; 0 at the other integers. The sine is that of the distance
 * from the nearest integer, so large x lose nothing, and near 0 it is a series, which has right derivatives of
 * all orders.
 *
 * @example
 * ```ts
 * import { sinc, tensor } from "@graddiff/core";
 *
 * console.log(String(sinc(tensor([0, 0.5, 1])))); // [ 1.          0.63661975 -0.        ]
 * ```
 */
export const sinc: Unary = unary({
  name: "sinc",
  formula: "sin πx / πx",
  promotion: "float",
  body: (x) => {
    const isNear = x.abs().less(0.5);
    const square = where(isNear, x, 0).mul(Math.PI).square();
    // 1 − z/3! + z²/5! − …
    let series = square.mul(0).add(1);
    for (let k = 22; k > 0; k -= 2) {
      series = series
        .mul(square)
        .mul(-1 / (k * (k + 1)))
        .add(1);
    }
    const far = where(isNear, 1, x);
    const nearest = far.round();
    const isOdd = nearest.sub(nearest.mul(0.5).floor().mul(2));
    const sine = far.sub(nearest).mul(Math.PI).sin();
    return where(isNear, series, sine.mul(isOdd.mul(-2).add(1)).div(far.mul(Math.PI)));
  },
  domain: [
    [-3, -0.6],
    [-0.4, 0.4],
    [0.6, 3],
  ],
  edges: [
    [0, 1],
    [-0, 1],
    [2, 0],
    [-3, 0],
    [Infinity, NaN],
    [NaN, NaN],
  ],
});
