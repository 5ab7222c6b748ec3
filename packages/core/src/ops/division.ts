/**
 * Integer division and remainders. Division of an int32 by 0 gives 0, as in NumPy.
 */

import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary } from "./elementwise.ts";
import { round, trunc } from "./rounding.ts";

/** Arguments between jumps: quotients from 2.2 to 2.9, of all signs. */
const DOMAIN = [
  [
    [-4.4, -4.1],
    [4.1, 4.4],
  ],
  [
    [-1.8, -1.5],
    [1.5, 1.8],
  ],
] as const;

/**
 * Returns the remainder of x / y when the quotient is cut to an integer, x − trunc(x / y) · y, broadcast. It is exact
 * for all floats, and has the sign of x. Division of an int32 by 0 gives 0.
 *
 * The gradient of y is −trunc(x / y).
 *
 * @example
 * ```ts
 * import { fmod, tensor } from "@graddiff/core";
 *
 * console.log(String(fmod(tensor([5, -5]), 3))); // [ 2. -2.]
 * ```
 */
export const fmod: Binary = binary({
  name: "fmod",
  formula: "x − trunc(x / y) · y",
  compute: { float64: (x, y) => x % y, int32: (x, y) => (y === 0 ? 0 : (x % y) | 0) },
  derivative: partials(
    () => 1,
    (x, y) => trunc(div(x, y)).neg(),
  ),
  convention: {
    text: "at jumps as between them: 1, and −trunc(x / y)",
    points: [[3.4, 1.7, 1, -2]],
  },
  domain: DOMAIN,
  edges: [
    [5, 3, 2],
    [-5, 3, -2],
    [5, -3, 2],
    [-4, 2, -0],
    [-0, 2, -0],
    [1, Infinity, 1],
    [-1, -Infinity, -1],
    [Infinity, 1, NaN],
    [1, 0, NaN],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [2 ** 100, 3, 1],
    [2 ** 127, 2 ** -126, 0],
    [1.5, 2 ** -149, 0],
  ],
});

/** True if a remainder of a cut quotient has the other sign than the divisor. */
function isOnOtherSide(rest: Tensor, y: Tensor): Tensor {
  return rest.notEqual(0).logicalAnd(rest.less(0).notEqual(y.less(0)));
}

/**
 * Returns the remainder of x / y when the quotient is rounded down, x − ⌊x / y⌋ · y, broadcast. It has the sign of y, a
 * zero, too, as the array API says (PyTorch: −0 for x = −4 and y = 2). It is that of `fmod`, which is exact, plus y
 * where the signs differ: rounded, it may be y itself. Division of an int32 by 0 gives 0.
 *
 * The gradient of y is −⌊x / y⌋.
 *
 * @example
 * ```ts
 * import { remainder, tensor } from "@graddiff/core";
 *
 * console.log(String(remainder(tensor([5, -5]), 3))); // [2. 1.]
 * ```
 */
export const remainder: Binary = binary({
  name: "remainder",
  symbol: "mod",
  formula: "x − ⌊x / y⌋ · y",
  body: (x, y) => {
    const rest = fmod(x, y);
    const moved = where(isOnOtherSide(rest, y), rest.add(y), rest);
    if (x.dtype === "int32") return moved;
    // Zeros of both signs, as numbers of the same dtype.
    const none = rest.abs();
    return where(rest.equal(0), where(y.less(0), none.neg(), none), moved);
  },
  derivative: partials(
    () => 1,
    // NaN for an infinite x, of which nothing remains.
    (x, y) => floorDivide(x, y).add(x.sub(x)).neg(),
  ),
  convention: { text: "at jumps as between them: 1, and −⌊x / y⌋", points: [[3.4, 1.7, 1, -2]] },
  domain: DOMAIN,
  edges: [
    [5, 3, 2],
    [-5, 3, 1],
    [5, -3, -1],
    [-4, 2, 0],
    [-0, 2, 0],
    [4, -2, -0],
    [-1, Infinity, Infinity],
    [1, -Infinity, -Infinity],
    [1, Infinity, 1],
    [Infinity, 1, NaN],
    [1, 0, NaN],
    [NaN, 1, NaN],
    [-(2 ** 100), 3, 2],
  ],
});

/**
 * ⌊x / y⌋, broadcast. It is the floor of the true quotient, which x / y may be rounded over, for quotients
 * up to 2⁵³ (2²⁴ in float32). Its derivative is 0.
 *
 * Division of a float by 0 gives that of `div`, and so does that of an infinity, as the array API says (NumPy and
 * PyTorch: NaN). Division of an int32 by 0 gives 0, and −2³¹ / −1 wraps to −2³¹.
 *
 * @example
 * ```ts
 * import { floorDivide, tensor } from "@graddiff/core";
 *
 * console.log(String(floorDivide(tensor([5, -5]), 3))); // [ 1. -2.]
 * ```
 */
export const floorDivide: Binary = binary({
  name: "floorDivide",
  symbol: "÷⌊⌋",
  formula: "⌊x / y⌋",
  body: (x, y) => {
    if (x.dtype === "int32") {
      // Twice in float32: the first quotient is right but for a part of 2⁻²², the second for 1.
      const near = (rest: Tensor) =>
        round(div(rest.cast("float32"), y.cast("float32"))).cast("int32");
      const first = near(x);
      const rest = x.sub(first.mul(y));
      const second = near(rest);
      const below = isOnOtherSide(rest.sub(second.mul(y)), y).cast("int32");
      return where(y.equal(0), 0, first.add(second).sub(below));
    }
    const rest = fmod(x, y);
    const cut = div(x.sub(rest), y);
    const whole = round(where(isOnOtherSide(rest, y), cut.sub(1), cut));
    const quotient = div(x, y);
    const isLimit = y.equal(0).logicalOr(x.abs().equal(Number.POSITIVE_INFINITY));
    return where(isLimit, quotient, where(whole.equal(0), quotient.mul(0), whole));
  },
  derivative: partials(undefined, undefined),
  convention: { text: "0 also at the jumps", points: [[3.4, 1.7, 0, 0]] },
  domain: DOMAIN,
  edges: [
    [5, 3, 1],
    [-5, 3, -2],
    [5, -3, -2],
    [-6, 3, -2],
    [1, 0, Infinity],
    [-1, 0, -Infinity],
    [0, 0, NaN],
    [-1, Infinity, -1],
    [1, Infinity, 0],
    [1, -Infinity, -1],
    [Infinity, 2, Infinity],
    [Infinity, Infinity, NaN],
    [-0, 1, -0],
    [0, -1, -0],
    [NaN, 1, NaN],
  ],
});
