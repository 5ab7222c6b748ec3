/**
 * The area under the receiver operating characteristic, by ranks.
 */

import {
  any,
  argSort,
  concat,
  DTypeError,
  ShapeError,
  searchSorted,
  type Tensor,
  where,
  zeros,
} from "@graddiff/core";
import { checked, formatShape, isFloat, promoteInputs, sameShape } from "@graddiff/core/extend";
import { takingPart } from "./counting.ts";
import { type Metric, metric } from "./metric.ts";

const op = "areaUnderCurve";

/**
 * The area under the receiver operating characteristic: the probability that a positive element has a higher score than
 * a negative one, where equal scores count half (Hanley and McNeil, The Meaning and Use of the Area under a Receiver
 * Operating Characteristic (ROC) Curve, 1982).
 *
 * It is NaN where there are no positive or no negative elements, and where a score is NaN. Its streaming form keeps all
 * scores and labels, since no smaller state tells the ranks. So its state grows, and a compiled function that adds to
 * it compiles anew each time. Add to it outside of compiled functions.
 *
 * @param scores floats of any shape: logits, probabilities or whatever grows with them.
 * @param labels 0 and 1, or bools, of the same shape.
 * @param options `mask` (bools that broadcast to the scores, true where an element takes part).
 * @returns a float64 scalar. It can be computed inside of compile.
 * @throws ShapeError for shapes that differ; DTypeError for scores that are not floats; ArgumentError for
 *   other labels (a compiled function throws it when it runs).
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { areaUnderCurve } from "@graddiff/nn";
 *
 * const labels = tensor([false, false, true, true]);
 * console.log(areaUnderCurve(tensor([0.1, 0.4, 0.4, 0.8]), labels).item()); // 0.875
 * ```
 */
export const areaUnderCurve: Metric = metric({
  name: op,
  options: {},
  settings: () => undefined,
  start: () => ({
    scores: zeros([0], { dtype: "float32" }),
    isPositive: zeros([0], { dtype: "bool" }),
    takesPart: zeros([0], { dtype: "bool" }),
  }),
  add: (state, { predicted, expected, mask }) => {
    checkScores(predicted, expected);
    const takesPart = takingPart(op, mask, expected.shape);
    const labels = checked(where(takesPart, expected, 0), {
      op,
      argument: "expected",
      low: 0,
      high: 1,
      only: true,
      expected: "labels 0 and 1, or bools",
      hint: "Make them of −1 and 1 with labels.greater(0)",
    });
    const [scores] = promoteInputs(op, [predicted], "float");
    const extended = (before: Tensor, more: Tensor) => concat([before, more.reshape([more.size])]);
    return {
      scores: extended(state.scores, scores),
      isPositive: extended(state.isPositive, labels.notEqual(0)),
      takesPart: extended(state.takesPart, takesPart),
    };
  },
  result: ({ scores, isPositive, takesPart }) =>
    areaOf(where(takesPart, scores, 0), isPositive, takesPart),
});

function checkScores(scores: Tensor, labels: Tensor): void {
  if (!isFloat(scores.dtype)) {
    const hint = "Predicted classes have no ranks: pass the scores that they are made of";
    throw new DTypeError(op, "predicted", "floats", scores.dtype, hint);
  }
  if (!sameShape(scores.shape, labels.shape)) {
    throw new ShapeError(
      op,
      "expected",
      `the scores' shape ${formatShape(scores.shape)}`,
      formatShape(labels.shape),
      "Of scores of two classes take those of class 1, as in take(scores, 1, -1)",
    );
  }
}

/**
 * Returns the fraction of pairs in which the positive element has the higher score than the negative; ties count half.
 */
function areaOf(scores: Tensor, isPositive: Tensor, takesPart: Tensor): Tensor {
  const order = argSort(scores);
  const sorted = scores.take(order);
  const positives = isPositive.logicalAnd(takesPart).cast("float64");
  const negatives = takesPart.cast("float64").sub(positives);
  // The count of negatives among the first n in order.
  const none = zeros([1], { dtype: "float64" });
  const before = concat([none, negatives.take(order).cumulativeSum()]);
  const below = before.take(searchSorted(sorted, scores));
  const upTo = before.take(searchSorted(sorted, scores, { side: "right" }));
  const wins = positives.mul(below.add(upTo)).sum().div(2);
  const area = wins.div(positives.sum().mul(negatives.sum()));
  return where(any(scores.isNaN()), Number.NaN, area);
}
