/**
 * The incomplete beta function and its inverse, element by element. int32 gives float32.
 */

import {
  betaIComplementInverseKernel,
  betaIComplementKernel,
  betaIInverseKernel,
  betaIKernel,
} from "../families/statistics.ts";
import { exp_f64 } from "../generated/elementary/elementary.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { maximum, reciprocal } from "./arithmetic.ts";
import { cast, castLike } from "./cast.ts";
import { where } from "./comparison.ts";
import { logBeta } from "./gamma.ts";
import { stopGradient } from "./identity.ts";
import { xLogY } from "./pairs.ts";
import { ofSameShapes, type Ternary } from "./sameShapes.ts";
import { digamma } from "./special.ts";
import { expm1, log1p } from "./transcendental.ts";

/** The points of the integral of {@link slope}, and the first and the last one's argument of {@link spread}. */
const POINTS = 36;
const FIRST = -3.4;
const LAST = 0.6;

/** The exponent of the integrand's decrease at which the integral ends: e^−36 of its value at 0. */
const REACH = 36;

/** The steps of Newton's method by which the end of the integral is found. */
const STEPS = 5;

/** Returns s = e^(u − e^−u) and its weight: the trapezoidal rule in u sees logarithms and powers of s at 0, too. */
function spread(): { readonly s: number; readonly weight: number }[] {
  const step = (LAST - FIRST) / (POINTS - 1);
  return Array.from({ length: POINTS }, (_, i) => {
    const u = FIRST + step * i;
    const inverse = exp_f64(-u);
    const s = exp_f64(u - inverse);
    return { s, weight: step * s * (1 + inverse) };
  });
}

/**
 * Returns ∂I/∂a over the density p(x), with y = 1 − x, which may be known better.
 *
 * With c = log x − ψ(a) + ψ(a + b) and t = x e^−s it is x ∫ (c − s) p(t) / p(x) e^−s ds from 0 on, where c is below 0; else, with
 * 1 − t = y e^−s, −y ∫ (c + log t / x) p(t) / p(x) e^−s ds: the integral of ∂p/∂a below x, or above. Both have one sign, and
 * decrease from s = 0. a or b < 1 is left to the next one (NIST DLMF 8.17.20 and 8.17.21), so that they decrease as e^−s
 * or faster. Where x is so small that the first term of that is nearly all, it is taken whatever c is.
 */
function slope(a: Tensor, b: Tensor, x: Tensor, y: Tensor): Tensor {
  const n = a.add(b);
  const isLow = x.less(y);
  const logX = where(isLow, where(isLow, x, 1).log(), log1p(where(isLow, 0, y).neg()));
  const c = logX.sub(digamma(a)).add(digamma(n));
  const isTiny = a.less(1).logicalAnd(maximum(b, 1).mul(x).less(0.25));
  const isLower = stopGradient(c).less(0).logicalOr(isTiny);
  const isShifted = where(isLower, a, b).less(1);
  const first = where(isLower, a, b);
  const rate = first.add(where(isShifted, 1, 0));
  const power = where(isLower, b, a).sub(1);
  const side = where(isLower, x, y);
  const ratio = side.div(where(isLower, y, x));
  const inside = where(isShifted, c.add(reciprocal(n)).sub(where(isLower, reciprocal(a), 0)), c);

  const [fixedRate, fixedPower, fixedRatio] = [rate, power, ratio].map((each) =>
    stopGradient(each),
  ) as [Tensor, Tensor, Tensor];
  const isSteep = fixedPower.greater(0);
  const growth = where(isSteep, fixedPower, 0);
  let end = growth.mul(log1p(fixedRatio)).add(REACH).div(fixedRate);
  for (let step = 0; step < STEPS; step++) {
    const grown = fixedRatio.mul(expm1(end.neg())).neg();
    const exponent = growth.mul(log1p(grown)).sub(fixedRate.mul(end)).add(REACH);
    const change = growth.mul(fixedRatio.sub(grown)).div(grown.add(1)).sub(fixedRate);
    end = end.sub(exponent.div(change));
  }

  let sum = x.mul(0);
  for (const { s, weight } of spread()) {
    const way = end.mul(s);
    const rise = log1p(ratio.mul(expm1(way.neg())).neg());
    const size = power.mul(rise).sub(rate.mul(way)).exp();
    const factor = inside.add(where(isLower, way.neg(), rise));
    sum = sum.add(factor.mul(size).mul(weight));
  }
  const integral = where(isLower, side, side.neg()).mul(end).mul(sum);
  const term = x.mul(y).div(first);
  const shifted = integral
    .mul(side.mul(n).div(first))
    .add(term.mul(where(isLower, c.sub(reciprocal(a)), c.neg())));
  return where(isShifted, shifted, integral);
}

