/**
 * Comparisons and logic, which give bool tensors, and the choice by a condition.
 */

import { refuseSurplus } from "../arguments.ts";
import { DTypeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import { type Derivative, linear, none, type Op, type RuleContext } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { zerosLike } from "../tensor/create.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { type Binary, binary, defineElementwise, type Unary, unary } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";

export const PIECEWISE: Derivative = none("its result is true or false");

/* @__NO_SIDE_EFFECTS__ */
function comparison(
  name: string,
  symbol: string,
  holds: (x: number, y: number) => boolean,
  edges: readonly (readonly number[])[],
): Binary {
  return binary({
    name,
    symbol,
    formula: `x ${symbol} y`,
    promotion: "comparison",
    compute: (x, y) => (holds(x, y) ? 1 : 0),
    derivative: PIECEWISE,
    domain: [-3, 3],
    edges,
  });
}

/**
 * x = y; false where either is NaN.
 *
 * @example
 * ```ts
 * import { equal, tensor } from "@graddiff/core";
 *
 * console.log(String(equal(tensor([1, 2, 3]), 2))); // [False  True False]
 * ```
 */
export const equal: Binary = comparison("equal", "=", (x, y) => x === y, [
  [1, 1, 1],
  [0, -0, 1],
  [NaN, NaN, 0],
]);

/**
 * x ≠ y; true where either is NaN.
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from "@graddiff/core";
 *
 * console.log(String(notEqual(tensor([1, 2, 3]), 2))); // [ True False  True]
 * ```
 */
export const notEqual: Binary = comparison("notEqual", "≠", (x, y) => x !== y, [
  [1, 1, 0],
  [NaN, NaN, 1],
]);

/**
 * x < y; false where either is NaN.
 *
 * @example
 * ```ts
 * import { less, tensor } from "@graddiff/core";
 *
 * console.log(String(less(tensor([1, 2, 3]), 2))); // [ True False False]
 * ```
 */
export const less: Binary = comparison("less", "<", (x, y) => x < y, [
  [1, 2, 1],
  [1, 1, 0],
  [NaN, 1, 0],
]);

/**
 * x ≤ y; false where either is NaN.
 *
 * @example
 * ```ts
 * import { lessEqual, tensor } from "@graddiff/core";
 *
 * console.log(String(lessEqual(tensor([1, 2, 3]), 2))); // [ True  True False]
 * ```
 */
export const lessEqual: Binary = comparison("lessEqual", "≤", (x, y) => x <= y, [
  [1, 1, 1],
  [2, 1, 0],
  [NaN, 1, 0],
]);

/**
 * x > y; false where either is NaN.
 *
 * @example
 * ```ts
 * import { greater, tensor } from "@graddiff/core";
 *
 * console.log(String(greater(tensor([1, 2, 3]), 2))); // [False False  True]
 * ```
 */
export const greater: Binary = comparison("greater", ">", (x, y) => x > y, [
  [2, 1, 1],
  [1, 1, 0],
  [NaN, 1, 0],
]);

/**
 * x ≥ y; false where either is NaN.
 *
 * @example
 * ```ts
 * import { greaterEqual, tensor } from "@graddiff/core";
 *
 * console.log(String(greaterEqual(tensor([1, 2, 3]), 2))); // [False  True  True]
 * ```
 */
export const greaterEqual: Binary = comparison("greaterEqual", "≥", (x, y) => x >= y, [
  [1, 1, 1],
  [1, 2, 0],
  [NaN, 1, 0],
]);

/**
 * Both; a number counts as true unless it is 0.
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from "@graddiff/core";
 *
 * console.log(String(logicalAnd(tensor([true, true, false]), tensor([true, false, false])))); // [ True False False]
 * ```
 */
export const logicalAnd: Binary = comparison("logicalAnd", "and", (x, y) => x !== 0 && y !== 0, [
  [1, 1, 1],
  [1, 0, 0],
]);

/**
 * Either; a number counts as true unless it is 0.
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from "@graddiff/core";
 *
 * console.log(String(logicalOr(tensor([true, true, false]), tensor([true, false, false])))); // [ True  True False]
 * ```
 */
export const logicalOr: Binary = comparison("logicalOr", "or", (x, y) => x !== 0 || y !== 0, [
  [0, 1, 1],
  [0, 0, 0],
]);

/**
 * One of them alone, broadcast; a number counts as true unless it is 0.
 *
 * @example
 * ```ts
 * import { logicalXor, tensor } from "@graddiff/core";
 *
 * console.log(String(logicalXor(tensor([true, true, false]), tensor([true, false, false])))); // [False  True False]
 * ```
 */
export const logicalXor: Binary = binary({
  name: "logicalXor",
  symbol: "xor",
  formula: "x xor y",
  promotion: "comparison",
  body: (x, y) => logicalNot(x).notEqual(logicalNot(y)),
  derivative: PIECEWISE,
  domain: [-3, 3],
  edges: [
    [2, 1, 0],
    [0, -0, 0],
    [2, 0, 1],
    [NaN, 0, 1],
  ],
});

/**
 * The contrary; a number counts as true unless it is 0.
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from "@graddiff/core";
 *
 * console.log(String(logicalNot(tensor([true, false])))); // [False  True]
 * ```
 */
export const logicalNot: Unary = unary({
  name: "logicalNot",
  symbol: "not",
  formula: "not x",
  promotion: "comparison",
  compute: (x) => (x === 0 ? 1 : 0),
  derivative: PIECEWISE,
  domain: [-3, 3],
  edges: [
    [0, 1],
    [2, 0],
  ],
});

const whereOp = defineElementwise({
  name: "where",
  formula: "x where the condition holds, else y",
  promotion: "none",
  convention: {
    text: "0 for the side that is not chosen, which an infinite slope makes NaN",
    points: [
      [1, 2, NaN, 1, 0],
      [0, Infinity, 2, 0, 1],
    ],
  },
  compute: (condition, x, y) => (condition !== 0 ? x : y),
  derivative: linear(
    undefined,
    (cotangent, { inputs: [condition] }: RuleContext) =>
      choose(condition, cotangent, zerosLike(cotangent)),
    (cotangent, { inputs: [condition] }: RuleContext) =>
      choose(condition, zerosLike(cotangent), cotangent),
  ),
  domain: [-3, 3],
  edges: [
    [1, 2, NaN, 2],
    [0, NaN, 3, 3],
  ],
  cases: [
    [[], [], []],
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[3], [2, 3], []],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
  ],
  dtypes: ["bool", undefined, undefined],
});

