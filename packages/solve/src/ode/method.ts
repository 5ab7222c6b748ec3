/** The description of a Runge–Kutta method with steps of its own choice. */

import type { Tensor } from "@graddiff/core";

/** The derivative of a state, both vectors, at a time, a scalar. */
export type Derivative = (time: Tensor, state: Tensor) => Tensor;

/** A step that is tried. */
export interface Trial {
  readonly state: Tensor;
  /** The derivative at its end. */
  readonly slope: Tensor;
  /** The error of the state, as the method estimates it. */
  readonly error: Tensor;
  /** Coefficients of the state inside of the step, [coefficients, unknowns]. */
  readonly dense: Tensor;
}

/** A method of two orders. */
export interface Method {
  /** The order of the lesser one: errors grow with the length of a step to the power of it plus 1. */
  readonly order: number;
  /** The number of times that a step computes the derivative. */
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
  /** Returns the state at parts of a step, from 0 to 1: [parts, 1] → [parts, unknowns]. */
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
