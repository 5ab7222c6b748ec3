/**
 * Adagrad: gradients divided by the root of the sum of their squares.
 */

import { type Trainable, zerosLike } from "@graddiff/core";
import { nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import type { OptimizerOptions } from "./settings.ts";
import { keepIn } from "./states.ts";

/** The settings of {@link Adagrad}. */
export interface AdagradOptions extends OptimizerOptions {
  /** The number that is added to the divisor, which avoids a division by 0. Default 1e-10. */
  readonly epsilon?: number;
}

const rule = updateRule(
  { epsilon: optional(nonNegative, 1e-10) },
  {
    states: { sums: zerosLike },
    update({ value, gradient, rate, options: { epsilon }, states: { sums } }) {
      const size = keepIn(sums, sums.value.add(gradient.square())).sqrt().add(epsilon);
      return value.sub(gradient.div(size).mul(rate));
    },
  },
);

/**
 * Adagrad: s ← s + gradient², w ← w − rate · gradient / (√s + ε), for gradients that are mostly 0 (Duchi, Hazan and
 * Singer, JMLR 12, 2011). The formula is PyTorch's; use a schedule instead of PyTorch's `lr_decay`.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { Adagrad } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 800]));
 * const optimizer = new Adagrad(w, { learningRate: 0.5 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [  3.5 799.5]
 * ```
 */
export class Adagrad extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: AdagradOptions) {
    refuseSurplus("Adagrad", 2, arguments);
    super(variables, options, rule);
  }
}
