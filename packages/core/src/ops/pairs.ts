/**
 * Elementwise functions of two inputs, which broadcast. int32 inputs give float32.
 */

import { partials } from "../graph/op.ts";
import { div, maximum, minimum, sqrt } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary } from "./elementwise.ts";
import { log1p } from "./transcendental.ts";

/**
 * x / √(x² + y²), the cosine of the angle of (x, y), which is the derivative of `hypot`. It is an op, because of its
 * derivative: that of the quotient would be a difference that cancels where x is much larger than y.
 */
const cosineOf: Binary = binary({
  name: "cosineOf",
  formula: "x / √(x² + y²)",
  promotion: "float",
  body: (x, y) => x.div(hypot(x, y)),
  derivative: partials(
    (x, y) => cosineOf(y, x).square().div(hypot(x, y)),
    (x, y, output) => output.neg().mul(cosineOf(y, x)).div(hypot(x, y)),
  ),
  convention: { points: [[0, 0, NaN, NaN]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [3, -4, 0.6],
    [-2, 0, -1],
    [0, 0, NaN],
    [NaN, 1, NaN],
  ],
});

/**
 * √(x² + y²), broadcast, without overflow of the squares. The error is at most 1.5 units in the last place. Where one
 * is infinite it is Infinity, whatever the other is, as in IEEE 754.
 *
 * Its gradient is (x, y) / hypot(x, y); at (0, 0) it is NaN, as in PyTorch.
 *
 * @example
 * ```ts
 * import { hypot } from "@graddiff/core";
 *
 * console.log(hypot(5e200, 12e200).item().toExponential(9)); // 1.300000000e+201
 * ```
 */
export const hypot: Binary = binary({
  name: "hypot",
  formula: "√(x² + y²)",
  promotion: "float",
  body: (x, y) => {
    const [a, b] = [x.abs(), y.abs()];
    const most = maximum(a, b);
    const isInfinite = a
      .equal(Number.POSITIVE_INFINITY)
      .logicalOr(b.equal(Number.POSITIVE_INFINITY));
    const isSpecial = isInfinite.logicalOr(most.equal(0));
    const square = where(isSpecial, 0, minimum(a, b).div(where(isSpecial, 1, most))).square();
    // The part of the root beyond 1 is small, and so is its rounding error.
    const beyond = square.div(sqrt(square.add(1)).add(1));
    return where(isInfinite, Number.POSITIVE_INFINITY, most.add(most.mul(beyond)));
  },
  derivative: partials(
    (x, y) => cosineOf(x, y),
    (x, y) => cosineOf(y, x),
  ),
  convention: { points: [[0, 0, NaN, NaN]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [3, -4, 5],
    [0, 0, 0],
    [-0, 0, 0],
    [0, -2, 2],
    [2e38, 0, 2e38],
    [Infinity, NaN, Infinity],
    [NaN, -Infinity, Infinity],
    [-Infinity, Infinity, Infinity],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [1.401298464324817e-45, 0, 1.401298464324817e-45],
  ],
});

/**
 * log(e^x + e^y), broadcast, without overflow. Of equal infinities it is that infinity; there its gradient is NaN, as
 * in PyTorch.
 *
 * @example
 * ```ts
 * import { logAddExp, tensor } from "@graddiff/core";
 *
 * console.log(String(logAddExp(tensor([0, 1000]), tensor([0, 1000])))); // [6.9314718e-01 1.0006932e+03]
 * ```
 */
export const logAddExp: Binary = binary({
  name: "logAddExp",
  formula: "log(e^x + e^y)",
  promotion: "float",
  body: (x, y) => {
    const isSame = x.equal(y);
    const distance = where(isSame, 0, x.sub(y)).abs();
    return maximum(x, y).add(log1p(distance.neg().exp()));
  },
  derivative: partials(
    (x, y) => x.sub(y).sigmoid(),
    (x, y) => y.sub(x).sigmoid(),
  ),
  convention: {
    text: "NaN at equal infinities",
    points: [
      [Infinity, Infinity, NaN, NaN],
      [-Infinity, -Infinity, NaN, NaN],
    ],
  },
  domain: [-3, 3],
  edges: [
    [1000, 0, 1000],
    [-1000, -Infinity, -1000],
    [Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
    [Infinity, -Infinity, Infinity],
    [NaN, 1, NaN],
    [1, NaN, NaN],
  ],
});

/**
 * x · log y, broadcast, and 0 where x is 0, unless y is NaN: a term of an entropy. The gradient of x is log y, but 0
 * where x is 0 and y is not positive. That of y is x / y, NaN at (0, 0), as in PyTorch.
 *
 * @example
 * ```ts
 * import { tensor, xLogY } from "@graddiff/core";
 *
 * console.log(String(xLogY(tensor([0, 2]), tensor([0, 3])))); // [0.        2.1972246]
 * ```
 */
export const xLogY: Binary = binary({
  name: "xLogY",
  formula: "x · log y, and 0 for x = 0",
  promotion: "float",
  body: (x, y) => where(x.equal(0).logicalAnd(y.equal(y)), 0, x.mul(y.log())),
  linearIn: [0],
  derivative: partials(
    (x, y) => where(x.equal(0).logicalAnd(y.lessEqual(0)), 0, y.log()),
    (x, y) => x.div(y),
  ),
  convention: {
    text: "at x = 0: of x 0 where y ≤ 0; of y NaN where y = 0",
    points: [
      [0, 0, 0, NaN],
      [0, -1, 0, 0],
      [0, 1, 0, 0],
    ],
  },
  domain: [
    [
      [-3, -0.5],
      [0.5, 3],
    ],
    [[0.5, 3]],
  ],
  edges: [
    [0, 0, 0],
    [0, -1, 0],
    [0, Infinity, 0],
    [0, NaN, NaN],
    [2, 0, -Infinity],
    [2, 1, 0],
    [1, -1, NaN],
    [NaN, 1, NaN],
  ],
});

/**
 * |x| with the sign of y, broadcast; −0 has one, and NaN counts as positive, since its sign shows nowhere else. Its
 * derivative is ±1, at x = 0 it is 0, as in PyTorch; that of y is 0.
 *
 * @example
 * ```ts
 * import { copySign, tensor } from "@graddiff/core";
 *
 * console.log(String(copySign(tensor([1, -2]), -3))); // [-1. -2.]
 * ```
 */
export const copySign: Binary = binary({
  name: "copySign",
  formula: "|x| with the sign of y",
  promotion: "float",
  body: (x, y) => {
    // 1 / −0 is less than 0.
    const isNegative = where(y.equal(0), div(1, y), y).less(0);
    const size = x.abs();
    return where(isNegative, size.neg(), size);
  },
  derivative: partials((x, y) => copySign(1, y).mul(x.sign()), undefined),
  convention: {
    text: "0 at x = 0",
    points: [
      [0, 1, 0, 0],
      [0, -1, 0, 0],
    ],
  },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [2, -1, -2],
    [-2, 0, 2],
    [2, -0, -2],
    [0, -Infinity, -0],
    [-Infinity, 1, Infinity],
    [NaN, -1, NaN],
  ],
});
