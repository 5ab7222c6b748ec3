/**
 * Arithmetic, element by element.
 */

import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";

/**
 * x + y, broadcast. Its gradient passes to both inputs unchanged.
 *
 * @example
 * ```ts
 * import { add, tensor } from "@graddiff/core";
 *
 * console.log(String(add(tensor([1, 2]), 10))); // [11. 12.]
 * ```
 */
export const add: Binary = binary({
  name: "add",
  symbol: "+",
  formula: "x + y",
  compute: (x, y) => x + y,
  derivative: partials(
    () => 1,
    () => 1,
  ),
  domain: [-3, 3],
  edges: [
    [0.5, 0.25, 0.75],
    [Infinity, 1, Infinity],
    [Infinity, -Infinity, NaN],
    [-0, -0, -0],
  ],
});

/**
 * x − y, broadcast.
 *
 * @example
 * ```ts
 * import { sub, tensor } from "@graddiff/core";
 *
 * console.log(String(sub(tensor([5, 7]), tensor([1, 2])))); // [4. 5.]
 * ```
 */
export const sub: Binary = binary({
  name: "sub",
  symbol: "−",
  formula: "x − y",
  compute: (x, y) => x - y,
  derivative: partials(
    () => 1,
    () => -1,
  ),
  identities: { rightUnit: 0 },
  domain: [-3, 3],
  edges: [
    [1, 0.25, 0.75],
    [Infinity, Infinity, NaN],
    [0, 0, 0],
  ],
});

/**
 * x · y, broadcast. The gradient of each input is the other one.
 *
 * @example
 * ```ts
 * import { grad, mul } from "@graddiff/core";
 *
 * console.log(grad(mul, { argnums: [0, 1] })(100, 2).map(String)); // [ '2.0', '100.0' ]
 * ```
 */
export const mul: Binary = binary({
  name: "mul",
  symbol: "×",
  formula: "x · y",
  compute: { float64: (x, y) => x * y, int32: Math.imul },
  linearIn: [0, 1],
  derivative: partials(
    (_x, y) => y,
    (x) => x,
  ),
  identities: { leftUnit: 1, rightUnit: 1 },
  domain: [-3, 3],
  edges: [
    [0.5, 0.25, 0.125],
    [0, Infinity, NaN],
    [-1, 0, -0],
    [-2, Infinity, -Infinity],
  ],
});

/**
 * x / y, broadcast; int32 gives float32. Division by 0 gives ±Infinity or NaN, as IEEE 754 says.
 *
 * @example
 * ```ts
 * import { div, tensor } from "@graddiff/core";
 *
 * console.log(String(div(tensor([6, 8]), tensor([2, 4])))); // [3. 2.]
 * ```
 */
export const div: Binary = binary({
  name: "div",
  symbol: "÷",
  formula: "x / y",
  promotion: "float",
  compute: (x, y) => x / y,
  linearIn: [0],
  derivative: partials(
    (_x, y) => div(1, y),
    (_x, y, output) => output.div(y).neg(),
  ),
  identities: { rightUnit: 1 },
  domain: [
    [[-3, 3]],
    [
      [-3, -0.5],
      [0.5, 3],
    ],
  ],
  edges: [
    [1, 4, 0.25],
    [1, 0, Infinity],
    [-1, 0, -Infinity],
    [0, 0, NaN],
    [1, Infinity, 0],
  ],
});

/**
 * 1 / x.
 *
 * @example
 * ```ts
 * import { reciprocal, tensor } from "@graddiff/core";
 *
 * console.log(String(reciprocal(tensor([2, 4, -0.5])))); // [ 0.5   0.25 -2.  ]
 * ```
 */
export const reciprocal: Unary = unary({
  name: "reciprocal",
  symbol: "1/( )",
  formula: "1 / x",
  promotion: "float",
  body: (x) => div(1, x),
  derivative: partials((_x, output) => output.square().neg()),
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [4, 0.25],
    [0, Infinity],
    [-0, -Infinity],
    [Infinity, 0],
  ],
});

/**
 * −x.
 *
 * @example
 * ```ts
 * import { neg, tensor } from "@graddiff/core";
 *
 * console.log(String(neg(tensor([-1, 3, 2])))); // [ 1. -3. -2.]
 * ```
 */
export const neg: Unary = unary({
  name: "neg",
  symbol: "−( )",
  formula: "−x",
  compute: { float64: (x) => -x, int32: (x) => -x | 0 },
  derivative: partials(() => -1),
  identities: { selfInverse: true },
  domain: [-3, 3],
  edges: [
    [2, -2],
    [0, -0],
    [-Infinity, Infinity],
  ],
});

/**
 * x².
 *
 * @example
 * ```ts
 * import { square, tensor } from "@graddiff/core";
 *
 * console.log(String(square(tensor([-1, 2, 3])))); // [1. 4. 9.]
 * ```
 */
export const square: Unary = unary({
  name: "square",
  symbol: "( )²",
  formula: "x²",
  body: (x) => x.mul(x),
  derivative: partials((x) => x.mul(2)),
  domain: [-3, 3],
  edges: [
    [3, 9],
    [-0.5, 0.25],
    [-Infinity, Infinity],
  ],
});

