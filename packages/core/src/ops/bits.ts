/**
 * The bits of int32, and of bool, whose one bit is its value. Floats are refused; a plain number is an int32.
 */

import { refuseSurplus } from "../arguments.ts";
import { DTypeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import type { ScalarFunction } from "../graph/kernel.ts";
import { none } from "../graph/op.ts";
import { NO_ATTRIBUTES, type TensorType } from "../graph/types.ts";
import { broadcastShapes, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { logicalAnd, logicalNot, logicalOr, logicalXor } from "./comparison.ts";
import { type Binary, defineElementwise, type Unary } from "./elementwise.ts";
import { castToWhole, promoteInputs } from "./promote.ts";

/** The least int32. Not as a power, which esbuild takes for something that may have effects. */
const LEAST = -2147483648;

const CASES = {
  1: [[[]], [[5]], [[2, 3]], [[0]]],
  2: [
    [[], []],
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], []],
    [
      [2, 1],
      [1, 3],
    ],
  ],
} as const;

/** Defines an op of integers. */
/* @__NO_SIDE_EFFECTS__ */
function ofBits<Function extends Unary | Binary>(definition: {
  readonly name: string;
  readonly symbol: string;
  readonly inputs: Function extends Unary ? 1 : 2;
  readonly compute: ScalarFunction;
  readonly edges: readonly (readonly number[])[];
  /** The function of bools; without it they are refused. */
  readonly ofBooleans?: Function;
}): Function {
  const { inputs, ofBooleans, ...fields } = definition;
  const { name, symbol } = fields;
  const op = defineElementwise({
    ...fields,
    formula: inputs === 1 ? `${symbol}x` : `x ${symbol} y`,
    promotion: "none",
    derivative: none("its result is an integer"),
    domain: [-40, 40],
    cases: CASES[inputs],
    dtypes: ["int32", "int32"],
    check: (types) => {
      types.forEach((type, i) => {
        checkInteger(name, i, type, ofBooleans);
      });
    },
  });
  const run = (inputs: readonly Tensor[]) => {
    const whole = inputs.every(({ weak }) => weak)
      ? inputs.map((each) => castToWhole(each, { op: name }))
      : promoteInputs(name, inputs, "same");
    if (!ofBooleans || whole.some(({ dtype }) => dtype !== "bool"))
      return apply(op, whole, NO_ATTRIBUTES);
    whole.reduce<Shape>((shape, each) => broadcastShapes(name, shape, each.shape), []);
    return apply(ofBooleans.op, whole, NO_ATTRIBUTES);
  };
  const call =
    inputs === 1
      ? (x: TensorLike, more: unknown = undefined, rest: unknown = undefined) => {
          if (more !== undefined) refuseSurplus(name, 1, [x, more, rest]);
          return run([toTensor(name, "x", x)]);
        }
      : (x: TensorLike, y: TensorLike, more: unknown = undefined, rest: unknown = undefined) => {
          if (more !== undefined) refuseSurplus(name, 2, [x, y, more, rest]);
          return run([toTensor(name, "x", x), toTensor(name, "y", y)]);
        };
  // As many parameters as inputs.
  return Object.assign(call, { op }) as Unary | Binary as Function;
}

/** @throws DTypeError for floats. */
function checkInteger(op: string, index: number, { dtype }: TensorType, ofBooleans: unknown): void {
  if (dtype === "int32") return;
  const expected = ofBooleans ? "an int32 or bool tensor" : "an int32 tensor";
  throw new DTypeError(op, index === 0 ? "x" : "y", expected, dtype, 'Convert with cast("int32")');
}

/**
 * The bits that both have, broadcast; of bools as `logicalAnd`.
 *
 * @throws DTypeError for floats, and for numbers that are no int32.
 * @example
 * ```ts
 * import { bitwiseAnd, tensor } from "@graddiff/core";
 *
 * console.log(String(bitwiseAnd(tensor([12, 7], { dtype: "int32" }), 10))); // [8 2]
 * ```
 */
