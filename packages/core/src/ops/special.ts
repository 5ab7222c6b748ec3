/**
 * Special functions, element by element. int32 gives float32.
 */

import { specialKernels } from "../families/kernelGroups.ts";
import {
  erf_f32,
  erf_f64,
  erfc_f32,
  erfc_f64,
  logGamma_f32,
  logGamma_f64,
} from "../generated/elementary/elementary.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Unary, unary } from "./elementwise.ts";
import { round } from "./rounding.ts";

/** 2/√π · e^(−x²), the derivative of erf. */
function slopeOfErf(x: Tensor): Tensor {
  return x
    .square()
    .neg()
    .exp()
    .mul(2 / Math.sqrt(Math.PI));
}

/**
 * The error function, 2/√π · ∫ e^(−t²) dt from 0 to x (NIST DLMF 7.2.1). The error is at most 1.5 units in
 * the last place.
 *
 * @example
 * ```ts
 * import { erf, grad } from "@graddiff/core";
 *
 * console.log(erf(1).item().toFixed(12), grad(erf)(0).item()); // 0.842700792950 1.1283791670955126
 * ```
 */
export const erf: Unary = unary({
  name: "erf",
  formula: "2/√π · ∫₀ˣ e^(−t²) dt",
  promotion: "float",
  compute: { float64: erf_f64, float32: erf_f32 },
  group: specialKernels,
  derivative: partials(slopeOfErf),
  domain: [-2, 2],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [7, 1],
    [-1e30, -1],
    [NaN, NaN],
  ],
});

/**
 * The complementary error function, 1 − erf(x), which keeps its digits where erf(x) comes near 1
 * (NIST DLMF 7.2.2). The error is at most 1.5 units in the last place in float64, 4 in float32.
 *
 * @example
 * ```ts
 * import { erfc } from "@graddiff/core";
 *
 * console.log(erfc(0).item(), erfc(20).item()); // 1 5.395865611607901e-176
 * ```
 */
export const erfc: Unary = unary({
  name: "erfc",
  formula: "1 − erf x",
  promotion: "float",
  compute: { float64: erfc_f64, float32: erfc_f32 },
  group: specialKernels,
  derivative: partials((x) => slopeOfErf(x).neg()),
  domain: [-2, 2],
  edges: [
    [0, 1],
    [-0, 1],
    [Infinity, 0],
    [-Infinity, 2],
    [28, 0],
    [-7, 2],
    [1e30, 0],
    [1.401298464324817e-45, 1],
    [NaN, NaN],
  ],
});

/**
 * −B₂ₖ / 2k for k from 1, with the Bernoulli numbers B₂ₖ (NIST DLMF 5.11.2 and 24.2). A function, since esbuild keeps
 * quotients at the top level of a module.
 */
export const digammaSeries = () => [
  -1 / 12,
  1 / 120,
  -1 / 252,
  1 / 240,
  -1 / 132,
  691 / 32760,
  -1 / 12,
  3617 / 8160,
  -43867 / 14364,
];

/** The argument from which the series has all digits; smaller arguments are shifted by this number. */
const DIGAMMA_SHIFT = 8;

/** ψ(x) for x ≥ 0: ln x − 1/2x + … of x, or of x + 8 where x < 8 (NIST DLMF 5.5.2). */
function digammaOfPositive(x: Tensor): Tensor {
  const isSmall = x.less(DIGAMMA_SHIFT);
  const y = where(isSmall, x.add(DIGAMMA_SHIFT), x);
  const w = div(1, y.square());
  const series = digammaSeries().reduceRight<Tensor>(
    (sum, coefficient) => sum.add(coefficient).mul(w),
    w.mul(0),
  );
  const ofShifted = y.log().sub(div(0.5, y)).add(series);
  const small = where(isSmall, x, 1);
  // The smallest terms are added first. 1/x may be large, so it is subtracted at the end.
  let steps = div(1, small.add(DIGAMMA_SHIFT - 1));
  for (let k = DIGAMMA_SHIFT - 2; k > 0; k--) steps = steps.add(div(1, small.add(k)));
  return where(isSmall, ofShifted.sub(steps).sub(div(1, small)), ofShifted);
}

/**
 * ψ(x) = Γ′(x) / Γ(x), the derivative of `logGamma` (NIST DLMF 5.2.2). The error is at most 10
 * units in the last place of ψ(x) or of 1, whichever is larger. Near the zeros of ψ it is small beside 1 only. The
 * poles: ψ(0) = −Infinity, ψ(−0) = Infinity, and NaN at the negative integers, as PyTorch has it.
 *
 * @example
 * ```ts
 * import { digamma } from "@graddiff/core";
 *
 * console.log(digamma(1).item().toFixed(12)); // -0.577215664902
 * ```
 */
export const digamma: Unary = unary({
  name: "digamma",
  symbol: "ψ",
  formula: "Γ′(x) / Γ(x)",
  promotion: "float",
  body: (x) => {
    const isNegative = x.less(0);
    const ofPositive = digammaOfPositive(where(isNegative, x.neg().add(1), x));
    // ψ(x) = ψ(1 − x) − π cot πx (DLMF 5.5.4). Where x > 0, the cotangent is that of −1/2.
    const negative = where(isNegative, x, -0.5);
    const angle = negative.sub(round(negative)).mul(Math.PI);
    const sine = angle.sin();
    // At the poles 0 / 0.
    const cosine = where(sine.equal(0), 0, angle.cos());
    const reflection = div(cosine, sine).mul(Math.PI);
    return where(isNegative, ofPositive.sub(reflection), ofPositive);
  },
  domain: [
    [-1.8, -1.2],
    [0.5, 3],
    [9, 12],
  ],
  edges: [
    [0, -Infinity],
    [-0, Infinity],
    [-1, NaN],
    [-1000, NaN],
    [Infinity, Infinity],
    [-Infinity, NaN],
    [NaN, NaN],
  ],
});

/**
 * log |Γ(x)|, where Γ(n) = (n − 1)! continues the factorials (NIST DLMF 5.2.1). Infinity at the poles 0,
 * −1, −2, … and at ±Infinity. The error is at most 4 units in the last place. For x < −2, where the result is 0 beside
 * each pole, they are those of the result or of x, whichever is larger. Its derivative is `digamma`.
 *
 * @example
 * ```ts
 * import { logGamma } from "@graddiff/core";
 *
 * // Of 20!, of √π, and beyond the numbers that Γ has.
 * console.log(Math.round(logGamma(21).exp().item() / 1e12)); // 2432902
 * console.log(logGamma(0.5).exp().square().item().toFixed(12)); // 3.141592653590
 * console.log(logGamma(1000).item().toFixed(6)); // 5905.220423
 * ```
 */
export const logGamma: Unary = unary({
  name: "logGamma",
  formula: "log |Γ(x)|",
  promotion: "float",
  compute: { float64: logGamma_f64, float32: logGamma_f32 },
  group: specialKernels,
  derivative: partials((x) => digamma(x)),
  domain: [
    [-1.8, -1.2],
    [0.5, 4],
    [9, 12],
  ],
  edges: [
    [1, 0],
    [2, 0],
    [0, Infinity],
    [-0, Infinity],
    [-1, Infinity],
    [-2, Infinity],
    [-1000, Infinity],
    [-1e30, Infinity],
    [Infinity, Infinity],
    [-Infinity, Infinity],
    [1e306, Infinity],
    [NaN, NaN],
  ],
});
