/**
 * Stochastic gradient descent, with momentum where that is wanted.
 */

import { ArgumentError, type Tensor, type Trainable, type Variable } from "@graddiff/core";
import { flag, nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { type OptimizerOptions, settingsReader } from "./settings.ts";
import { keepIn } from "./states.ts";

/** The settings of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** The share of the last step's direction that is kept. Default 0. */
  readonly momentum?: number;
  /** True if a step goes where the momentum will have led, as Nesterov's does. It needs momentum. Default false. */
  readonly nesterov?: boolean;
}

const readSGD = settingsReader({
  momentum: optional(nonNegative, 0),
  nesterov: optional(flag, false),
});

/**
 * Stochastic gradient descent: v ← momentum · v + gradient, w ← w − rate · v, or with `nesterov`
 * w ← w − rate · (gradient + momentum · v). Without momentum w ← w − rate · gradient. (Sutskever et al., ICML 2013, in
 * PyTorch's form, but without `dampening`.)
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
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #velocities: readonly Variable[];

  /** @throws ArgumentError for settings that are no numbers, and for `nesterov` without momentum. */
  constructor(variables: Trainable, options: SGDOptions) {
    refuseSurplus("SGD", 2, arguments);
    const { momentum, nesterov, ...shared } = readSGD("SGD", options);
    super(variables, shared);
    if (nesterov && momentum === 0) {
      const expected = "a number above 0, since nesterov is set";
      throw new ArgumentError({ op: "SGD", argument: "momentum", expected, got: "0" });
    }
    this.#momentum = momentum;
    this.#nesterov = nesterov;
    this.#velocities = momentum === 0 ? [] : this.keep("velocities");
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor {
    const state = this.#velocities[index];
    if (state === undefined) return variable.value.sub(gradient.mul(rate));
    const velocity = keepIn(state, state.value.mul(this.#momentum).add(gradient));
    const direction = this.#nesterov ? gradient.add(velocity.mul(this.#momentum)) : velocity;
    return variable.value.sub(direction.mul(rate));
  }
}
