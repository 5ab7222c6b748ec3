/**
 * Stochastic gradient descent, optionally with momentum.
 */

import { ArgumentError, type Trainable, zerosLike } from "@graddiff/core";
import { flag, nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import type { OptimizerOptions } from "./settings.ts";
import { keepIn } from "./states.ts";

/** The settings of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** The weight of the previous step's direction in the next one. Default 0. */
  readonly momentum?: number;
  /** True for Nesterov's momentum, which needs a momentum above 0. Default false. */
  readonly nesterov?: boolean;
}

const rule = updateRule(
  { momentum: optional(nonNegative, 0), nesterov: optional(flag, false) },
  {
    states: {
      velocities: (value, { momentum }) => (momentum === 0 ? undefined : zerosLike(value)),
    },
    update({ value, gradient, rate, options: { momentum, nesterov }, states: { velocities } }) {
      if (velocities === undefined) return value.sub(gradient.mul(rate));
      const velocity = keepIn(velocities, velocities.value.mul(momentum).add(gradient));
      const direction = nesterov ? gradient.add(velocity.mul(momentum)) : velocity;
      return value.sub(direction.mul(rate));
    },
  },
);

/**
 * Stochastic gradient descent: v ← momentum · v + gradient, w ← w − rate · v, or with `nesterov`
 * w ← w − rate · (gradient + momentum · v). Without momentum w ← w − rate · gradient. (Sutskever et al., ICML 2013, by
 * PyTorch's formula, but without `dampening`.)
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { SGD } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 8]));
 * const optimizer = new SGD([w], { learningRate: 0.25 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [2. 4.]
 * ```
 */
export class SGD extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: SGDOptions) {
    refuseSurplus("SGD", 2, arguments);
    super(variables, options, rule);
    if (options.nesterov && (options.momentum ?? 0) === 0) {
      const expected = "a number above 0, since nesterov is set";
      throw new ArgumentError("SGD", "momentum", expected, "0");
    }
  }
}
