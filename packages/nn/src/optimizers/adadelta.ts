/**
 * Adadelta: steps as long as those before, by the ratio of two running means.
 */

import type { Tensor, Trainable, Variable } from "@graddiff/core";
import { fractionBelowOne, nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { at } from "../inside.ts";
import { Optimizer } from "./optimizers.ts";
import { type OptimizerOptions, readRate, settingsReader } from "./settings.ts";
import { runningMean } from "./states.ts";

/** The settings of {@link Adadelta}. */
export interface AdadeltaOptions extends Partial<OptimizerOptions> {
  /** The decay rate of the means of squares, by step. Default 0.9. */
  readonly rho?: number;
  /** Keeps the division from becoming one by 0, and makes the first steps possible. Default 1e-6. */
  readonly epsilon?: number;
}

const readAdadelta = settingsReader({
  learningRate: optional(readRate, 1),
  rho: optional(fractionBelowOne, 0.9),
  epsilon: optional(nonNegative, 1e-6),
});

/**
 * Adadelta: s is the running mean of gradient², and d that of squared steps. A step is √(d + ε) / √(s + ε) · gradient,
 * so it needs no learning rate, which is 1 by default (Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012). The
 * form is PyTorch's.
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
  readonly #rho: number;
  readonly #epsilon: number;
  readonly #squares: readonly Variable[] = this.keep("squares");
  readonly #changes: readonly Variable[] = this.keep("changes");

  /** @throws ArgumentError for settings that are no numbers in their bounds. */
  constructor(variables: Trainable, options?: AdadeltaOptions) {
    refuseSurplus("Adadelta", 2, arguments);
    const { rho, epsilon, ...shared } = readAdadelta("Adadelta", options);
    super(variables, shared);
    this.#rho = rho;
    this.#epsilon = epsilon;
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor {
    const size = (mean: Tensor) => mean.add(this.#epsilon).sqrt();
    const changes = at(this.#changes, index);
    const square = runningMean(at(this.#squares, index), gradient.square(), this.#rho);
    const change = size(changes.value).div(size(square)).mul(gradient);
    runningMean(changes, change.square(), this.#rho);
    return variable.value.sub(change.mul(rate));
  }
}