export const bitwiseAnd: Binary = ofBits<Binary>({
  name: "bitwiseAnd",
  symbol: "&",
  inputs: 2,
  compute: (x, y) => x & y,
  ofBooleans: logicalAnd,
  edges: [
    [12, 10, 8],
    [-1, 7, 7],
    [LEAST, -1, LEAST],
  ],
});

/**
 * The bits that either has, broadcast; of bools as `logicalOr`. @throws DTypeError for floats.
 *
 * @example
 * ```ts
 * import { bitwiseOr, tensor } from "@graddiff/core";
 *
 * console.log(String(bitwiseOr(tensor([1, 4], { dtype: "int32" }), 3))); // [3 7]
 * ```
 */
export const bitwiseOr: Binary = ofBits<Binary>({
  name: "bitwiseOr",
  symbol: "|",
  inputs: 2,
  compute: (x, y) => x | y,
  ofBooleans: logicalOr,
  edges: [
    [12, 10, 14],
    [-1, 7, -1],
  ],
});

/**
 * The bits that one of them alone has, broadcast; of bools as `logicalXor`. @throws DTypeError for floats.
 *
 * @example
 * ```ts
 * import { bitwiseXor, tensor } from "@graddiff/core";
 *
 * console.log(String(bitwiseXor(tensor([1, 4], { dtype: "int32" }), 3))); // [2 7]
 * ```
 */
export const bitwiseXor: Binary = ofBits<Binary>({
  name: "bitwiseXor",
  symbol: "^",
  inputs: 2,
  compute: (x, y) => x ^ y,
  ofBooleans: logicalXor,
  edges: [
    [12, 10, 6],
    [-1, 7, -8],
  ],
});

/**
 * The bits that it has not, −x − 1; of bools as `logicalNot`. @throws DTypeError for floats.
 *
 * @example
 * ```ts
 * import { bitwiseNot, tensor } from "@graddiff/core";
 *
 * console.log(String(bitwiseNot(tensor([0, 5], { dtype: "int32" })))); // [-1 -6]
 * ```
 */
export const bitwiseNot: Unary = ofBits<Unary>({
  name: "bitwiseNot",
  symbol: "~",
  inputs: 1,
  compute: (x) => ~x,
  ofBooleans: logicalNot,
  edges: [
    [0, -1],
    [5, -6],
    [LEAST, 2147483647],
  ],
});

/**
 * The bits of an int32 moved up by y bits, broadcast: x · 2^y, of which the lowest 32 bits stay. As in JavaScript
 * the count is taken modulo 32.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * ```ts
 * import { leftShift, tensor } from "@graddiff/core";
 *
 * console.log(String(leftShift(1, tensor([0, 3, 31], { dtype: "int32" })))); // [          1           8 -2147483648]
 * ```
 */
export const leftShift: Binary = ofBits<Binary>({
  name: "leftShift",
  symbol: "<<",
  inputs: 2,
  compute: (x, y) => x << y,
  edges: [
    [1, 3, 8],
    [1, 31, LEAST],
    [3, 31, LEAST],
    [5, 32, 5],
    [1, -1, LEAST],
  ],
});

/**
 * The bits of an int32 moved down by y bits, broadcast: ⌊x / 2^y⌋, with the sign of x. As in JavaScript the count
 * is taken modulo 32.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * ```ts
 * import { rightShift, tensor } from "@graddiff/core";
 *
 * console.log(String(rightShift(tensor([8, -8], { dtype: "int32" }), 2))); // [ 2 -2]
 * ```
 */
export const rightShift: Binary = ofBits<Binary>({
  name: "rightShift",
  symbol: ">>",
  inputs: 2,
  compute: (x, y) => x >> y,
  edges: [
    [-5, 1, -3],
    [-1, 31, -1],
    [8, 3, 1],
    [5, 32, 5],
    [LEAST, 31, -1],
  ],
});
