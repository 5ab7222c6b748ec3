/**
 * The arithmetic that optimizers share: running means, their bias, and decoupled weight decay.
 */

import { pow, sub, type Tensor, type Variable } from "@graddiff/core";

/** Assigns the next value to a state, and returns the value. */
export function keepIn(state: Variable, next: Tensor): Tensor {
  state.assign(next);
  return next;
}

/** Returns the next running mean, β · mean + (1 − β) · next, and assigns it to its state. */
export function runningMean(mean: Variable, next: Tensor, beta: number): Tensor {
  return keepIn(mean, mean.value.mul(beta).add(next.mul(1 - beta)));
}

/** Returns 1 − β^steps, by which a running mean that began at zero is divided to correct its bias. */
export function biasOf(beta: number, steps: Tensor): Tensor {
  return sub(1, pow(beta, steps));
}

/**
 * Applies decoupled weight decay, w ← w − rate · λ · w, which does not depend on the magnitude of gradients (Loshchilov
 * and Hutter, ICLR 2019).
 */
export function shrinkWeight(weight: Variable, rate: Tensor, decay: number): void {
  weight.assign(weight.value.mul(sub(1, rate.mul(decay))));
}
