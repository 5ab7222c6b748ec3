/**
 * The settings that all optimizers share, the learning rate and the weight decay, and the readers of settings.
 */

import type { Tensor, TensorLike } from "@graddiff/core";
import {
  callable,
  fractionBelowOne,
  nonNegative,
  optional,
  optionsReader,
  type Reader,
  type Readers,
} from "@graddiff/core/extend";

/**
 * The learning rate: a number, or a schedule, which is a function from the number of completed steps to the rate.
 *
 * A schedule consists of ops, such as `cosineDecay`, so that a compiled step follows it without compiling again.
 */
export type LearningRate = number | ((step: Tensor) => TensorLike);

/** The options of every optimizer. */
export interface OptimizerOptions {
  /**
   * The learning rate. A number can be changed at any time, also between compiled steps; a schedule changes with the
   * steps.
   */
  readonly learningRate: LearningRate;
  /**
   * Weight decay λ: λ · w is added to the gradient, as by L2 regularisation. Optimizers with decoupled weight decay say
   * so. Default 0, which changes nothing.
   */
  readonly weightDecay?: number;
  /**
   * A function that changes the gradients of all trained Variables before each step, such as
   * `(gradients) => clipByGlobalNorm(gradients, 1)`, also in `fit`. Weight decay is applied after it. Default: no change.
   */
  readonly transformGradients?: (gradients: readonly Tensor[]) => readonly Tensor[];
}

/** The reader of a learning rate. */
export const readRate: Reader<LearningRate> = (op, argument, value) => {
  if (typeof value !== "function") return nonNegative(op, argument, value);
  // Each step checks the result of the function.
  return callable(op, argument, value) as (step: Tensor) => TensorLike;
};

/** A transformation of gradients. */
type Transform = NonNullable<OptimizerOptions["transformGradients"]>;

/** The transformation that leaves gradients as they are. */
export const unchanged: Transform = (gradients) => gradients;

// Each step checks the result of the function.
export const readTransform = optional(callable as Reader<Transform>, unchanged);

/** Returns the reader of the options of an optimizer: its own and those of {@link OptimizerOptions}. */
/* @__NO_SIDE_EFFECTS__ */
export function settingsReader<Own extends Readers>(own: Own) {
  return optionsReader({
    learningRate: readRate,
    weightDecay: optional(nonNegative, 0),
    transformGradients: readTransform,
    ...own,
  });
}

/**
 * Returns the readers of the options of Adam and similar optimizers, and further ones. It is a function, because
 * bundlers cannot drop an unused reader that spreads an object while the module loads.
 */
/* @__NO_SIDE_EFFECTS__ */
export function withMoments<Own extends Readers>(own: Own) {
  return {
    beta1: optional(fractionBelowOne, 0.9),
    beta2: optional(fractionBelowOne, 0.999),
    epsilon: optional(nonNegative, 1e-8),
    ...own,
  };
}
