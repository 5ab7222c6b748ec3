/**
 * Lion: steps of one length in every direction, by the sign of the momentum.
 */

import { type Trainable, zerosLike } from "@graddiff/core";
import { fractionBelowOne, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import type { OptimizerOptions } from "./settings.ts";
import { runningMean } from "./states.ts";

/** The settings of {@link Lion}. */
export interface LionOptions extends OptimizerOptions {
  /** The weight of the momentum in the direction of a step; the gradient has the weight 1 − beta1. Default 0.9. */
  readonly beta1?: number;
  /** The decay rate of the momentum, by step. Default 0.99. */
  readonly beta2?: number;
  /** Decoupled weight decay λ: w ← w − rate · λ · w beside each step. Default 0. */
  readonly weightDecay?: number;
}

const rule = updateRule(
  { beta1: optional(fractionBelowOne, 0.9), beta2: optional(fractionBelowOne, 0.99) },
  {
    states: { means: zerosLike },
    decoupledDecay: true,
    update({ value, gradient, rate, options: { beta1, beta2 }, states: { means } }) {
      const direction = means.value
        .mul(beta1)
        .add(gradient.mul(1 - beta1))
        .sign();
      runningMean(means, gradient, beta2);
      return value.sub(direction.mul(rate));
    },
  },
);

/**
 * Lion: w ← w − rate · (sign(β₁ · m + (1 − β₁) · gradient) + λ · w), then m ← β₂ · m + (1 − β₂) · gradient (Chen et
 * al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023, algorithm 2). It wants a learning rate 3 to 10
 * times smaller than that of AdamW, and a weight decay as much greater. PyTorch has no Lion.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { Lion } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, -800]));
 * const optimizer = new Lion(w, { learningRate: 0.5 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [   3.5 -799.5]
 * ```
 */
export class Lion extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: LionOptions) {
    refuseSurplus("Lion", 2, arguments);
    super(variables, options, rule);
  }
}
