/**
 * The step of a trust region: the minimum of the linearized least-squares problem among steps of bounded length
 * (J. J. Moré, "The Levenberg–Marquardt Algorithm: Implementation and Theory", 1977), by the singular values of the Jacobian.
 */

import { type Tensor, where, whileLoop } from "@graddiff/core";
import { squared, whole } from "./numbers.ts";

/** The linearized problem, with its Jacobian as U diag(s) Vᵀ, in units in which the trust region is a ball. */
export interface Model {
  /** Singular values, the greatest first. */
  readonly s: Tensor;
  /** The columns of V, [unknowns, values]. */
  readonly v: Tensor;
  /** Uᵀ times the residuals. */
  readonly residuals: Tensor;
}

/** The greatest number of iterations for the length of a step, and its relative tolerance. */
const MOST = 12;
const NEAR = 0.01;

/**
 * Returns the step in units of the trust region, whether the radius has bounded it, and the norm of the projection of the
 * residuals on the range of the Jacobian, which an unbounded step would remove.
 *
 * @param least the fraction of the greatest singular value below which others count as zero.
 */
export function stepWithin(
  { s, v, residuals }: Model,
  radius: Tensor,
  least: Tensor | number,
): { readonly step: Tensor; readonly isBounded: Tensor; readonly explained: Tensor } {
  const isLarge = s.greater(s.max().mul(least));
  const whole = where(isLarge, residuals.div(where(isLarge, s, 1)), 0);
  const isBounded = squared(whole).sqrt().greater(radius);
  const damping = dampingOf(s, residuals, radius, isBounded);
  const short = s.mul(residuals).div(s.square().add(damping));
  const length = squared(short).sqrt();
  const scaled = short.mul(radius.div(where(length.greater(0), length, 1)));
  const explained = squared(where(isLarge, residuals, 0)).sqrt();
  return { step: v.matmul(where(isBounded, scaled, whole)).neg(), isBounded, explained };
}

interface Search {
  readonly damping: Tensor;
  readonly low: Tensor;
  readonly high: Tensor;
  readonly error: Tensor;
  readonly rounds: Tensor;
}

/** Returns the λ for which the step s r/(s² + λ) has the length of the radius. */
function dampingOf(s: Tensor, residuals: Tensor, radius: Tensor, isWanted: Tensor): Tensor {
  const gradient = s.mul(residuals);
  const none = radius.mul(0);
  const high = squared(gradient).sqrt().div(radius);
  const init: Search = {
    ...{ damping: none, low: none, high, error: none.add(1) },
    rounds: whole(0),
  };
  const isNear = ({ error }: Search) => error.abs().less(NEAR);
  return whileLoop(
    (state: Search) =>
      isWanted.logicalAnd(isNear(state).logicalNot()).logicalAnd(state.rounds.less(MOST)),
    ({ damping, low, high, rounds }: Search) => {
      const isInside = damping.greater(low).logicalAnd(damping.less(high));
      const middle = low.mul(high).sqrt().maximum(high.mul(0.001));
      const own = where(isInside, damping, middle);
      const parts = s.square().add(own);
      const length = squared(gradient.div(parts)).sqrt();
      const slope = gradient.square().div(parts.pow(3)).sum().div(length).neg();
      const over = length.sub(radius);
      const newton = over.div(slope);
      return {
        damping: own.sub(length.div(radius).mul(newton)),
        low: low.maximum(own.sub(newton)),
        high: where(over.less(0), own, high),
        error: over.div(radius),
        rounds: rounds.add(1),
      };
    },
    init,
  ).damping;
}