/** x^(a − 1) y^(b − 1) / B(a, b) for y = 1 − x. */
function density(a: Tensor, b: Tensor, x: Tensor): Tensor {
  const isLow = x.less(0.5);
  const rest = b.sub(1);
  const low = rest.mul(log1p(where(isLow, x.neg(), 0)));
  const high = xLogY(rest, where(isLow, 0.5, x.neg().add(1)));
  return xLogY(a.sub(1), x)
    .add(where(isLow, low, high))
    .sub(logBeta(a, b))
    .exp();
}

/** Returns a partial derivative by a or b, which is 0 where x is 0 or 1, from a function that computes it in float64. */
/* @__NO_SIDE_EFFECTS__ */
function inside(partial: (a: Tensor, b: Tensor, x: Tensor, y: Tensor) => Tensor) {
  return (a: Tensor, b: Tensor, x: Tensor): Tensor => {
    const isEnd = x.equal(0).logicalOr(x.equal(1));
    const wide = cast(where(isEnd, 0.5, x), "float64");
    const got = partial(cast(a, "float64"), cast(b, "float64"), wide, wide.neg().add(1));
    return where(isEnd, 0, castLike(got, x));
  };
}

const byA = inside((a, b, x, y) => slope(a, b, x, y).mul(density(a, b, x)));
const byB = inside((a, b, x, y) =>
  slope(b, a, y, x)
    .mul(density(a, b, x))
    .neg(),
);

/** The density in float64, in the dtype of x. */
const densityLike = (a: Tensor, b: Tensor, x: Tensor): Tensor =>
  castLike(density(cast(a, "float64"), cast(b, "float64"), cast(x, "float64")), x);

/** Returns a partial derivative of an inverse, of a, b, the probability and the result, from one of a, b and the result. */
/* @__NO_SIDE_EFFECTS__ */
function ofInverse(partial: typeof byA) {
  return (a: Tensor, b: Tensor, _p: Tensor, output: Tensor | undefined): Tensor =>
    partial(a, b, output ?? a);
}

const moveByA = ofInverse(inside((a, b, x, y) => slope(a, b, x, y).neg()));
const moveByB = ofInverse(inside((a, b, x, y) => slope(b, a, y, x)));
const moveByP = ofInverse((a, b, x) => reciprocal(densityLike(a, b, x)));

/** The intervals of a, of b, and of x or p. */
const VALUES = [
  [
    [0.3, 0.8],
    [1.2, 4],
  ],
  [
    [0.3, 0.8],
    [1.2, 4],
  ],
  [
    [0.1, 0.4],
    [0.6, 0.9],
  ],
] as const;

/**
 * I_x(a, b) = B_x(a, b) / B(a, b), the regularised incomplete beta function, broadcast (NIST DLMF 8.17.2). It is the
 * probability that a number of the beta distribution of a and b is at most x. `betaIComplement` keeps the digits of 1 − I
 * where I is near 1. NaN for a or b
 * below 0, and for x outside of 0 to 1.
 *
 * The error in float64 is at most 8 units in the last place times 1 + the condition number, for a and b up to 10⁶ and results
 * down to 10⁻³⁰⁰. The relative error of its derivatives is at most 10⁻⁸.
 *
 * @param x a, the first shape parameter.
 * @param y b, the second one.
 * @param z x, the upper limit, from 0 to 1.
 * @example
 * ```ts
 * import { betaI } from "@graddiff/core";
 *
 * console.log(betaI(2, 3, 0.25).item().toFixed(12)); // 0.261718750000
 * ```
 */
export const betaI: Ternary = ofSameShapes(3, {
  name: "betaI",
  symbol: "I",
  formula: "B(z; x, y) / B(x, y)",
  kernel: betaIKernel,
  derivative: partials(byA, byB, densityLike),
  domain: VALUES,
  edges: [
    [1, 2, 0, 0],
    [1, 2, 1, 1],
    [0, 1, 0.5, 1],
    [1, 0, 0.5, 0],
    [1, Infinity, 0.5, 1],
    [Infinity, 1, 0.5, 0],
    [-1, 1, 0.5, NaN],
    [1, -1, 0.5, NaN],
    [1, 1, 2, NaN],
    [1, 1, -1, NaN],
    [NaN, 1, 0.5, NaN],
    [1, NaN, 0.5, NaN],
    [1, 1, NaN, NaN],
  ],
});

