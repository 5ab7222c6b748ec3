/**
 * Cumulative ops: each element is computed from those before it along an axis. This file has their common definition,
 * and the one that is a method; the others are in `scans.ts`.
 */

import { flag, integer, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { type AlongScan, cumulativeSumKernel } from "../families/scan.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { type BatchRule, linear, type Op, type Promotion, sameType } from "../graph/op.ts";
import { normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";

/** The last argument of every cumulative op. */
export interface CumulativeOptions {
  /** True if it begins with the last element along the axis. Default false. */
  readonly reverse?: boolean;
}

/** A function of a tensor along an axis, in order. */
export type Cumulative = (x: TensorLike, axis?: number, options?: CumulativeOptions) => Tensor;

const readAxis = optional(integer, -1);
const readOptions = optionsReader({ reverse: optional(flag, false) });

/** The batch is one more axis in front. */
export const batchScan: BatchRule<AlongScan> = ({ op, inputs, attributes: { axis, reverse } }) =>
  applyAll(op, inputs, { axis: axis + 1, reverse });

/** Defines a cumulative op. */
/* @__NO_SIDE_EFFECTS__ */
export function cumulative(
  fields: Pick<
    Op<AlongScan>,
    "name" | "symbol" | "formula" | "derivative" | "convention" | "kernel" | "body"
  > & {
    readonly promotion?: Promotion;
  },
): Cumulative {
  const { name, promotion = "arithmetic" } = fields;
  const op: Op<AlongScan> = register<AlongScan>({
    ...fields,
    family: "scan",
    promotion,
    results: sameType,
    batch: batchScan,
    examples: {
      domain: [-2, 2],
      cases: [
        { shapes: [[5]], attributes: { axis: 0, reverse: false } },
        { shapes: [[5, 4]], attributes: { axis: 1, reverse: true } },
        { shapes: [[2, 3, 4]], attributes: { axis: 1, reverse: false } },
        { shapes: [[3, 2]], attributes: { axis: 0, reverse: true } },
      ],
    },
  });
  return function (x, axis, options) {
    refuseSurplus(name, 3, arguments);
    const { reverse } = readOptions(name, options);
    const [input] = promoteInputs(name, [toTensor(name, "x", x)], promotion);
    const along = normalizeAxis(name, readAxis(name, "axis", axis), input.rank);
    return apply(op, [input], { axis: along, reverse });
  };
}

/**
 * The sums of all elements up to each, along an axis: x₀, x₀ + x₁, … Up to 128 elements they are added in this order,
 * rounded after each. Beyond, each sum is (top + base) + local. `local` is the running sum in a block of 128 elements,
 * `base` that of the blocks before in a superblock of 128 blocks, `top` that of the superblocks before. So rounding errors
 * stay small: 10⁷ times 0.1 in float32 is right within 1e-5, where one running sum is 8.8 % off. The order is another than
 * that of `sum`; its gradient has it from the other end.
 *
 * @param x numbers; bools are counted, in int32. An int32 sum wraps around beyond 2³¹.
 * @param axis default the last.
 * @param options `reverse` (default false): from the last element on.
 * @returns the shape of x.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { cumulativeSum, tensor } from "@graddiff/core";
 *
 * const x = tensor([1, 2, 3]);
 * console.log(String(cumulativeSum(x)), String(x.cumulativeSum(0, { reverse: true }))); // [1. 3. 6.] [6. 5. 3.]
 * ```
 */
export const cumulativeSum: Cumulative = cumulative({
  name: "cumulativeSum",
  symbol: "Σ…",
  formula: "x₀ + … + xₖ",
  kernel: cumulativeSumKernel(),
  derivative: linear((cotangent, { attributes: { axis, reverse } }) =>
    cumulativeSum(cotangent, axis, { reverse: !reverse }),
  ),
});