/**
 * √x; NaN for negative x. int32 gives float32. Its derivative at 0 is Infinity.
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from "@graddiff/core";
 *
 * console.log(String(sqrt(tensor([1, 4, 9])))); // [1. 2. 3.]
 * ```
 */
export const sqrt: Unary = unary({
  name: "sqrt",
  symbol: "√( )",
  formula: "√x",
  promotion: "float",
  compute: Math.sqrt,
  derivative: partials((_x, output) => div(0.5, output)),
  convention: { points: [[0, Infinity]] },
  domain: [0.25, 4],
  edges: [
    [4, 2],
    [0, 0],
    [-0, -0],
    [-1, NaN],
    [Infinity, Infinity],
  ],
});

/**
 * 1 / √x, with an error of at most 1.5 units in the last place; NaN for negative x. int32 gives float32.
 *
 * @example
 * ```ts
 * import { rsqrt, tensor } from "@graddiff/core";
 *
 * console.log(String(rsqrt(tensor([1, 4, 16])))); // [1.   0.5  0.25]
 * ```
 */
export const rsqrt: Unary = unary({
  name: "rsqrt",
  symbol: "1/√( )",
  formula: "1 / √x",
  promotion: "float",
  body: (x) => div(1, sqrt(x)),
  derivative: partials((_x, output) => output.mul(output.square()).mul(-0.5)),
  convention: { points: [[0, -Infinity]] },
  domain: [0.5, 4],
  edges: [
    [4, 0.5],
    [0, Infinity],
    [-0, -Infinity],
    [-1, NaN],
    [Infinity, 0],
  ],
});

/**
 * |x|. Its derivative at 0 is 0.
 *
 * @example
 * ```ts
 * import { abs, tensor } from "@graddiff/core";
 *
 * console.log(String(abs(tensor([-1, 0, 2])))); // [1. 0. 2.]
 * ```
 */
export const abs: Unary = unary({
  name: "abs",
  symbol: "|( )|",
  formula: "|x|",
  compute: { float64: Math.abs, int32: (x) => Math.abs(x) | 0 },
  derivative: partials((x) => x.sign()),
  convention: { points: [[0, 0]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [-2, 2],
    [-0, 0],
    [-Infinity, Infinity],
    [NaN, NaN],
  ],
});

/**
 * −1, 0 or 1 as x is negative, zero or positive; its derivative is 0 everywhere.
 *
 * @example
 * ```ts
 * import { sign, tensor } from "@graddiff/core";
 *
 * console.log(String(sign(tensor([-3, 0, 2])))); // [-1.  0.  1.]
 * ```
 */
export const sign: Unary = unary({
  name: "sign",
  formula: "x / |x|, and 0 for 0",
  compute: Math.sign,
  derivative: partials(undefined),
  convention: { text: "0 also at 0", points: [[0, 0]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [-2, -1],
    [0, 0],
    [3, 1],
    [NaN, NaN],
  ],
});

/**
 * The greater of x and y, broadcast; NaN if either is. Equal inputs share the gradient by halves.
 *
 * @example
 * ```ts
 * import { maximum, tensor } from "@graddiff/core";
 *
 * console.log(String(maximum(tensor([1, 5]), 3))); // [3. 5.]
 * ```
 */
export const maximum: Binary = binary({
  name: "maximum",
  symbol: "max",
  formula: "max(x, y)",
  compute: (x, y) => Math.max(x, y),
  derivative: partials(
    (x, y) => greaterShare(x, y),
    (x, y) => greaterShare(y, x),
  ),
  convention: { text: "½ for each of two equal inputs", points: [[1, 1, 0.5, 0.5]] },
  domain: [
    [
      [-3, -2],
      [0.5, 1.4],
    ],
    [
      [-1.5, -0.5],
      [1.6, 3],
    ],
  ],
  edges: [
    [1, 2, 2],
    [-3, -2, -2],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [-0, 0, 0],
    [Infinity, 1, Infinity],
  ],
});

/** Returns the share of a maximum's gradient that is x's: all if x is the greater, half if both are equal. */
function greaterShare(x: Tensor, y: Tensor): Tensor {
  return x.greater(y).cast(x.dtype).add(x.equal(y).cast(x.dtype).mul(0.5));
}

/**
 * The lesser of x and y, broadcast; NaN if either is. Equal inputs share the gradient by halves.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from "@graddiff/core";
 *
 * console.log(String(minimum(tensor([1, 5]), 3))); // [1. 3.]
 * ```
 */
export const minimum: Binary = binary({
  name: "minimum",
  symbol: "min",
  formula: "min(x, y)",
  compute: (x, y) => Math.min(x, y),
  derivative: partials(
    (x, y) => greaterShare(y, x),
    (x, y) => greaterShare(x, y),
  ),
  convention: { text: "½ for each of two equal inputs", points: [[1, 1, 0.5, 0.5]] },
  domain: [
    [
      [-3, -2],
      [0.5, 1.4],
    ],
    [
      [-1.5, -0.5],
      [1.6, 3],
    ],
  ],
  edges: [
    [1, 2, 1],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [0, -0, -0],
  ],
});
