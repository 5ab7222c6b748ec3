/**
 * The incomplete gamma functions, their inverses, and Stirling's remainder, element by element. int32 gives float32.
 */

import {
  gammaPInverseKernel,
  gammaPKernel,
  gammaQInverseKernel,
  gammaQKernel,
  stirlingKernel,
} from "../families/statistics.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { reciprocal } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, type Unary, unary } from "./elementwise.ts";
import { gammaSlope } from "./gammaDraws.ts";
import { xLogY } from "./pairs.ts";
import { ofSameShapes } from "./sameShapes.ts";
import { digammaSeries, logGamma } from "./special.ts";
import { log1p } from "./transcendental.ts";

/** The argument from which the series of the derivative of Stirling's remainder gives all digits. */
const SHIFT = 8;

/** Returns the derivative of Stirling's remainder, ψ(x) − log x + 1 / 2x, without what cancels. */
function slopeOfRemainder(x: Tensor): Tensor {
  const isSmall = x.less(SHIFT);
  const w = reciprocal(where(isSmall, x.add(SHIFT), x).square());
  const series = digammaSeries().reduceRight<Tensor>(
    (sum, coefficient) => sum.add(coefficient).mul(w),
    w.mul(0),
  );
  const small = where(isSmall, x, 1);
  let sum = series;
  for (let k = SHIFT - 1; k >= 0; k--) {
    const low = small.add(k);
    const inverse = reciprocal(low);
    // The derivative at x + k less the one at x + k + 1.
    const mean = inverse.add(reciprocal(low.add(1))).mul(0.5);
    sum = sum.add(log1p(inverse).sub(mean));
  }
  return where(isSmall, sum, series);
}

/**
 * log Γ(x) − (x − ½) log x + x − ½ log 2π for x ≥ 0, the remainder of Stirling's formula. With it densities of binomial,
 * Poisson and gamma distributions keep their digits. C. Loader (Fast and accurate computation of binomial probabilities, 2000)
 * calls it `stirlerr(n)`. NaN below 0. The error is at most 10 units in the last place in float64.
 *
 * @example
 * ```ts
 * import { stirlingRemainder } from "@graddiff/core";
 *
 * console.log(stirlingRemainder(1e6).item().toExponential(9)); // 8.333333333e-8
 * ```
 */
export const stirlingRemainder: Unary = unary({
  name: "stirlingRemainder",
  formula: "log Γ(x) − (x − ½) log x + x − ½ log 2π",
  promotion: "float",
  kernel: stirlingKernel,
  derivative: partials(slopeOfRemainder),
  domain: [
    [0.2, 3],
    [5, 7],
    [9, 15],
  ],
  edges: [
    [0, Infinity],
    [Infinity, 0],
    [-1, NaN],
    [NaN, NaN],
  ],
});

/** x^(a − 1) e^(−x) / Γ(a). */
function density(a: Tensor, x: Tensor): Tensor {
  return xLogY(a.sub(1), x).sub(x).sub(logGamma(a)).exp();
}

/** Returns ∂P/∂a: the probability below a quantile changes as the quantile moves. */
function slopeInA(a: Tensor, x: Tensor): Tensor {
  const isZero = x.equal(0);
  const inside = where(isZero, 1, x);
  return where(isZero, 0, gammaSlope(a, inside).mul(density(a, inside)).neg());
}

const VALUES = [
  [
    [0.3, 0.8],
    [1.2, 4],
  ],
  [
    [0.2, 0.9],
    [1.5, 5],
  ],
] as const;

