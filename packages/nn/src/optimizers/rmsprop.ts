/**
 * RMSProp: gradients divided by the root of the mean of their squares.
 */

import { type Trainable, zerosLike } from "@graddiff/core";
import {
  flag,
  fractionBelowOne,
  nonNegative,
  optional,
  refuseSurplus,
} from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import type { OptimizerOptions } from "./settings.ts";
import { keepIn, runningMean } from "./states.ts";

/** The settings of {@link RMSProp}. */
export interface RMSPropOptions extends OptimizerOptions {
  /** The decay rate of the mean of squared gradients, by step. Default 0.99. */
  readonly alpha?: number;
  /** The number that is added to the divisor, which avoids a division by 0. Default 1e-8. */
  readonly epsilon?: number;
  /** The weight of the previous step's direction in the next one. Default 0. */
  readonly momentum?: number;
  /**
   * True if gradients are divided by their standard deviation instead of their root mean square (Graves). Default false.
   */
  readonly centered?: boolean;
}

const rule = updateRule(
  {
    alpha: optional(fractionBelowOne, 0.99),
    epsilon: optional(nonNegative, 1e-8),
    momentum: optional(nonNegative, 0),
    centered: optional(flag, false),
  },
  {
    states: {
      squares: zerosLike,
      means: (value, { centered }) => (centered ? zerosLike(value) : undefined),
      velocities: (value, { momentum }) => (momentum > 0 ? zerosLike(value) : undefined),
    },
    update({ value, gradient, rate, options, states: { squares, means, velocities } }) {
      const { alpha, epsilon, momentum } = options;
      let square = runningMean(squares, gradient.square(), alpha);
      if (means !== undefined) square = square.sub(runningMean(means, gradient, alpha).square());
      let direction = gradient.div(square.sqrt().add(epsilon));
      if (velocities !== undefined) {
        direction = keepIn(velocities, velocities.value.mul(momentum).add(direction));
      }
      return value.sub(direction.mul(rate));
    },
  },
);

/**
 * RMSProp: s ← α · s + (1 − α) · gradient², and a step along gradient / (√s + ε), or with `momentum` along its decaying
 * sum (Tieleman and Hinton, Lecture 6.5 of Neural Networks for Machine Learning, 2012). `centered` subtracts the square
 * of the mean gradient from s (Graves, Generating Sequences With Recurrent Neural Networks, 2013). The formula is
 * PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { RMSProp } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 800]));
 * const optimizer = new RMSProp(w, { learningRate: 0.1, alpha: 0.75 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [  3.8 799.8]
 * ```
 */
export class RMSProp extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: RMSPropOptions) {
    refuseSurplus("RMSProp", 2, arguments);
    super(variables, options, rule);
  }
}
