// A package of an author outside of the repository: a layer with a state and a mode, a loss with a mask and an option, an
// optimizer with states and settings, and a metric. It imports only public names.

import { Layer, ones, type Tensor, type Trainable, uniform, Variable, zeros } from "@graddiff/core";
import {
  checked,
  fraction,
  fractionBelowOne,
  layerSeed,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
  seedNumber,
  withInitializer,
} from "@graddiff/core/extend";
import { metric, Optimizer, type OptimizerOptions, pairLoss } from "@graddiff/nn";

export interface ScaleOptions {
  readonly momentum?: number;
  readonly seed?: number;
}

const readScale = optionsReader({
  momentum: optional(fraction, 0.5),
  seed: optional<number | undefined>(seedNumber, undefined),
});

/** Divides each feature by 1 plus a running mean of its magnitude, and multiplies it by a weight. */
export class RunningScale extends Layer {
  readonly weight: Variable;
  readonly size: Variable;
  readonly #momentum: number;

  constructor(features: number, options?: ScaleOptions) {
    super();
    refuseSurplus("RunningScale", 2, arguments);
    positiveInteger("RunningScale", "features", features);
    const { momentum, seed } = readScale("RunningScale", options);
    const draw = (own: number) => uniform([features], { seed: own, low: 0.5, high: 1.5 });
    this.weight = withInitializer(new Variable(draw(layerSeed(seed))), draw);
    this.size = new Variable(ones([features]), { trainable: false });
    this.#momentum = momentum;
  }

  override toString(): string {
    return `RunningScale of ${this.weight.shape[0]}`;
  }

  override compute(x: Tensor): Tensor {
    if (this.training) {
      const now = x.abs().mean(0).stopGradient();
      const before = this.size.value;
      this.size.assign(before.add(now.sub(before).mul(this.#momentum)));
    }
    return x.div(this.size.value.add(1)).mul(this.weight.value);
  }
}

/** The negative logarithm of a Laplace density, up to a constant. */
export const laplaceLoss = pairLoss(
  "laplaceLoss",
  { scale: optional(positive, 1) },
  (x, y, own) => {
    const demand = { op: "laplaceLoss", argument: "target", low: -1e6, high: 1e6 };
    const target = checked(y, { ...demand, expected: "numbers of at most a million" });
    return x.sub(target).abs().div(own.scale);
  },
);

export interface DampedOptions extends OptimizerOptions {
  readonly damping?: number;
}

const readDamped = optionsReader({ damping: optional(fractionBelowOne, 0.5) });

/** Gradient descent along a running mean of the gradients. */
export class Damped extends Optimizer {
  readonly #damping: number;
  readonly #means: readonly Variable[] = this.keep("means");

  constructor(variables: Trainable, { damping, ...shared }: DampedOptions) {
    super(variables, shared);
    this.#damping = readDamped("Damped", damping === undefined ? {} : { damping }).damping;
  }

  protected override update(w: Variable, gradient: Tensor, index: number, rate: Tensor): Tensor {
    const mean = this.#means[index] as Variable;
    mean.assign(mean.value.mul(this.#damping).add(gradient.mul(1 - this.#damping)));
    return w.value.sub(mean.value.mul(rate));
  }
}

/** The mean of absolute errors. */
export const meanError = metric({
  name: "meanError",
  options: {},
  settings: () => undefined,
  start: () => ({ sum: zeros([]), count: zeros([]) }),
  add: ({ sum, count }, { predicted, expected }) => ({
    sum: sum.add(predicted.sub(expected).abs().sum()),
    count: count.add(predicted.size),
  }),
  result: ({ sum, count }) => sum.div(count),
});
