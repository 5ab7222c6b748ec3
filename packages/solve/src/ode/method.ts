/** The interface of Runge–Kutta methods with adaptive steps. */

import type { Tensor } from "@graddiff/core";

/** The derivative of a state, both vectors, at a time, a scalar. */
export type Derivative = (time: Tensor, state: Tensor) => Tensor;

/** The result of a step, which may be accepted or rejected. */
export interface Trial {
  readonly state: Tensor;
  /** The derivative at its end. */
  readonly slope: Tensor;
  /** The error of the state, as the method estimates it. */
  readonly error: Tensor;
  /** Coefficients of the state inside of the step, [coefficients, unknowns]. */
  readonly dense: Tensor;
}

/** A method with an embedded method of another order, whose difference estimates the error. */
export interface Method {
  /** The lower of the two orders: the estimated error is proportional to the length of a step to the power order + 1. */
  readonly order: number;
  /** The number of evaluations of the derivative in a step. */
  readonly evaluations: number;
  /** The number of coefficients of its dense output. */
  readonly coefficients: number;
  /** @param slope the derivative at the time. */
  readonly step: (
    fn: Derivative,
    time: Tensor,
    state: Tensor,
    slope: Tensor,
    length: Tensor,
  ) => Trial;
  /** Returns the states at fractions of a step, from 0 to 1: [parts, 1] → [parts, unknowns]. */
  readonly inside: (dense: Tensor, parts: Tensor) => Tensor;
}

/** Returns Σ factor · tensor, over the nonzero factors. */
export function combined(factors: readonly number[], tensors: readonly Tensor[]): Tensor {
  const terms = factors.flatMap((factor, i) => {
    const tensor = tensors[i];
    return factor === 0 || tensor === undefined ? [] : [tensor.mul(factor)];
  });
  return terms.reduce((sum, term) => sum.add(term));
}
