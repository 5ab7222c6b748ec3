/**
 * Adamax: Adam with a running maximum of gradients instead of the mean square.
 */

import { maximum, type Trainable, zerosLike } from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import { type OptimizerOptions, withMoments } from "./settings.ts";
import { biasOf, keepIn, runningMean } from "./states.ts";

/** The settings of {@link Adamax}. */
export interface AdamaxOptions extends OptimizerOptions {
  /** The decay rate of the mean of gradients, by step. Default 0.9. */
  readonly beta1?: number;
  /** The decay rate of the greatest gradient, by step. Default 0.999. */
  readonly beta2?: number;
  /** The number that is added to |gradient|, which avoids a division by 0. Default 1e-8. */
  readonly epsilon?: number;
}

const rule = updateRule(withMoments({}), {
  states: { means: zerosLike, greatest: zerosLike },
  countsSteps: true,
  update({ value, gradient, rate, steps, options, states: { means, greatest } }) {
    const { beta1, beta2, epsilon } = options;
    const mean = runningMean(means, gradient, beta1);
    const size = keepIn(greatest, maximum(greatest.value.mul(beta2), gradient.abs().add(epsilon)));
    return value.sub(mean.div(size).mul(rate.div(biasOf(beta1, steps))));
  },
});

/**
 * Adamax: u ← max(β₂ · u, |gradient| + ε) in the place of Adam's mean square (Kingma and Ba, ICLR 2015, algorithm 2).
 * The formula is PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { Adamax } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 800]));
 * const optimizer = new Adamax(w, { learningRate: 0.5 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [  3.5 799.5]
 * ```
 */
export class Adamax extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: AdamaxOptions) {
    refuseSurplus("Adamax", 2, arguments);
    super(variables, options, rule);
  }
}
