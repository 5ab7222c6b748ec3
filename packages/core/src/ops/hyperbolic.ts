/**
 * Hyperbolic functions and their inverses, element by element. int32 gives float32. Errors are at most 2 units in the
 * last place. (tanh is among the elementary functions.)
 */

import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, sqrt } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Unary, unary } from "./elementwise.ts";
import { oneMinusSquare } from "./slopes.ts";
import { expm1, log1p } from "./transcendental.ts";

/** True if e^|x| may overflow where half of it does not. */
function isLarge(size: Tensor): Tensor {
  return size.greater(size.dtype === "float32" ? 88 : 709);
}

/** e^|x| / 2 for a large |x|: |x| − 1 is exact. */
function halfOfLarge(size: Tensor): Tensor {
  return size
    .sub(1)
    .exp()
    .mul(Math.E / 2);
}

/**
 * (e^x − e^−x) / 2, the hyperbolic sine.
 *
 * @example
 * ```ts
 * import { sinh, tensor } from "@graddiff/core";
 *
 * console.log(String(sinh(tensor([0, 1])))); // [0.        1.1752012]
 * ```
 */
export const sinh: Unary = unary({
  name: "sinh",
  formula: "(e^x − e^−x) / 2",
  promotion: "float",
  body: (x) => {
    const size = x.abs();
    const beyondOne = expm1(where(isLarge(size), 0, size));
    // e^x − 1 + 1 − e^−x; below 1 they are nearly equal.
    const quotient = beyondOne.div(beyondOne.add(1));
    const small = beyondOne.mul(2).sub(beyondOne.mul(quotient));
    const sum = where(size.less(1), small, beyondOne.add(quotient)).mul(0.5);
    const ofSize = where(isLarge(size), halfOfLarge(size), sum);
    return where(x.less(0), ofSize.neg(), where(x.equal(0), x, ofSize));
  },
  derivative: partials((x) => cosh(x)),
  domain: [
    [-2, -1.1],
    [-0.9, 0.9],
    [1.1, 2],
  ],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [1000, Infinity],
    [1.401298464324817e-45, 1.401298464324817e-45],
    [NaN, NaN],
  ],
});

/**
 * (e^x + e^−x) / 2, the hyperbolic cosine.
 *
 * @example
 * ```ts
 * import { cosh, tensor } from "@graddiff/core";
 *
 * console.log(String(cosh(tensor([0, 1])))); // [1.        1.5430806]
 * ```
 */
export const cosh: Unary = unary({
  name: "cosh",
  formula: "(e^x + e^−x) / 2",
  promotion: "float",
  body: (x) => {
    const size = x.abs();
    const power = size.exp();
    return where(isLarge(size), halfOfLarge(size), power.mul(0.5).add(div(0.5, power)));
  },
  derivative: partials((x) => sinh(x)),
  domain: [
    [-2, -1.1],
    [-0.9, 0.9],
    [1.1, 2],
  ],
  edges: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, Infinity],
    [-1000, Infinity],
    [NaN, NaN],
  ],
});

/** The |x| from which √(x² ± 1) is x. */
const LARGE = 1e8;

/** log 2x of a large x, whose double may overflow. */
function logOfTwice(x: Tensor): Tensor {
  return x.log().add(Math.LN2);
}

/**
 * The number whose hyperbolic sine is x, log(x + √(x² + 1)).
 *
 * @example
 * ```ts
 * import { asinh, tensor } from "@graddiff/core";
 *
 * console.log(String(asinh(tensor([0, 1])))); // [0.        0.8813736]
 * ```
 */
export const asinh: Unary = unary({
  name: "asinh",
  formula: "log(x + √(x² + 1))",
  promotion: "float",
  body: (x) => {
    const size = x.abs();
    const far = size.greater(LARGE);
    const near = where(far, 0, size);
    const square = near.square();
    const beyond = square.div(sqrt(square.add(1)).add(1));
    const ofSize = where(far, logOfTwice(size), log1p(near.add(beyond)));
    return where(x.less(0), ofSize.neg(), where(x.equal(0), x, ofSize));
  },
  derivative: partials((x) => {
    // The square of large numbers may overflow.
    const size = x.abs();
    const near = where(size.greater(LARGE), 1, x);
    return div(1, where(size.greater(LARGE), size, sqrt(near.square().add(1))));
  }),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [-1.401298464324817e-45, -1.401298464324817e-45],
    [NaN, NaN],
  ],
});

/**
 * The number ≥ 0 whose hyperbolic cosine is x, log(x + √(x² − 1)); NaN below 1. Its derivative at 1 is Infinity.
 *
 * @example
 * ```ts
 * import { acosh, tensor } from "@graddiff/core";
 *
 * console.log(String(acosh(tensor([1, 2])))); // [0.       1.316958]
 * ```
 */
export const acosh: Unary = unary({
  name: "acosh",
  formula: "log(x + √(x² − 1))",
  promotion: "float",
  body: (x) => {
    const t = x.sub(1);
    const small = log1p(t.add(sqrt(t.mul(2).add(t.square()))));
    const root = sqrt(x.square().sub(1));
    const middle = x
      .mul(2)
      .sub(div(1, x.add(root)))
      .log();
    return where(
      x.greater(LARGE),
      logOfTwice(x),
      where(x.greater(2), middle, where(x.less(1), NaN, small)),
    );
  },
  derivative: partials((x) => div(1, sqrt(x.sub(1)).mul(sqrt(x.add(1))))),
  convention: { points: [[1, Infinity]] },
  domain: [
    [1.3, 1.9],
    [2.1, 4],
  ],
  edges: [
    [1, 0],
    [0.5, NaN],
    [-1, NaN],
    [Infinity, Infinity],
    [-Infinity, NaN],
    [NaN, NaN],
  ],
});

/**
 * The number whose hyperbolic tangent is x, log((1 + x) / (1 − x)) / 2; NaN beyond ±1. Infinity at 1.
 *
 * @example
 * ```ts
 * import { atanh, tensor } from "@graddiff/core";
 *
 * console.log(String(atanh(tensor([0, 0.5])))); // [0.         0.54930615]
 * ```
 */
export const atanh: Unary = unary({
  name: "atanh",
  formula: "log((1 + x) / (1 − x)) / 2",
  promotion: "float",
  body: (x) => {
    const size = x.abs();
    const ofSize = log1p(size.mul(2).div(size.neg().add(1))).mul(0.5);
    return where(x.less(0), ofSize.neg(), where(x.equal(0), x, ofSize));
  },
  derivative: partials((x) => div(1, oneMinusSquare(x))),
  convention: {
    points: [
      [1, Infinity],
      [-1, Infinity],
    ],
  },
  domain: [-0.9, 0.9],
  edges: [
    [0, 0],
    [-0, -0],
    [1, Infinity],
    [-1, -Infinity],
    [1.5, NaN],
    [-Infinity, NaN],
    [-1.401298464324817e-45, -1.401298464324817e-45],
    [NaN, NaN],
  ],
});
