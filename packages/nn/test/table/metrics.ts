/**
 * The table of metrics: one or several rows for each metric, with its arguments and its exact value, computed by hand.
 * `metrics.test.ts` in this folder tests each row.
 */

import { type Tensor, tensor, zeros } from "@graddiff/core";
import {
  accuracy,
  areaUnderCurve,
  confusionMatrix,
  f1,
  type Metric,
  perplexity,
  precision,
  r2,
  recall,
  topKAccuracy,
} from "../../src/index.ts";

/** A metric with examples, which are along the first axis of both tensors. */
export interface MetricRow {
  // Metrics have different options, so the type does not check the row's.
  readonly metric: Metric<never>;
  readonly options?: object;
  readonly predicted: Tensor;
  readonly expected: Tensor;
  readonly value: number | readonly (readonly number[])[];
  /** The reason why `golden/metrics.json` has no numbers of another library. Default: it has some. */
  readonly withoutGolden?: string;
}

const int32 = (data: number[]) => tensor(data, { dtype: "int32" });

/** Predicted and expected classes. Precision is 2/3, as two of three predicted ones are right; recall is 2/3, too. */
const classes = { predicted: int32([1, 1, 0, 1]), expected: int32([1, 0, 1, 1]) };

export const METRICS: Readonly<Record<string, MetricRow>> = {
  accuracy: { metric: accuracy, ...classes, value: 0.5 },
  topKAccuracy: {
    metric: topKAccuracy,
    options: { k: 2 },
    predicted: tensor([
      [3, 2, 1],
      [1, 2, 3],
    ]),
    expected: int32([1, 0]),
    value: 0.5,
  },
  precision: { metric: precision, ...classes, value: 2 / 3 },
  recall: { metric: recall, ...classes, value: 2 / 3 },
  f1: { metric: f1, ...classes, value: 2 / 3 },
  confusionMatrix: {
    metric: confusionMatrix as Metric<never>,
    options: { classes: 2 },
    ...classes,
    value: [
      [0, 1],
      [1, 2],
    ],
  },
  areaUnderCurve: {
    metric: areaUnderCurve,
    predicted: tensor([0.125, 0.5, 0.25, 0.75]),
    expected: int32([0, 0, 1, 1]),
    value: 0.75,
  },
  r2: { metric: r2, predicted: tensor([1, 2, 4]), expected: tensor([1, 2, 3]), value: 0.5 },
  perplexity: {
    metric: perplexity,
    predicted: zeros([2, 4], { dtype: "float64" }),
    expected: int32([0, 3]),
    value: 4,
  },
};
