/**
 * The table of losses: one or several rows for each loss, as a function of its float arguments, with inputs.
 * `losses.test.ts` in `../losses` tests each row.
 */

import { softmax, type Tensor, tensor, uniform } from "@graddiff/core";
import {
  binaryCrossEntropy,
  cosineEmbeddingLoss,
  crossEntropy,
  ctcLoss,
  gaussianNegativeLogLikelihood,
  hingeLoss,
  huberLoss,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  negativeLogLikelihood,
  poissonNegativeLogLikelihood,
  smoothL1,
  tripletMarginLoss,
} from "../../src/index.ts";

const int32 = (data: number[]) => tensor(data, { dtype: "int32" });
const random = (shape: number[], seed: number, low = -2, high = 2) =>
  uniform(shape, { seed, low, high, dtype: "float64" });

/** The options that every loss takes. */
export interface LossOptions {
  readonly reduction?: "mean" | "sum" | "none";
  readonly mask?: Tensor;
}

export interface LossRow {
  /** Returns the loss of two rows as a function of its float arguments. */
  readonly loss: (options: LossOptions, ...inputs: Tensor[]) => Tensor;
  /** The inputs: two rows of two elements each. */
  readonly inputs: Tensor[];
  /** True if there is one loss for each row, not for each element. */
  readonly rows?: boolean;
  /** The reason why `golden/losses.json` has no numbers of another library. Default: it has some. */
  readonly withoutGolden?: string;
}

const pair = [random([2, 2], 1), random([2, 2], 2)];
const probabilities = [random([2, 2], 3, 0.2, 0.8), random([2, 2], 4, 0.2, 0.8)];
const classes = int32([1, 0]);

export const LOSSES: Readonly<Record<string, LossRow>> = {
  meanSquaredError: {
    loss: (o, x, y) => meanSquaredError(x as Tensor, y as Tensor, o),
    inputs: pair,
  },
  meanAbsoluteError: {
    loss: (o, x, y) => meanAbsoluteError(x as Tensor, y as Tensor, o),
    inputs: pair,
  },
  huberLoss: { loss: (o, x, y) => huberLoss(x as Tensor, y as Tensor, o), inputs: pair },
  smoothL1: {
    loss: (o, x, y) => smoothL1(x as Tensor, y as Tensor, { ...o, beta: 0.5 }),
    inputs: pair,
  },
  crossEntropy: {
    loss: (o, x) => crossEntropy(x as Tensor, classes, { ...o, labelSmoothing: 0.1 }),
    inputs: [random([2, 2], 1)],
    rows: true,
  },
  "crossEntropy of distributions": {
    loss: (o, x, y) => crossEntropy(x as Tensor, y as Tensor, o),
    inputs: [random([2, 2], 1), softmax(random([2, 2], 2))],
    rows: true,
  },
  negativeLogLikelihood: {
    loss: (o, x) => negativeLogLikelihood(x as Tensor, classes, { ...o, weight: tensor([1, 2]) }),
    inputs: [random([2, 2], 1)],
    rows: true,
  },
  binaryCrossEntropy: {
    loss: (o, x, y) => binaryCrossEntropy(x as Tensor, y as Tensor, { ...o, positiveWeight: 3 }),
    inputs: [random([2, 2], 1), random([2, 2], 3, 0.2, 0.8)],
  },
  klDivergence: {
    loss: (o, x, y) => klDivergence(x as Tensor, y as Tensor, o),
    inputs: probabilities,
  },
  "klDivergence of logarithms": {
    loss: (o, x, y) => klDivergence(x as Tensor, y as Tensor, { ...o, logTarget: true }),
    inputs: pair,
  },
  ctcLoss: {
    // The example has three steps of two classes, and the label is the second class.
    loss: (o, x) =>
      ctcLoss(
        (x as Tensor).reshape([2, 1, 2]).mul(tensor([[1], [-0.5], [0.25]], { dtype: "float64" })),
        tensor([[1], [1]], { dtype: "int32" }),
        { ...o, inputLengths: int32([3, 2]) },
      ),
    inputs: [random([2, 2], 1)],
    rows: true,
  },
  hingeLoss: {
    loss: (o, x) =>
      hingeLoss(
        x as Tensor,
        tensor([
          [1, -1],
          [-1, 1],
        ]),
        o,
      ),
    inputs: [random([2, 2], 1)],
  },
  cosineEmbeddingLoss: {
    loss: (o, x, y) =>
      cosineEmbeddingLoss(x as Tensor, y as Tensor, int32([1, -1]), { ...o, margin: -0.9 }),
    inputs: pair,
    rows: true,
  },
  tripletMarginLoss: {
    loss: (o, x, y, z) =>
      tripletMarginLoss(x as Tensor, y as Tensor, z as Tensor, { ...o, margin: 3 }),
    inputs: [...pair, random([2, 2], 5)],
    rows: true,
  },
  poissonNegativeLogLikelihood: {
    loss: (o, x, y) => poissonNegativeLogLikelihood(x as Tensor, y as Tensor, { ...o, full: true }),
    inputs: [random([2, 2], 1), random([2, 2], 2, 2, 5)],
  },
  gaussianNegativeLogLikelihood: {
    loss: (o, x, y, v) => gaussianNegativeLogLikelihood(x as Tensor, y as Tensor, v as Tensor, o),
    inputs: [...pair, random([2, 2], 5, 0.5, 2)],
  },
};
