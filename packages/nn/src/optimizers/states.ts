/**
 * The arithmetic that optimizers share: running means, their bias, and decoupled weight decay.
 */

import { pow, sub, type Tensor, type Variable } from "@graddiff/core";

/** Gives a state its next value, and returns that. */
export function keepIn(state: Variable, next: Tensor): Tensor {
  state.assign(next);
  return next;
}

/** Returns a running mean, β · mean + (1 − β) · next, kept in its state. */
export function runningMean(mean: Variable, next: Tensor, beta: number): Tensor {
  return keepIn(mean, mean.value.mul(beta).add(next.mul(1 - beta)));
}

/** Returns the bias of a running mean that began at zero, 1 − β^steps: it is divided by that. */
export function biasOf(beta: number, steps: Tensor): Tensor {
  return sub(1, pow(beta, steps));
}

/**
 * Applies decoupled weight decay: w ← w − rate · λ · w beside the step, so that the size of gradients does not touch it
 * (Loshchilov and Hutter, ICLR 2019).
 */
export function shrinkWeight(weight: Variable, rate: Tensor, decay: number): void {
  weight.assign(weight.value.mul(sub(1, rate.mul(decay))));
}
