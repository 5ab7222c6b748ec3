/**
 * Exponentials, logarithms and trigonometric functions, element by element. The library computes them
 * itself (see `elementary/`), so that their bits are the same on every machine and runner: at most
 * 2 ulp from the true value. int32 gives float32.
 */

import {
  cos_f32,
  cos_f64,
  exp_f32,
  exp_f64,
  expm1_f32,
  expm1_f64,
  log_f32,
  log_f64,
  log1p_f32,
  log1p_f64,
  sin_f32,
  sin_f64,
  tanh_f32,
  tanh_f64,
} from "../generated/elementary/elementary.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Unary, unary } from "./elementwise.ts";
import { pow } from "./powers.ts";
import { round } from "./rounding.ts";

/**
 * e^x.
 *
 * @example
 * ```ts
 * import { exp, tensor } from "@graddiff/core";
 *
 * console.log(String(exp(tensor([0, 1])))); // [1.        2.7182817]
 * ```
 */
export const exp: Unary = unary({
  name: "exp",
  symbol: "e^( )",
  formula: "e^x",
  promotion: "float",
  compute: { float64: exp_f64, float32: exp_f32 },
  derivative: partials((_x, output) => output),
  domain: [-2, 2],
  edges: [
    [0, 1],
    [-0, 1],
    [-Infinity, 0],
    [Infinity, Infinity],
    [NaN, NaN],
    [1000, Infinity],
    [-1000, 0],
    [1e30, Infinity],
    [-1e30, 0],
  ],
});

/**
 * e^x − 1, accurate near 0.
 *
 * @example
 * ```ts
 * import { expm1, tensor } from "@graddiff/core";
 *
 * console.log(String(expm1(tensor([0, 1])))); // [0.        1.7182819]
 * ```
 */
export const expm1: Unary = unary({
  name: "expm1",
  formula: "e^x − 1",
  promotion: "float",
  compute: { float64: expm1_f64, float32: expm1_f32 },
  // e^x − 1 + 1 would be 0 from −17 down in float32, and from −37 down in float64.
  derivative: partials((x) => x.exp()),
  domain: [-2, 2],
  edges: [
    [0, 0],
    [-0, -0],
    [-Infinity, -1],
    [Infinity, Infinity],
    [-1e30, -1],
    [1.401298464324817e-45, 1.401298464324817e-45],
  ],
});

/**
 * The natural logarithm; NaN for negative x, −Infinity for 0.
 *
 * @example
 * ```ts
 * import { log, tensor } from "@graddiff/core";
 *
 * console.log(String(log(tensor([1, 10])))); // [0.        2.3025851]
 * ```
 */
