/**
 * NAdam: Adam with Nesterov's momentum.
 */

import { pow, sub, type Tensor, type Trainable, zerosLike } from "@graddiff/core";
import { nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import { type OptimizerOptions, withMoments } from "./settings.ts";
import { biasOf, keepIn, runningMean } from "./states.ts";

/** The settings of {@link NAdam}. */
export interface NAdamOptions extends OptimizerOptions {
  /**
   * The final decay rate of the mean of gradients, by step. It starts at half of this and grows. Default 0.9.
   */
  readonly beta1?: number;
  /** The decay rate of the mean of squared gradients, by step. Default 0.999. */
  readonly beta2?: number;
  /** The number that is added to the divisor, which avoids a division by 0. Default 1e-8. */
  readonly epsilon?: number;
  /** The rate at which the momentum grows to beta1, by step. Default 0.004. */
  readonly momentumDecay?: number;
}

const rule = updateRule(withMoments({ momentumDecay: optional(nonNegative, 0.004) }), {
  states: { means: zerosLike, squares: zerosLike, momentumProducts: () => scalar(1) },
  countsSteps: true,
  update({ value, gradient, rate, steps, options, states }) {
    const { beta1, beta2, epsilon, momentumDecay } = options;
    const { means, squares, momentumProducts: products } = states;
    const momentumOf = (step: Tensor) =>
      sub(1, pow(0.96, step.mul(momentumDecay)).mul(0.5)).mul(beta1);
    const mean = runningMean(means, gradient, beta1);
    const square = runningMean(squares, gradient.square(), beta2);
    const size = square.div(biasOf(beta2, steps)).sqrt().add(epsilon);
    const [momentum, next] = [momentumOf(steps), momentumOf(steps.add(1))];
    const product = keepIn(products, products.value.mul(momentum));
    const ofGradient = sub(1, momentum).div(sub(1, product));
    const ofMean = next.div(sub(1, product.mul(next)));
    const direction = gradient.mul(ofGradient).add(mean.mul(ofMean)).div(size);
    return value.sub(direction.mul(rate));
  },
});

/**
 * NAdam: Adam with Nesterov's momentum (Dozat, Incorporating Nesterov Momentum into Adam, ICLR
 * workshop 2016). Of step t the momentum is μₜ = β₁ (1 − 0.96^(t · momentumDecay) / 2). The step is along
 * (1 − μₜ) / (1 − Π μ) · gradient + μₜ₊₁ / (1 − μₜ₊₁ Π μ) · m, over the products of μ so far. The formula is PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { NAdam } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, -8]));
 * const optimizer = new NAdam(w, { learningRate: 0.5 });
 * for (let i = 0; i < 100; i++) optimizer.minimize(() => w.value.square().sum());
 * console.log(w.value.abs().max().item() < 0.1); // true
 * ```
 */
export class NAdam extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: NAdamOptions) {
    refuseSurplus("NAdam", 2, arguments);
    super(variables, options, rule);
  }
}
