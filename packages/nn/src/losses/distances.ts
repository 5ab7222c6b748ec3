/**
 * Losses of regression: distances of predictions from target numbers.
 */

import { clip } from "@graddiff/core";
import { nonNegative, optional, positive } from "@graddiff/core/extend";
import { type LossOptions, type PairLoss, pairLoss } from "./reducing.ts";

/**
 * Returns the squared difference of prediction and target, (x − y)². A NaN among them is no error, here as in every
 * loss: the loss is NaN then, and `explain` shows the op at which it began.
 *
 * @param prediction any shape; int32 and bools become the default float dtype.
 * @param target the same shape: nothing is broadcast, since that hides mistakes.
 * @param options `reduction` ("mean", "sum" or "none"; default "mean"), `mask` (bools that broadcast to the prediction,
 *   true where an element takes part). A mean is NaN where the mask lets none take part, as in PyTorch.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { meanSquaredError } from "@graddiff/nn";
 *
 * console.log(meanSquaredError(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * console.log(String(meanSquaredError(tensor([1, 2]), tensor([1, 4]), { reduction: "none" }))); // [0. 4.]
 * ```
 */
export const meanSquaredError: PairLoss = pairLoss("meanSquaredError", {}, (x, y) =>
  x.sub(y).square(),
);

/**
 * Returns the absolute difference of prediction and target, |x − y|. Its gradient is 0 where they are equal.
 *
 * @param prediction any shape; int32 and bools become the default float dtype.
 * @param target the same shape.
 * @param options `reduction` and `mask`, as for {@link meanSquaredError}.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { meanAbsoluteError } from "@graddiff/nn";
 *
 * const mask = tensor([true, false]);
 * console.log(meanAbsoluteError(tensor([1, 2]), tensor([4, NaN]), { mask }).item()); // 3
 * ```
 */
export const meanAbsoluteError: PairLoss = pairLoss("meanAbsoluteError", {}, (x, y) =>
  x.sub(y).abs(),
);

/** The options of {@link huberLoss}. */
export interface HuberLossOptions extends LossOptions {
  /** The difference up to which the loss is quadratic, which is also its greatest slope. Default 1. */
  readonly delta?: number;
}

/**
 * Returns the Huber loss of the difference d of prediction and target: d² / 2 for |d| up to δ, and beyond it the
 * straight line δ (|d| − δ / 2). So the slope of outliers is at most δ (Huber, Robust Estimation of a Location
 * Parameter, 1964).
 *
 * It is computed as c (d − c / 2), where c is d clipped to −δ … δ. This has the right derivatives of all orders.
 *
 * @param prediction any shape; int32 and bools become the default float dtype.
 * @param target the same shape.
 * @param options `delta` (default 1); `reduction` and `mask`, as for {@link meanSquaredError}.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements; ArgumentError for a delta that is not above
 *   0.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { huberLoss } from "@graddiff/nn";
 *
 * console.log(String(huberLoss(tensor([1, 10]), tensor([0, 0]), { delta: 2, reduction: "none" }))); // [ 0.5 18. ]
 * ```
 */
export const huberLoss: PairLoss<HuberLossOptions> = pairLoss(
  "huberLoss",
  { delta: optional(positive, 1) },
  (x, y, { delta }) => {
    const difference = x.sub(y);
    const within = clip(difference, -delta, delta);
    return within.mul(difference.sub(within.mul(0.5)));
  },
);

/** The options of {@link smoothL1}. */
export interface SmoothL1Options extends LossOptions {
  /** The difference up to which the loss is a parabola; with 0 it is |d|. Default 1. */
  readonly beta?: number;
}

/**
 * Returns d² / (2β) for a difference d of prediction and target up to β, and |d| − β / 2 beyond it. This is `huberLoss`
 * with the delta β, divided by β, so its slope is at most 1 (Girshick, Fast R-CNN, 2015).
 *
 * @param prediction any shape; int32 and bools become the default float dtype.
 * @param target the same shape.
 * @param options `beta` (default 1); `reduction` and `mask`, as for {@link meanSquaredError}.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements; ArgumentError for a negative beta.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { smoothL1 } from "@graddiff/nn";
 *
 * console.log(String(smoothL1(tensor([1, 10]), tensor([0, 0]), { beta: 2, reduction: "none" }))); // [0.25 9.  ]
 * ```
 */
export const smoothL1: PairLoss<SmoothL1Options> = pairLoss(
  "smoothL1",
  { beta: optional(nonNegative, 1) },
  (x, y, { beta }) => {
    const difference = x.sub(y);
    if (beta === 0) return difference.abs();
    const within = clip(difference, -beta, beta);
    return within.div(beta).mul(difference.sub(within.mul(0.5)));
  },
);
