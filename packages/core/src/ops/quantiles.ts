/**
 * Quantiles of the normal distribution, and logarithms of differences of exponentials, element by element. int32 gives
 * float32.
 */

import { normalQuantileKernel } from "../families/statistics.ts";
import { partials } from "../graph/op.ts";
import { reciprocal } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";
import { expm1, log1p } from "./transcendental.ts";

/**
 * The x with Φ(x) = p, the inverse of `normalCdf`: −Infinity at 0, Infinity at 1, NaN outside of 0 to 1. For p near 1,
 * `normalQuantile(q).neg()` of q = 1 − p keeps the digits of q.
 *
 * By M. J. Wichura's rational functions (Algorithm AS 241, Applied Statistics 37, 1988). The error is at most 6 units in the
 * last place in float64, down to the least p.
 *
 * @param x probabilities p.
 * @example
 * ```ts
 * import { normalQuantile } from "@graddiff/core";
 *
 * console.log(normalQuantile(0.975).item().toFixed(9), normalQuantile(1e-300).item().toFixed(6)); // 1.959963985 -37.047096
 * ```
 */
export const normalQuantile: Unary = unary({
  name: "normalQuantile",
  symbol: "Φ⁻¹",
  formula: "the y with Φ(y) = x",
  promotion: "float",
  kernel: normalQuantileKernel,
  derivative: partials((_p, output) =>
    output
      .square()
      .mul(0.5)
      .exp()
      .mul(Math.sqrt(2 * Math.PI)),
  ),
  domain: [
    [0.02, 0.06],
    [0.1, 0.9],
    [0.95, 0.98],
  ],
  edges: [
    [0.5, 0],
    [0, -Infinity],
    [1, Infinity],
    [-0.5, NaN],
    [2, NaN],
    [NaN, NaN],
  ],
});

/**
 * The number whose `erfc` is x, from `normalQuantile`: Infinity at 0, −Infinity at 2, NaN outside of 0 to 2.
 *
 * @example
 * ```ts
 * import { erfcInv } from "@graddiff/core";
 *
 * console.log(erfcInv(1e-200).item().toFixed(9)); // 21.374783049
 * ```
 */
export const erfcInv: Unary = unary({
  name: "erfcInv",
  symbol: "erfc⁻¹",
  formula: "the y with erfc y = x",
  promotion: "float",
  body: (x) => normalQuantile(x.mul(0.5)).mul(-Math.SQRT1_2),
  derivative: partials((_x, output) =>
    output
      .square()
      .exp()
      .mul(-Math.sqrt(Math.PI) / 2),
  ),
  domain: [
    [0.02, 0.1],
    [0.3, 1.7],
  ],
  edges: [
    [0, Infinity],
    [2, -Infinity],
    [-1, NaN],
    [NaN, NaN],
  ],
});

/**
 * log(1 − e^x) for x ≤ 0, with all digits (M. Mächler, Accurately computing log(1 − exp(−|a|)), 2012): −Infinity at 0,
 * NaN above.
 *
 * @example
 * ```ts
 * import { log1mExp } from "@graddiff/core";
 *
 * console.log(log1mExp(-1e-20).item().toFixed(6)); // -46.051702
 * ```
 */
export const log1mExp: Unary = unary({
  name: "log1mExp",
  formula: "log(1 − e^x)",
  promotion: "float",
  body: (x) => {
    const isNear = x.greater(-Math.LN2);
    const near = expm1(where(isNear, x, -1))
      .neg()
      .log();
    return where(isNear, near, log1p(where(isNear, -1, x).exp().neg()));
  },
  // x is not above 0, and −0 would give the other infinity.
  derivative: partials((x) => reciprocal(expm1(x.abs())).neg()),
  convention: { text: "−Infinity at 0", points: [[0, -Infinity]] },
  domain: [
    [-3, -0.8],
    [-0.6, -0.1],
  ],
  edges: [
    [0, -Infinity],
    [-Infinity, -0],
    [1, NaN],
    [NaN, NaN],
  ],
});

/**
 * log(e^x − e^y) for x ≥ y, broadcast, without overflow: −Infinity where they are equal, NaN where x is less.
 *
 * @example
 * ```ts
 * import { logDiffExp } from "@graddiff/core";
 *
 * console.log(logDiffExp(1000, 999).item().toFixed(6)); // 999.541325
 * ```
 */
export const logDiffExp: Binary = binary({
  name: "logDiffExp",
  formula: "log(e^x − e^y)",
  promotion: "float",
  body: (x, y) => {
    const isWhole = y.equal(Number.NEGATIVE_INFINITY);
    return where(isWhole, x, x.add(log1mExp(where(isWhole, 0, y.sub(where(isWhole, 1, x))))));
  },
  derivative: partials(
    (x, y) => reciprocal(expm1(y.sub(x)).neg()),
    (x, y) => reciprocal(expm1(x.sub(y)).neg()),
  ),
  domain: [[[3, 6]], [[-1, 2.8]]],
  edges: [
    [1, 1, -Infinity],
    [0, 1, NaN],
    [2, -Infinity, 2],
    [-Infinity, -Infinity, -Infinity],
    [Infinity, 0, Infinity],
    [NaN, 0, NaN],
    [0, NaN, NaN],
  ],
});
