/**
 * Adam and AdamW, which differ in their weight decay.
 */

import { maximum, type Trainable, zerosLike } from "@graddiff/core";
import { flag, nonNegative, optional, refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import { type OptimizerOptions, withMoments } from "./settings.ts";
import { biasOf, keepIn, runningMean } from "./states.ts";

/** The settings of {@link Adam}. */
export interface AdamOptions extends OptimizerOptions {
  /** The decay rate of the mean of gradients, by step. Default 0.9. */
  readonly beta1?: number;
  /** The decay rate of the mean of squared gradients, by step. Default 0.999. */
  readonly beta2?: number;
  /** The number that is added to the divisor, which avoids a division by 0. Default 1e-8. */
  readonly epsilon?: number;
  /** True to use the greatest mean of squares so far (Reddi, Kale and Kumar, ICLR 2018). Default false. */
  readonly amsgrad?: boolean;
}

/** The settings of {@link AdamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Decoupled weight decay λ: w ← w − rate · λ · w beside each step. Default 0.01. */
  readonly weightDecay?: number;
}

/** Returns the rule of Adam with a default weight decay. */
/* @__NO_SIDE_EFFECTS__ */
function adamRule(weightDecay: number, decoupledDecay: boolean) {
  return updateRule(
    withMoments({
      amsgrad: optional(flag, false),
      weightDecay: optional(nonNegative, weightDecay),
    }),
    {
      states: {
        means: zerosLike,
        squares: zerosLike,
        greatestSquares: (value, { amsgrad }) => (amsgrad ? zerosLike(value) : undefined),
      },
      countsSteps: true,
      decoupledDecay,
      update({ value, gradient, rate, steps, options, states }) {
        const { beta1, beta2, epsilon } = options;
        const { means, squares, greatestSquares: greatest } = states;
        const mean = runningMean(means, gradient, beta1);
        let square = runningMean(squares, gradient.square(), beta2);
        if (greatest !== undefined) square = keepIn(greatest, maximum(greatest.value, square));
        const step = rate.div(biasOf(beta1, steps));
        const size = square.sqrt().div(biasOf(beta2, steps).sqrt()).add(epsilon);
        return value.sub(mean.div(size).mul(step));
      },
    },
  );
}

const ofAdam = adamRule(0, false);
const ofAdamW = adamRule(0.01, true);

/**
 * Adam: steps of about equal length in every direction (Kingma and Ba, ICLR 2015, algorithm 1).
 * m and v are running means of the gradient and its square. The number of steps of each Variable corrects them for having
 * begun at zero. The formula is PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { Adam } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 800]));
 * const optimizer = new Adam(w, { learningRate: 0.5 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [  3.5 799.5]
 * ```
 */
export class Adam extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: AdamOptions) {
    refuseSurplus("Adam", 2, arguments);
    super(variables, options, ofAdam);
  }
}

/**
 * AdamW: Adam with decoupled weight decay, which shrinks all weights at the same pace, w ← w − rate · λ · w, whatever
 * the size of their gradients (Loshchilov and Hutter, ICLR 2019). The formula is PyTorch's.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { AdamW } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 800]));
 * const optimizer = new AdamW(w, { learningRate: 0.5, weightDecay: 0.5 });
 * optimizer.minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [  2.5 599.5]
 * ```
 */
export class AdamW extends Optimizer {
  /** @throws ArgumentError for settings that are not numbers within their bounds. */
  constructor(variables: Trainable, options: AdamWOptions) {
    refuseSurplus("AdamW", 2, arguments);
    super(variables, options, ofAdamW);
  }
}
