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
 * The length of a step: a number, or a schedule, a function from the number of steps before to the rate.
 *
 * A schedule is made of ops, as `cosineDecay` is, so that a compiled step follows it without compiling again.
 */
export type LearningRate = number | ((step: Tensor) => TensorLike);

/** The options of every optimizer. */
export interface OptimizerOptions {
  /**
   * The length of a step. A number may be changed at any time, also between compiled steps; a schedule changes itself.
   */
  readonly learningRate: LearningRate;
  /**
   * Weight decay λ. Here λ · w becomes a part of the gradient, as by L2 regularisation; an optimizer that shrinks the
   * weights beside its step says so. Default 0, which changes nothing.
   */
  readonly weightDecay?: number;
  /**
   * Changes the gradients before each step, those of all trained Variables together, as in
   * `(gradients) => clipByGlobalNorm(gradients, 1)`: so they are clipped in `fit`, too. Weight decay comes later.
   * Default: they stay as they are.
   */
  readonly transformGradients?: (gradients: readonly Tensor[]) => readonly Tensor[];
}

/** A learning rate. */
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

/** Returns the readers of the options of Adam and its kin: a function, since bundlers keep a spread at load. */
/* @__NO_SIDE_EFFECTS__ */
export function withMoments<Own extends Readers>(own: Own) {
  return {
    beta1: optional(fractionBelowOne, 0.9),
    beta2: optional(fractionBelowOne, 0.999),
    epsilon: optional(nonNegative, 1e-8),
    ...own,
  };
}
