/**
 * Activation functions, written in other ops. int32 gives float32.
 */

import { partials } from "../graph/op.ts";
import { add, div, maximum } from "./arithmetic.ts";
import { type Unary, unary } from "./elementwise.ts";
import { slopeOfSigmoid } from "./slopes.ts";

/**
 * 1 / (1 + e^−x), the logistic function.
 *
 * @example
 * ```ts
 * import { grad, sigmoid } from "@graddiff/core";
 *
 * console.log(sigmoid(0).item(), grad(sigmoid)(0).item()); // 0.5 0.25
 * ```
 */
export const sigmoid: Unary = unary({
  name: "sigmoid",
  symbol: "σ",
  formula: "1 / (1 + e^−x)",
  promotion: "float",
  body: (x) => div(1, add(1, x.neg().exp())),
  derivative: partials(slopeOfSigmoid),
  domain: [-3, 3],
  edges: [
    [0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [-1000, 0],
    [NaN, NaN],
  ],
});

/**
 * log(1 + e^x), a smooth relu; neither overflows for large x nor loses small values.
 *
 * @example
 * ```ts
 * import { softplus, tensor } from "@graddiff/core";
 *
 * console.log(String(softplus(tensor([-1, 0, 2])))); // [0.3132617 0.6931472 2.126928 ]
 * ```
 */
export const softplus: Unary = unary({
  name: "softplus",
  formula: "log(1 + e^x)",
  promotion: "float",
  body: (x) => maximum(x, 0).add(x.abs().neg().exp().log1p()),
  derivative: partials((x) => sigmoid(x)),
  domain: [-4, 4],
  edges: [
    [-Infinity, 0],
    [800, 800],
    [Infinity, Infinity],
    [NaN, NaN],
  ],
});

/**
 * x · σ(x), a smooth relu (also called swish).
 *
 * @example
 * ```ts
 * import { silu, tensor } from "@graddiff/core";
 *
 * console.log(String(silu(tensor([-1, 0, 2])))); // [-0.26894143  0.          1.761594  ]
 * ```
 */
export const silu: Unary = unary({
  name: "silu",
  formula: "x · σ(x)",
  promotion: "float",
  body: (x) => x.mul(sigmoid(x)),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [800, 800],
    [-1000, -0],
    [NaN, NaN],
  ],
});

/**
 * max(x, 0). Its derivative at 0 is 0.
 *
 * @example
 * ```ts
 * import { relu, tensor } from "@graddiff/core";
 *
 * console.log(String(relu(tensor([-1, 0, 2])))); // [0. 0. 2.]
 * ```
 */
export const relu: Unary = unary({
  name: "relu",
  formula: "max(x, 0)",
  body: (x) => maximum(x, 0),
  // The sign is tested on the result, which later ops keep anyway, so x need not be kept.
  derivative: partials((_x, value) => value.greater(0).cast(value.dtype)),
  convention: { points: [[0, 0]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [2, 2],
    [-2, 0],
    [0, 0],
    [NaN, NaN],
    [Infinity, Infinity],
  ],
});
