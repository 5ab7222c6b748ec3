/**
 * The coefficient of determination of predicted numbers.
 */

import { type Tensor, where } from "@graddiff/core";
import { samePair } from "../losses/reducing.ts";
import { countOf, noCounts, ratioOr, takingPart } from "./counting.ts";
import { type Metric, type MetricState, metric } from "./metric.ts";

/** The statistics of a batch from which R² is computed. */
interface Moments extends MetricState {
  readonly count: Tensor;
  readonly mean: Tensor;
  /** The sum of squared differences to the mean. */
  readonly spread: Tensor;
  /** The sum of squared differences to the predictions. */
  readonly residual: Tensor;
}

/**
 * R², the coefficient of determination: 1 − Σ (y − x)² / Σ (y − ȳ)² of predictions x and numbers y. A value of 1 is
 * perfect, 0 no better than the mean of y, and less is worse.
 *
 * As in scikit-learn, numbers that are all equal give 1 where the predictions are perfect, and else 0; fewer than two
 * give NaN. Other than there, all elements are one sample, whatever their shape: call it once for each output of a
 * model.
 *
 * Its streaming form adds up means and squares of batches as Chan, Golub and LeVeque do (Updating Formulae and a
 * Pairwise Algorithm for Computing Sample Variances, 1979), which keeps the digits that sums of squares would lose.
 *
 * @param predicted numbers of any shape.
 * @param expected numbers of the same shape.
 * @param options `mask` (bools that broadcast to the shape, true where an element takes part).
 * @returns a float64 scalar. It can be computed inside of compile.
 * @throws ShapeError for shapes that differ.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { r2 } from "@graddiff/nn";
 *
 * console.log(r2(tensor([1, 2, 4]), tensor([1, 2, 3])).item()); // 0.5
 * ```
 */
export const r2: Metric = metric({
  name: "r2",
  options: {},
  settings: () => undefined,
  start: () => ({
    count: noCounts(),
    mean: noCounts(),
    spread: noCounts(),
    residual: noCounts(),
  }),
  add: (state, { predicted, expected, mask }) => {
    const names = ["predicted numbers", "expected"] as const;
    const [x, y] = samePair("r2", names, predicted, expected);
    const takesPart = takingPart("r2", mask, y.shape);
    const batch = momentsOf(x.cast("float64"), y.cast("float64"), takesPart);
    return together(state, batch);
  },
  result: ({ count, spread, residual }) => {
    const isPerfect = residual.equal(0);
    const ofEqual = where(isPerfect, 1, 0).cast("float64");
    const share = ratioOr(0, residual, spread).neg().add(1);
    const whole = where(spread.equal(0), ofEqual, share);
    return where(count.less(2), Number.NaN, whole);
  },
});

function momentsOf(x: Tensor, y: Tensor, takesPart: Tensor): Moments {
  const count = countOf(takesPart);
  const chosen = where(takesPart, y, 0);
  const mean = ratioOr(0, chosen.sum(), count);
  const spread = where(takesPart, chosen.sub(mean), 0).square().sum();
  const residual = where(takesPart, x.sub(y), 0).square().sum();
  return { count, mean, spread, residual };
}

/** Returns the statistics of the union of two samples. */
function together(first: Moments, second: Moments): Moments {
  const count = first.count.add(second.count);
  const share = ratioOr(0, second.count, count);
  const distance = second.mean.sub(first.mean);
  const between = distance.square().mul(first.count).mul(share);
  return {
    count,
    mean: first.mean.add(distance.mul(share)),
    spread: first.spread.add(second.spread).add(between),
    residual: first.residual.add(second.residual),
  };
}