/**
 * Returns x if the condition, a scalar, is true, else zeros: the contribution of a masked gradient.
 */
export function masked(condition: Tensor, x: Tensor): Tensor {
  return apply(maskOp, [condition, x], NO_ATTRIBUTES);
}

/** The op of {@link masked}. */
const maskOp: Op = defineElementwise({
  name: "mask",
  formula: "x where the condition holds, else 0",
  promotion: "none",
  body: (condition: Tensor, x: Tensor) => where(condition, x, zerosLike(x)),
  derivative: linear(undefined, (cotangent, { inputs: [condition] }: RuleContext) =>
    masked(toTensor("mask", "condition", condition ?? 0), cotangent),
  ),
  domain: [-3, 3],
  edges: [
    [1, 2, 2],
    [0, NaN, 0],
  ],
  cases: [
    [[], []],
    [[], [2, 3]],
  ],
  dtypes: ["bool", undefined],
  mask: 0,
});

function choose(condition: Tensor | undefined, x: Tensor, y: Tensor): Tensor {
  return where(toTensor("where", "condition", condition ?? 0), x, y);
}

/**
 * x where the condition holds, else y; all three broadcast. The side that was not chosen gets a
 * gradient of 0.
 *
 * Both sides are computed everywhere. Where the derivative of the other side is infinite, 0 times
 * it is NaN: give that side an input it can bear, as in
 * `where(positive, where(positive, x, 1).log(), 0)`.
 *
 * @param condition a bool tensor, as comparisons give.
 * @throws DTypeError if the condition is not bool.
 * @example
 * ```ts
 * import { tensor, where } from "@graddiff/core";
 *
 * const x = tensor([-1, 4]);
 * console.log(String(where(x.greater(0), x.sqrt(), 0))); // [0. 2.]
 * ```
 */
export function where(condition: Tensor, x: TensorLike, y: TensorLike): Tensor {
  refuseSurplus("where", 3, arguments);
  const test = toTensor("where", "condition", condition);
  if (test.dtype !== "bool") {
    const expected = "a bool tensor";
    const hint = "Compare first, as in x.greater(0)";
    throw new DTypeError("where", "condition", expected, test.dtype, hint);
  }
  const inputs = [toTensor("where", "x", x), toTensor("where", "y", y)];
  const branches = promoteInputs("where", inputs, "same");
  return apply(whereOp, [test, ...branches], NO_ATTRIBUTES);
}