/**
 * 1 − I_x(a, b), broadcast: the probability that a number of the beta distribution of a and b is above x. It keeps its digits
 * where I is near 1. Errors are those of `betaI`.
 *
 * @param x a, the first shape parameter.
 * @param y b, the second one.
 * @param z x, the lower limit, from 0 to 1.
 * @example
 * ```ts
 * import { betaIComplement } from "@graddiff/core";
 *
 * console.log(betaIComplement(2, 300, 0.5).item().toExponential(9)); // 7.412731133e-89
 * ```
 */
export const betaIComplement: Ternary = ofSameShapes(3, {
  name: "betaIComplement",
  symbol: "1 − I",
  formula: "1 − B(z; x, y) / B(x, y)",
  kernel: betaIComplementKernel,
  derivative: partials(
    (a, b, x) => byA(a, b, x).neg(),
    (a, b, x) => byB(a, b, x).neg(),
    (a, b, x) => densityLike(a, b, x).neg(),
  ),
  domain: VALUES,
  edges: [
    [1, 2, 0, 1],
    [1, 2, 1, 0],
    [0, 1, 0.5, 0],
    [1, 0, 0.5, 1],
    [1, Infinity, 0.5, 0],
    [Infinity, 1, 0.5, 1],
    [-1, 1, 0.5, NaN],
    [1, 1, 2, NaN],
    [NaN, 1, 0.5, NaN],
    [1, NaN, 0.5, NaN],
    [1, 1, NaN, NaN],
  ],
});

/**
 * The x with I_x(a, b) = p, broadcast: 0 at 0, 1 at 1, NaN outside of 0 to 1 and for an a or b that is not above 0. By Newton's
 * method for the logarithm of the smaller of I and 1 − I, with the errors of `betaI`.
 *
 * @param x a, the first shape parameter.
 * @param y b, the second one.
 * @param z p, the probability.
 * @example
 * ```ts
 * import { betaIInverse } from "@graddiff/core";
 *
 * console.log(betaIInverse(2, 3, 0.5).item().toFixed(12)); // 0.385727568132
 * ```
 */
export const betaIInverse: Ternary = ofSameShapes(3, {
  name: "betaIInverse",
  symbol: "I⁻¹",
  formula: "the t with B(t; x, y) / B(x, y) = z",
  kernel: betaIInverseKernel,
  derivative: partials(moveByA, moveByB, moveByP),
  domain: VALUES,
  edges: [
    [1, 2, 0, 0],
    [1, 2, 1, 1],
    [1, 1, 0.5, 0.5],
    [0, 1, 0.5, NaN],
    [1, 0, 0.5, NaN],
    [1, 1, 2, NaN],
    [1, 1, -1, NaN],
    [NaN, 1, 0.5, NaN],
    [1, NaN, 0.5, NaN],
    [1, 1, NaN, NaN],
  ],
});

/**
 * The x with 1 − I_x(a, b) = q, broadcast: 1 at 0, 0 at 1. It keeps the digits of a small q. NaN and errors are those of
 * `betaIInverse`.
 *
 * @param x a, the first shape parameter.
 * @param y b, the second one.
 * @param z q, the probability.
 * @example
 * ```ts
 * import { betaIComplementInverse } from "@graddiff/core";
 *
 * console.log(betaIComplementInverse(1, 40, 1e-100).item().toFixed(12)); // 0.996837722340
 * ```
 */
export const betaIComplementInverse: Ternary = ofSameShapes(3, {
  name: "betaIComplementInverse",
  symbol: "(1 − I)⁻¹",
  formula: "the t with 1 − B(t; x, y) / B(x, y) = z",
  kernel: betaIComplementInverseKernel,
  derivative: partials(moveByA, moveByB, (a, b, q, output) => moveByP(a, b, q, output).neg()),
  domain: VALUES,
  edges: [
    [1, 2, 0, 1],
    [1, 2, 1, 0],
    [1, 1, 0.5, 0.5],
    [0, 1, 0.5, NaN],
    [1, 0, 0.5, NaN],
    [1, 1, 2, NaN],
    [1, 1, -1, NaN],
    [NaN, 1, 0.5, NaN],
    [1, NaN, 0.5, NaN],
    [1, 1, NaN, NaN],
  ],
});
