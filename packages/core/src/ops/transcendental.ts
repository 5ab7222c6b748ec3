/**
 * Exponentials, logarithms and trigonometric functions, element by element. They are the library's
 * own (see `elementary/`), so that their bits are the same on every machine and runner: at most
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
} from "../elementary/elementary.ts";
import { partials } from "../graph/op.ts";
import { div } from "./arithmetic.ts";
import { type Unary, unary } from "./elementwise.ts";

/** e^x. */
export const exp: Unary = unary({
  name: "exp",
  symbol: "eˣ",
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

/** e^x − 1, accurate near 0. */
export const expm1: Unary = unary({
  name: "expm1",
  formula: "e^x − 1",
  promotion: "float",
  compute: { float64: expm1_f64, float32: expm1_f32 },
  derivative: partials((_x, output) => output.add(1)),
  domain: [-2, 2],
  edges: [
    [0, 0],
    [-0, -0],
    [-Infinity, -1],
    [Infinity, Infinity],
    [-1e30, -1],
    [2 ** -149, 2 ** -149],
  ],
});

/** The natural logarithm; NaN for negative x, −Infinity for 0. */
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

/** ln(1 + x), accurate near 0. */
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
    [-(2 ** -149), -(2 ** -149)],
  ],
});

/** The sine of x in radians; NaN for ±Infinity. */
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

/** The cosine of x in radians; NaN for ±Infinity. */
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

/** The hyperbolic tangent. */
export const tanh: Unary = unary({
  name: "tanh",
  formula: "(e^x − e^−x) / (e^x + e^−x)",
  promotion: "float",
  compute: { float64: tanh_f64, float32: tanh_f32 },
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