export const log: Unary = unary({
  name: "log",
  formula: "ln x",
  promotion: "float",
  compute: { float64: log_f64, float32: log_f32 },
  derivative: partials((x) => div(1, x)),
  domain: [0.25, 4],
  edges: [
    [1, 0],
    [0, -Infinity],
    [-0, -Infinity],
    [-1, NaN],
    [-(2 ** -149), NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
  ],
});

/**
 * ln(1 + x), accurate near 0.
 *
 * @example
 * ```ts
 * import { log1p, tensor } from "@graddiff/core";
 *
 * console.log(String(log1p(tensor([0, 1])))); // [0.        0.6931472]
 * ```
 */
export const log1p: Unary = unary({
  name: "log1p",
  formula: "ln(1 + x)",
  promotion: "float",
  compute: { float64: log1p_f64, float32: log1p_f32 },
  derivative: partials((x) => div(1, x.add(1))),
  domain: [-0.5, 3],
  edges: [
    [0, 0],
    [-0, -0],
    [-1, -Infinity],
    [-1.5, NaN],
    [-2, NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
    [-1.401298464324817e-45, -1.401298464324817e-45],
  ],
});

/**
 * The sine of x in radians; NaN for ±Infinity.
 *
 * @example
 * ```ts
 * import { sin, tensor } from "@graddiff/core";
 *
 * console.log(String(sin(tensor([0, 1])))); // [0.         0.84147096]
 * ```
 */
export const sin: Unary = unary({
  name: "sin",
  formula: "sin x",
  promotion: "float",
  compute: { float64: sin_f64, float32: sin_f32 },
  derivative: partials((x) => x.cos()),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [-Infinity, NaN],
    [2 ** -149, 2 ** -149],
  ],
});

/**
 * The cosine of x in radians; NaN for ±Infinity.
 *
 * @example
 * ```ts
 * import { cos, tensor } from "@graddiff/core";
 *
 * console.log(String(cos(tensor([0, 1])))); // [1.        0.5403023]
 * ```
 */
export const cos: Unary = unary({
  name: "cos",
  formula: "cos x",
  promotion: "float",
  compute: { float64: cos_f64, float32: cos_f32 },
  derivative: partials((x) => x.sin().neg()),
  domain: [-3, 3],
  edges: [
    [0, 1],
    [-0, 1],
    [Infinity, NaN],
    [-Infinity, NaN],
    [2 ** -149, 1],
  ],
});

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { tanh, tensor } from "@graddiff/core";
 *
 * console.log(String(tanh(tensor([0, 1])))); // [0.        0.7615942]
 * ```
 */
export const tanh: Unary = unary({
  name: "tanh",
  formula: "(e^x − e^−x) / (e^x + e^−x)",
  promotion: "float",
  compute: { float64: tanh_f64, float32: tanh_f32 },
  // The derivative follows from the result alone, as in PyTorch: an exponential would make value and gradient
  // take 70 % more time.
  derivative: partials((_x, output) => output.square().neg().add(1)),
  domain: [-2, 2],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [30, 1],
    [-30, -1],
    [40, 1],
    [-(2 ** -149), -(2 ** -149)],
  ],
});

/**
 * sin x / cos x; NaN for ±Infinity.
 *
 * @example
 * ```ts
 * import { tan, tensor } from "@graddiff/core";
 *
 * console.log(String(tan(tensor([0, 1])))); // [0.        1.5574077]
 * ```
 */
export const tan: Unary = unary({
  name: "tan",
  formula: "sin x / cos x",
  promotion: "float",
  body: (x) => div(sin(x), cos(x)),
  derivative: partials((_x, output) => output.square().add(1)),
  domain: [-1, 1],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [NaN, NaN],
  ],
});

/**
 * 2^x; exact for integers.
 *
 * @example
 * ```ts
 * import { exp2, tensor } from "@graddiff/core";
 *
 * console.log(String(exp2(tensor([0, 1, 10])))); // [1.000e+00 2.000e+00 1.024e+03]
 * ```
 */
export const exp2: Unary = unary({
  name: "exp2",
  symbol: "2^( )",
  formula: "2^x",
  promotion: "float",
  body: (x) => pow(2, x),
  derivative: partials((_x, output) => output.mul(Math.LN2)),
  domain: [-2, 2],
  edges: [
    [10, 1024],
    [-149, 2 ** -149],
    [Infinity, Infinity],
    [-Infinity, 0],
    [NaN, NaN],
  ],
});

/**
 * Returns the logarithm to a base. It is the integer n where x is no farther from the power of n than n halves of a
 * unit in the last place: so much of x changes the result by less than half of a unit.
 * @param least the least n that is looked for.
 */
function logarithm(x: Tensor, base: number, factor: number, least: number): Tensor {
  const result = log(x).mul(factor);
  const n = round(result);
  const unit = x.dtype === "float32" ? 2 ** -24 : 2 ** -53;
  const isPower = pow(base, n)
    .sub(x)
    .abs()
    .lessEqual(x.mul(n.abs().mul(unit)));
  return where(isPower.logicalAnd(n.greaterEqual(least)), n, result);
}

/**
 * The logarithm to base 2, exact for powers of 2; NaN for negative x, −Infinity for 0.
 *
 * @example
 * ```ts
 * import { log2, tensor } from "@graddiff/core";
 *
 * console.log(String(log2(tensor([1, 8])))); // [0. 3.]
 * ```
 */
export const log2: Unary = unary({
  name: "log2",
  formula: "log₂ x",
  promotion: "float",
  body: (x) => logarithm(x, 2, Math.LOG2E, -1074),
  derivative: partials((x) => div(1, x.mul(Math.LN2))),
  domain: [0.25, 4],
  edges: [
    [1, 0],
    [8, 3],
    [2 ** -149, -149],
    [0, -Infinity],
    [-1, NaN],
    [Infinity, Infinity],
  ],
});

/**
 * The logarithm to base 10, exact for the numbers that are written as powers of 10; NaN for negative x, −Infinity
 * for 0.
 *
 * @example
 * ```ts
 * import { log10, tensor } from "@graddiff/core";
 *
 * console.log(String(log10(tensor([1, 1000])))); // [0. 3.]
 * ```
 */
export const log10: Unary = unary({
  name: "log10",
  formula: "log₁₀ x",
  promotion: "float",
  // The powers below are denormal, so their spacing is wide.
  body: (x) => logarithm(x, 10, Math.LOG10E, x.dtype === "float32" ? -37 : -307),
  derivative: partials((x) => div(1, x.mul(Math.LN10))),
  domain: [0.25, 4],
  edges: [
    [1, 0],
    [1000, 3],
    [1e-5, -5],
    [1e37, 37],
    [0, -Infinity],
    [-1, NaN],
    [Infinity, Infinity],
  ],
});
