/**
 * The share of predictions that are right.
 */

import { ArgumentError, any, type Tensor, topK } from "@graddiff/core";
import { optional, positiveInteger, promoteInputs } from "@graddiff/core/extend";
import { classCount } from "../losses/classes.ts";
import {
  checkedClasses,
  checkRows,
  predictedClasses,
  readThreshold,
  rightClasses,
  type ThresholdOptions,
} from "./classes.ts";
import { countOf, noCounts, takingPart } from "./counting.ts";
import { type Metric, type MetricState, metric } from "./metric.ts";

/** The number of correct predictions, and the number of elements that are not masked. */
interface Counts extends MetricState {
  readonly right: Tensor;
  readonly count: Tensor;
}

const shareOf = ({ right, count }: Counts): Tensor => right.div(count);

const withMore = ({ right, count }: Counts, isRight: Tensor, takesPart: Tensor): Counts => ({
  right: right.add(countOf(isRight.logicalAnd(takesPart))),
  count: count.add(countOf(takesPart)),
});

const startOfShare = (): Counts => ({ right: noCounts(), count: noCounts() });

/**
 * The share of predictions that are right, from 0 to 1; NaN where nothing takes part.
 *
 * All metrics of classes read predictions alike:
 *
 * - int32 or bools of the shape of `expected` are classes;
 * - floats with one more axis at the end are scores of each class, logits or probabilities: the greatest is the
 *   prediction, the first of equal ones;
 * - floats of the shape of `expected` are scores of class 1 against class 0, which need the option `threshold`: 0 for
 *   logits, 0.5 for probabilities. Scores above it are class 1.
 *
 * @param predicted classes or scores.
 * @param expected the right classes, int32 or bools of any shape; where predictions have their shape also floats 0 and 1,
 *   as `binaryCrossEntropy` takes them.
 * @param options `threshold` (of scores of two classes), `mask` (bools that broadcast to `expected`, true where an
 *   element takes part).
 * @returns a float64 scalar, so counts are exact up to 2⁵³. It can be computed inside of compile.
 * @throws DTypeError for right classes that are other floats; ShapeError for shapes that do not fit; ArgumentError for
 *   scores of two classes without a threshold, and for floats other than 0 and 1.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { accuracy } from "@graddiff/nn";
 *
 * const expected = tensor([1, 0, 1], { dtype: "int32" });
 * console.log(accuracy(tensor([[0, 9], [2, 1], [5, 3]]), expected).item()); // 0.6666666666666666
 * console.log(accuracy(tensor([2.5, -1, 3]), expected, { threshold: 0 }).item()); // 1
 *
 * const metric = accuracy.streaming();
 * let state = metric.start();
 * for (const predicted of [0, 1, 1]) {
 *   state = metric.add(state, tensor([predicted], { dtype: "int32" }), tensor([1], { dtype: "int32" }));
 * }
 * console.log(metric.result(state).item()); // 0.6666666666666666
 * ```
 */
export const accuracy: Metric<ThresholdOptions> = metric({
  name: "accuracy",
  options: { threshold: readThreshold },
  settings: ({ threshold }) => threshold,
  start: startOfShare,
  add: (state, batch, threshold) => {
    const right = rightClasses("accuracy", "expected", batch.expected, batch);
    const predicted = predictedClasses("accuracy", batch, threshold);
    const takesPart = takingPart("accuracy", batch.mask, right.shape);
    return withMore(state, predicted.equal(right), takesPart);
  },
  result: shareOf,
});

const readK = optional(positiveInteger, 5);

/** The options of {@link topKAccuracy}. */
export interface TopKAccuracyOptions {
  /** The number of greatest scores that count. Default 5. */
  readonly k?: number;
}

/**
 * The share of rows whose right class is among those of the k greatest scores; of equal scores the first classes count.
 * NaN where nothing takes part.
 *
 * @param logits scores of shape [..., classes]: logits or probabilities.
 * @param classes the right classes, int32 of shape [...].
 * @param options `k` (default 5), `mask` (bools that broadcast to the classes, true where a row takes part).
 * @returns a float64 scalar. It can be computed inside of compile.
 * @throws DTypeError for classes that are floats; ShapeError for shapes that do not fit, and for fewer than k classes;
 *   ArgumentError for a class out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { topKAccuracy } from "@graddiff/nn";
 *
 * const logits = tensor([[1, 2, 3], [3, 2, 1]]);
 * console.log(topKAccuracy(logits, tensor([1, 2], { dtype: "int32" }), { k: 2 }).item()); // 0.5
 * ```
 */
export const topKAccuracy: Metric<TopKAccuracyOptions> = metric({
  name: "topKAccuracy",
  options: { k: readK },
  settings: ({ k }) => k,
  start: startOfShare,
  add: (state, { predicted, expected, mask }, k) => {
    const op = "topKAccuracy";
    const count = classCount(op, "predicted", predicted);
    const right = rightClasses(op, "expected", expected);
    checkRows(op, predicted, right);
    if (k > count) {
      throw new ArgumentError(op, "k", `at most ${count}, the number of classes`, String(k));
    }
    const takesPart = takingPart(op, mask, right.shape);
    const checked = checkedClasses({ op, argument: "expected" }, right, takesPart, count);
    const [scores] = promoteInputs(op, [predicted], "float");
    const { indices } = topK(scores, k);
    const isRight = any(indices.equal(checked.reshape([...checked.shape, 1])), -1);
    return withMore(state, isRight, takesPart);
  },
  result: shareOf,
});
