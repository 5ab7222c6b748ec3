/**
 * Rounding to integers. int32 stays as it is; bool becomes int32. Derivatives are 0 everywhere.
 */

import { integer, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import type { ScalarFunction } from "../graph/kernel.ts";
import { partials } from "../graph/op.ts";
import { isFloat } from "../tensor/dtype.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { where } from "./comparison.ts";
import { type Unary, type UnaryWith, unary } from "./elementwise.ts";

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

/**
 * The greatest integer that is not above x; −0 stays. Its derivative is 0 everywhere.
 *
 * @example
 * ```ts
 * import { floor, tensor } from "@graddiff/core";
 *
 * console.log(String(floor(tensor([-1.5, 0.2, 2])))); // [-2.  0.  2.]
 * ```
 */
export const floor: Unary = rounding("floor", "⌊x⌋", Math.floor, [
  [1.5, 1],
  [-1.5, -2],
  [-0.25, -1],
]);

/**
 * The least integer that is not below x; of −1 < x < 0 it is −0. Its derivative is 0 everywhere.
 *
 * @example
 * ```ts
 * import { ceil, tensor } from "@graddiff/core";
 *
 * console.log(String(ceil(tensor([-1.5, 0.2, 2])))); // [-1.  1.  2.]
 * ```
 */
export const ceil: Unary = rounding("ceil", "⌈x⌉", Math.ceil, [
  [1.5, 2],
  [-1.5, -1],
  [-0.25, -0],
]);

/**
 * x without its fraction, toward 0; of −1 < x < 0 it is −0. Its derivative is 0 everywhere.
 *
 * @example
 * ```ts
 * import { tensor, trunc } from "@graddiff/core";
 *
 * console.log(String(trunc(tensor([-1.5, 0.2, 2.7])))); // [-1.  0.  2.]
 * ```
 */
export const trunc: Unary = rounding("trunc", "x toward 0", Math.trunc, [
  [1.75, 1],
  [-1.75, -1],
  [-0.25, -0],
]);

/** Math.round rounds halves up; here they are rounded to the even neighbour. */
function toEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

const nearest: Unary = rounding("round", "the nearest integer, ties to even", toEven, [
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

/** The options of {@link round}. */
export interface RoundOptions {
  /** The number of digits that stay after the point; a negative number counts those before it. Default 0. */
  readonly decimals?: number;
}

const readRound = optionsReader({ decimals: optional(integer, 0) });

/** Rounds with an exact power of ten: for fewer digits x is divided by one, and for more it is multiplied. */
function roundTo(x: Tensor, decimals: number): Tensor {
  const power = Number(`1e${Math.abs(decimals)}`);
  if (decimals < 0) return nearest(x.div(power)).mul(power);
  const scaled = x.mul(power);
  // A number that is too great to be multiplied has no digits after the point.
  return where(scaled.isFinite(), nearest(scaled).div(power), x.stopGradient());
}

/**
 * The nearest integer, of two equally near ones the even one, as NumPy and PyTorch have it; or the nearest number with
 * some decimals. Its derivative is 0 everywhere.
 *
 * @param options `decimals` (default 0): how many digits after the point stay, or with a negative number, how many
 *   before it become 0. What is rounded is x · 10^decimals, so 2.675 in binary, which is less, becomes 2.68.
 * @example
 * ```ts
 * import { round, tensor } from "@graddiff/core";
 *
 * console.log(String(round(tensor([0.5, 1.5, 2.5, -1.2])))); // [ 0.  2.  2. -1.]
 * console.log(String(tensor([3.14159, 271.8]).round({ decimals: 2 }))); // [  3.14 271.8 ]
 * ```
 */
export const round: UnaryWith<RoundOptions> = Object.assign(
  (x: TensorLike, options?: RoundOptions, ...more: unknown[]): Tensor => {
    if (options === undefined) return nearest(x);
    if (more.length > 0) refuseSurplus("round", 2, [x, options, ...more]);
    const { decimals } = readRound("round", options);
    const input = toTensor("round", "x", x);
    if (isFloat(input.dtype)) return decimals === 0 ? nearest(x) : roundTo(input, decimals);
    return decimals < 0 ? roundTo(input.cast("float64"), decimals).cast("int32") : nearest(x);
  },
  { op: nearest.op },
);
