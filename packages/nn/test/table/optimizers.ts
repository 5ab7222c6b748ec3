/**
 * The table of optimizers that step by gradients: each row makes one for a model and a learning rate.
 * `optimizers.test.ts` in `../optimizers` tests each row.
 */

import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Lion,
  NAdam,
  type Optimizer,
  type OptimizerOptions,
  RMSProp,
  SGD,
} from "../../src/index.ts";

/** Makes an optimizer of a model. The default learning rate trains a small network. */
export type OptimizerRow = (
  model: object,
  learningRate?: OptimizerOptions["learningRate"],
) => Optimizer;

export const OPTIMIZERS: Readonly<Record<string, OptimizerRow>> = {
  SGD: (m, learningRate = 0.1) => new SGD(m, { learningRate, momentum: 0.9, nesterov: true }),
  RMSProp: (m, learningRate = 0.01) =>
    new RMSProp(m, { learningRate, momentum: 0.5, centered: true }),
  Adagrad: (m, learningRate = 0.1) => new Adagrad(m, { learningRate, weightDecay: 0.01 }),
  Adadelta: (m, learningRate = 1) => new Adadelta(m, { learningRate, epsilon: 1e-3 }),
  Adam: (m, learningRate = 0.01) => new Adam(m, { learningRate, amsgrad: true }),
  AdamW: (m, learningRate = 0.01) => new AdamW(m, { learningRate }),
  Adamax: (m, learningRate = 0.01) => new Adamax(m, { learningRate }),
  NAdam: (m, learningRate = 0.01) => new NAdam(m, { learningRate }),
  Lion: (m, learningRate = 0.01) => new Lion(m, { learningRate, weightDecay: 0.1 }),
};

/** Optimizers without a row, with the reasons. */
export const WITHOUT_ROW: Readonly<Record<string, string>> = {
  LBFGS:
    "it evaluates the loss itself; lbfgs.test.ts and the minima of golden/optimizers.json try it",
};

/** The reasons why `golden/optimizers.json` has no steps of an optimizer. It has those of all others. */
export const WITHOUT_GOLDEN: Readonly<Record<string, string>> = {};
