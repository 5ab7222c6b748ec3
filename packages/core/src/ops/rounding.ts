/**
 * Rounding to integers. int32 stays as it is; bool becomes int32. Derivatives are 0 everywhere.
 */

import type { ScalarFunction } from "../graph/kernel.ts";
import { partials } from "../graph/op.ts";
import { type Unary, unary } from "./elementwise.ts";

const CONVENTION = {
  text: "0 also at the jumps",
  points: [
    [1, 0],
    [0.5, 0],
  ],
} as const;

/* @__NO_SIDE_EFFECTS__ */
function rounding(
  name: string,
  formula: string,
  compute: ScalarFunction,
  edges: readonly (readonly number[])[],
): Unary {
  return unary({
    name,
    formula,
    compute,
    derivative: partials(undefined),
    convention: CONVENTION,
    domain: [-9, 9],
    edges: [
      ...edges,
      [-0, -0],
      [2 ** 31 + 256, 2 ** 31 + 256],
      [-(2 ** 52), -(2 ** 52)],
      [Infinity, Infinity],
      [NaN, NaN],
    ],
  });
}

/** The greatest integer that is not above x; −0 stays. Its derivative is 0 everywhere. */
export const floor: Unary = rounding("floor", "⌊x⌋", Math.floor, [
  [1.5, 1],
  [-1.5, -2],
  [-0.25, -1],
]);

/** The least integer that is not below x; of −1 < x < 0 it is −0. Its derivative is 0 everywhere. */
export const ceil: Unary = rounding("ceil", "⌈x⌉", Math.ceil, [
  [1.5, 2],
  [-1.5, -1],
  [-0.25, -0],
]);

/** x without its fraction, toward 0; of −1 < x < 0 it is −0. Its derivative is 0 everywhere. */
export const trunc: Unary = rounding("trunc", "x toward 0", Math.trunc, [
  [1.75, 1],
  [-1.75, -1],
  [-0.25, -0],
]);

/** Math.round goes up from the middle, where the even neighbor is wanted. */
function toEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * The nearest integer, of two equally near ones the even one, as NumPy and PyTorch have it. Its derivative is 0
 * everywhere.
 *
 * @example
 * ```ts
 * import { round, tensor } from "@graddiff/core";
 *
 * console.log(String(round(tensor([0.5, 1.5, 2.5, -1.2])))); // [ 0.  2.  2. -1.]
 * ```
 */
export const round: Unary = rounding("round", "the nearest integer, ties to even", toEven, [
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, -0],
  [-1.5, -2],
  [-2.5, -2],
  [0.49999997, 0],
  [8388609, 8388609],
  [-0.25, -0],
]);
