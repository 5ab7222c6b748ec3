/**
 * Powers, element by element.
 */

import { pow_f32, pow_f64 } from "../generated/elementary/elementary.ts";
import { apply } from "../graph/apply.ts";
import { type Op, partials } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary, defineElementwise } from "./elementwise.ts";

/**
 * c · x^p, and 0 where c is 0: the derivative of a power, of which x may be 0, NaN or infinite beside c = 0. It is an op,
 * because its derivative of c is x^p there, too.
 */
const scaledPowerOp: Op = defineElementwise({
  name: "scaledPower",
  formula: "c · x ^ p, and 0 for c = 0",
  promotion: "float",
  body: (x: Tensor, c: Tensor, p: Tensor) => c.mul(x.pow(where(c.equal(0), 0, p))),
  linearIn: [1],
  derivative: partials(
    (x, c, p) => scaledPower(x, c.mul(p), p.sub(1)),
    (x, _c, p) => x.pow(p),
    (x, c, p, output) => {
      const flat = c.equal(0).logicalOr(x.equal(0).logicalAnd(p.greaterEqual(0)));
      return output.mul(where(flat, 1, x).log());
    },
  ),
  convention: {
    text: "of p 0 where c = 0, or x = 0 and p ≥ 0",
    points: [
      [0, 0.5, 0.5, Infinity, 0, 0],
      [0, 0, -1, 0, Infinity, 0],
    ],
  },
  domain: [
    [
      [0.5, 1],
      [2.2, 3],
    ],
    [
      [-2, -0.5],
      [1.1, 2],
    ],
    [
      [-2, -0.6],
      [0.6, 2],
    ],
  ],
  edges: [
    [2, 3, 4, 48],
    [0, 0, -1, 0],
    [Infinity, 0, 2, 0],
    [NaN, 0, 1, 0],
    [0, 2, 0, 2],
    [2, NaN, 1, NaN],
  ],
  cases: [
    [[], [], []],
    [[5], [], []],
    [[2, 3], [3], [2, 1]],
    [[0], [], []],
  ],
});

function scaledPower(x: Tensor, c: Tensor, p: Tensor): Tensor {
  return apply(scaledPowerOp, [x, c, p], NO_ATTRIBUTES);
}

/**
 * x to the power y, broadcast; NaN for a negative x with a fractional y. int32 gives float32. The error is below one unit
 * in the last place, but for x³, which is (x · x) · x, rounded twice.
 * The gradient of y is 0 where x is 0 and y is not negative; that of x is 0 where y is 0, whatever x is.
 *
 * @example
 * ```ts
 * import { pow, tensor } from "@graddiff/core";
 *
 * console.log(String(pow(tensor([1, 2, 3]), 2))); // [1. 4. 9.]
 * ```
 */
export const pow: Binary = binary({
  name: "pow",
  symbol: "( )^( )",
  formula: "x ^ y",
  promotion: "float",
  compute: { float64: pow_f64, float32: pow_f32 },
  derivative: partials(
    (x, y) => scaledPower(x, y, y.sub(1)),
    (x, y, output) => {
      const flat = x.equal(0).logicalAnd(y.greaterEqual(0));
      return where(flat, 0, output.mul(where(flat, 1, x).log()));
    },
  ),
  convention: {
    text: "of x 0 where y = 0; of y 0 where x = 0 and y ≥ 0",
    points: [
      [0, 1.5, 0, 0],
      [Infinity, 0, 0, Infinity],
      [NaN, 0, 0, NaN],
    ],
  },
  // A power takes a hundred times as long as a product.
  identities: { rightUnit: 1, twice: { right: 2, other: mul.op } },
  domain: [[[0.5, 3]], [[-2, 2]]],
  edges: [
    [2, 10, 1024],
    [0, 0, 1],
    [0, 2, 0],
    [0, -1, Infinity],
    [4, 0.5, 2],
    [-2, 3, -8],
    [-2, 0.5, NaN],
    [1, NaN, 1],
    [NaN, 0, 1],
    [2, -1, 0.5],
  ],
});
