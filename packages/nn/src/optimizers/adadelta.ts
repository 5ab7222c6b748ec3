/**
 * Adadelta: steps scaled by the ratio of two running means.
 */

import { type Tensor, type Trainable, zerosLike } from "@graddiff/core";
import { fractionBelowOne, nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import { type OptimizerOptions, readRate } from "./settings.ts";
import { runningMean } from "./states.ts";

/** The settings of {@link Adadelta}. */
export interface AdadeltaOptions extends Partial<OptimizerOptions> {
  /** The decay rate of the means of squares, by step. Default 0.9. */
  readonly rho?: number;
  /**
   * The number that is added to both means, which avoids a division by 0 and makes the first steps possible. Default
   * 1e-6.
   */
  readonly epsilon?: number;
}

const rule = updateRule(
  {
    learningRate: optional(readRate, 1),
    rho: optional(fractionBelowOne, 0.9),
    epsilon: optional(nonNegative, 1e-6),
  },
  {
    states: { squares: zerosLike, changes: zerosLike },
    update({ value, gradient, rate, options: { rho, epsilon }, states: { squares, changes } }) {
      const size = (mean: Tensor) => mean.add(epsilon).sqrt();
      const square = runningMean(squares, gradient.square(), rho);
      const change = size(changes.value).div(size(square)).mul(gradient);
      runningMean(changes, change.square(), rho);
      return value.sub(change.mul(rate));
    },
  },
);

/**
 * Adadelta: s is the running mean of gradient², and d the running mean of squared steps. A step is √(d + ε) / √(s + ε)
 * · gradient, so it needs no learning rate, which is 1 by default (Zeiler, ADADELTA: An Adaptive Learning Rate Method,
 * 2012). The formula is PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { Adadelta } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([1, -2]));
 * const optimizer = new Adadelta(w, { epsilon: 0.01 });
 * for (let i = 0; i < 100; i++) optimizer.minimize(() => w.value.square().sum());
 * console.log(w.value.abs().max().item() < 0.01); // true
 * ```
 */
export class Adadelta extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options?: AdadeltaOptions) {
    refuseSurplus("Adadelta", 2, arguments);
    // The rule has a default of the learning rate.
    super(variables, (options === undefined ? {} : options) as OptimizerOptions, rule);
  }
}