const PROBABILITIES = [
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
 * P(a, x) = γ(a, x) / Γ(a), the lower regularised incomplete gamma function, broadcast (NIST DLMF 8.2.4): the
 * probability that a number of the gamma distribution of a is at most x. NaN for a or x below 0.
 *
 * The error in float64 is at most 8 units in the last place times 1 + the condition number, for a up to 10⁴ and results down
 * to 10⁻³⁰⁰. The relative error of its derivatives is at most 10⁻⁸.
 *
 * @param x a, the shape parameter.
 * @param y x, the upper limit.
 * @example
 * ```ts
 * import { gammaP } from "@graddiff/core";
 *
 * console.log(gammaP(2, 3).item().toFixed(12)); // 0.800851726529
 * ```
 */
export const gammaP: Binary = ofSameShapes(2, {
  name: "gammaP",
  symbol: "P",
  formula: "γ(x, y) / Γ(x)",
  kernel: gammaPKernel,
  derivative: partials(slopeInA, (a, x) => density(a, x)),
  domain: VALUES,
  edges: [
    [1, 0, 0],
    [0, 1, 1],
    [1, Infinity, 1],
    [-1, 1, NaN],
    [1, -1, NaN],
    [NaN, 1, NaN],
    [1, NaN, NaN],
  ],
});

/**
 * Q(a, x) = Γ(a, x) / Γ(a) = 1 − P(a, x), the upper regularised incomplete gamma function, broadcast (NIST DLMF 8.2.4). It
 * keeps its digits where P is near 1. Errors are those of `gammaP`.
 *
 * @param x a, the shape parameter.
 * @param y x, the lower limit.
 * @example
 * ```ts
 * import { gammaQ } from "@graddiff/core";
 *
 * console.log(gammaQ(2, 300).item().toExponential(9)); // 1.549608267e-128
 * ```
 */
export const gammaQ: Binary = ofSameShapes(2, {
  name: "gammaQ",
  symbol: "Q",
  formula: "Γ(x, y) / Γ(x)",
  kernel: gammaQKernel,
  derivative: partials(
    (a, x) => slopeInA(a, x).neg(),
    (a, x) => density(a, x).neg(),
  ),
  domain: VALUES,
  edges: [
    [1, 0, 1],
    [0, 1, 0],
    [1, Infinity, 0],
    [-1, 1, NaN],
    [1, -1, NaN],
    [NaN, 1, NaN],
    [1, NaN, NaN],
  ],
});

/**
 * The x with P(a, x) = p, broadcast: 0 at 0, Infinity at 1, NaN outside of 0 to 1 and for an a that is not above 0. By
 * Newton's method for log P, or log Q where p > 1/2, with the errors of `gammaP`.
 *
 * @param x a, the shape parameter.
 * @param y p, the probability.
 * @example
 * ```ts
 * import { gammaPInverse } from "@graddiff/core";
 *
 * console.log(gammaPInverse(2, 0.5).item().toFixed(12)); // 1.678346990017
 * ```
 */
export const gammaPInverse: Binary = ofSameShapes(2, {
  name: "gammaPInverse",
  symbol: "P⁻¹",
  formula: "the z with P(x, z) = y",
  kernel: gammaPInverseKernel,
  derivative: partials(
    (a, _p, output) => gammaSlope(a, output ?? a),
    (a, _p, output) => reciprocal(density(a, output ?? a)),
  ),
  domain: PROBABILITIES,
  edges: [
    [1, 0, 0],
    [2, 1, Infinity],
    [2, 2, NaN],
    [2, -1, NaN],
    [0, 0.5, NaN],
    [NaN, 0.5, NaN],
    [1, NaN, NaN],
  ],
});

/**
 * The x with Q(a, x) = q, broadcast: Infinity at 0, 0 at 1. It keeps the digits of a small q. NaN and errors are those of
 * `gammaPInverse`.
 *
 * @param x a, the shape parameter.
 * @param y q, the probability.
 * @example
 * ```ts
 * import { gammaQInverse } from "@graddiff/core";
 *
 * console.log(gammaQInverse(1, 1e-100).item().toFixed(6)); // 230.258509
 * ```
 */
export const gammaQInverse: Binary = ofSameShapes(2, {
  name: "gammaQInverse",
  symbol: "Q⁻¹",
  formula: "the z with Q(x, z) = y",
  kernel: gammaQInverseKernel,
  derivative: partials(
    (a, _q, output) => gammaSlope(a, output ?? a),
    (a, _q, output) => reciprocal(density(a, output ?? a)).neg(),
  ),
  domain: PROBABILITIES,
  edges: [
    [1, 0, Infinity],
    [2, 1, 0],
    [2, 2, NaN],
    [2, -1, NaN],
    [0, 0.5, NaN],
    [NaN, 0.5, NaN],
    [1, NaN, NaN],
  ],
});
