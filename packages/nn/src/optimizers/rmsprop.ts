/**
 * RMSProp: gradients divided by the root of the mean of their squares.
 */

import type { Tensor, Trainable, Variable } from "@graddiff/core";
import {
  flag,
  fractionBelowOne,
  nonNegative,
  optional,
  refuseSurplus,
} from "@graddiff/core/extend";
import { at } from "../inside.ts";
import { Optimizer } from "./optimizers.ts";
import { type OptimizerOptions, settingsReader } from "./settings.ts";
import { keepIn, runningMean } from "./states.ts";

/** The settings of {@link RMSProp}. */
export interface RMSPropOptions extends OptimizerOptions {
  /** The decay rate of the mean of squared gradients, by step. Default 0.99. */
  readonly alpha?: number;
  /** Keeps the division from becoming one by 0. Default 1e-8. */
  readonly epsilon?: number;
  /** The share of the last step's direction that is kept. Default 0. */
  readonly momentum?: number;
  /** True if gradients are divided by their standard deviation instead, as Graves does. Default false. */
  readonly centered?: boolean;
}

const readRMSProp = settingsReader({
  alpha: optional(fractionBelowOne, 0.99),
  epsilon: optional(nonNegative, 1e-8),
  momentum: optional(nonNegative, 0),
  centered: optional(flag, false),
});

/**
 * RMSProp: s ← α · s + (1 − α) · gradient², and a step along gradient / (√s + ε), or along the momentum of that
 * (Tieleman and Hinton, Lecture 6.5 of Neural Networks for Machine Learning, 2012). `centered` takes the square of the
 * mean gradient off s (Graves, Generating Sequences With Recurrent Neural Networks, 2013). The form is PyTorch's.
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
  readonly #settings: Required<RMSPropOptions>;
  readonly #squares: readonly Variable[] = this.keep("squares");
  readonly #means: readonly Variable[];
  readonly #velocities: readonly Variable[];

  /** @throws ArgumentError for settings that are no numbers in their bounds. */
  constructor(variables: Trainable, options: RMSPropOptions) {
    refuseSurplus("RMSProp", 2, arguments);
    const settings = readRMSProp("RMSProp", options);
    super(variables, settings);
    this.#settings = settings;
    this.#means = settings.centered ? this.keep("means") : [];
    this.#velocities = settings.momentum > 0 ? this.keep("velocities") : [];
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor {
    const { alpha, epsilon, momentum } = this.#settings;
    const [mean, velocity] = [this.#means[index], this.#velocities[index]];
    let square = runningMean(at(this.#squares, index), gradient.square(), alpha);
    if (mean !== undefined) square = square.sub(runningMean(mean, gradient, alpha).square());
    let direction = gradient.div(square.sqrt().add(epsilon));
    if (velocity !== undefined) {
      direction = keepIn(velocity, velocity.value.mul(momentum).add(direction));
    }
    return variable.value.sub(direction.mul(rate));
  }
}
