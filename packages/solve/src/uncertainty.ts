/**
 * Uncertainty of unknowns: standard errors, covariance, and the unknowns that the residuals do not determine.
 */

import { type Tensor, where } from "@graddiff/core";
import { pinv, qr, svd } from "@graddiff/core/linalg";
import { epsilonOf, normsOf } from "./numbers.ts";

/** The linear algebra of a Jacobian at a solution, with columns of length 1. */
export interface Uncertainty {
  /** A root F of (JᵀJ)⁺ = F Fᵀ, [unknowns, residuals]. */
  readonly factor: Tensor;
  /** For each unknown, 1 if the residuals do not determine it, else 0. */
  readonly isUndetermined: Tensor;
  /** An orthonormal basis of the null space in units of the columns, padded with zeros, [unknowns, unknowns]. */
  readonly nullSpace: Tensor;
  /** The factor from an unknown to these units. */
  readonly units: Tensor;
  /** The component of a unit vector in the null space below which it may be rounding. */
  readonly rounding: Tensor;
}

/**
 * Returns the uncertainty of the unknowns of a Jacobian. Its rank is that of its columns scaled to length 1: the number of
 * singular values above max(m, n) ε times the greatest.
 */
export function uncertaintyOf(jacobian: Tensor): Uncertainty {
  const [m, n] = jacobian.shape as [number, number];
  const peaks = jacobian.abs().max(0).stopGradient();
  const isGood = peaks.isFinite().all();
  const scale = where(peaks.greater(0).logicalAnd(isGood), peaks, 1);
  const columns = where(isGood, jacobian.div(scale), 0);
  const fixed = columns.stopGradient();
  // The triangular factor of a QR factorisation has the same singular values and right singular vectors as the matrix.
  const square = m > n ? qr(fixed).r : m < n ? wide(fixed, n) : fixed;
  const norms = square.square().sum(0).sqrt();
  const lengths = where(norms.greater(0), norms, 1);
  const units = lengths.mul(scale);
  const factor = pinv(columns.div(lengths)).div(units.reshape([n, 1]));
  const { s, vt } = svd(square.div(lengths));
  const least = Math.max(m, n) * epsilonOf(jacobian.dtype);
  const isNull = s.lessEqual(s.max().mul(least));
  const smallest = where(isNull, s.max(), s).min();
  const ratio = s.max().div(where(smallest.greater(0), smallest, 1));
  const rounding = ratio.mul(8 * least);
  const nullSpace = where(isNull.reshape([n, 1]), vt, 0).transpose();
  const isUndetermined = normsOf(nullSpace).greater(rounding).cast(jacobian.dtype);
  return { factor, isUndetermined, nullSpace, units, rounding };
}

/** Returns a matrix with fewer rows than columns, padded to a square one with rows of zeros. */
function wide(matrix: Tensor, n: number): Tensor {
  const [m] = matrix.shape as [number];
  return matrix.pad([
    [0, n - m],
    [0, 0],
  ]);
}

/**
 * Returns scale² F Fᵀ, infinite in the rows and columns of undetermined unknowns, and everywhere for an infinite scale.
 */
export function covarianceOf({ factor, isUndetermined }: Uncertainty, scale: Tensor): Tensor {
  const isKnown = scale.isFinite();
  const scaled = factor.mul(where(isKnown, scale, 1));
  const isOpen = isUndetermined.greater(0).logicalOr(isKnown.logicalNot());
  const [n] = isUndetermined.shape as [number];
  const either = isOpen.reshape([n, 1]).logicalOr(isOpen.reshape([1, n]));
  return where(either, Number.POSITIVE_INFINITY, scaled.matmul(scaled.transpose()));
}

/** Returns the square roots of the diagonal of the covariance, which do not overflow where the covariance does. */
export function standardErrorsOf({ factor, isUndetermined }: Uncertainty, scale: Tensor): Tensor {
  const isOpen = isUndetermined.greater(0).logicalOr(scale.isFinite().logicalNot());
  return where(isOpen, Number.POSITIVE_INFINITY, normsOf(factor.mul(scale)));
}

/** Returns the standard errors, to first order, of values whose derivatives are `slopes`, [values, unknowns]. */
export function errorsAlong(
  slopes: Tensor,
  { factor, nullSpace, units, rounding }: Uncertainty,
  scale: Tensor,
): Tensor {
  const known = normsOf(slopes.matmul(factor.mul(scale)));
  const scaled = slopes.stopGradient().div(units);
  const open = normsOf(scaled.matmul(nullSpace));
  const isOpen = open
    .greater(normsOf(scaled).mul(rounding))
    .logicalOr(scale.isFinite().logicalNot());
  return where(isOpen, Number.POSITIVE_INFINITY, known);
}
