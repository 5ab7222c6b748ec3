/**
 * Small functions of tensors that all solvers use.
 */

import { ArgumentError, findNaN, type Tensor, tensor, where } from "@graddiff/core";

/** Returns an int32 scalar. */
export function whole(value: number): Tensor {
  return tensor(value, { dtype: "int32" });
}

/** Returns the distance from 1 to the next number of a dtype. */
export function epsilonOf(dtype: string): number {
  return dtype === "float32" ? 2 ** -23 : 2 ** -52;
}

/** Returns whether all elements are finite, a bool scalar. */
export function areFinite(x: Tensor): Tensor {
  return x.isFinite().all();
}

/** Returns the Euclidean norm, along an axis or of all elements, without squares that overflow or vanish. */
export function normOf(x: Tensor, axis?: number): Tensor {
  const greatest = x.abs().max(axis, { keepDims: true });
  const unit = where(
    greatest.greater(0).logicalAnd(greatest.isFinite()),
    greatest,
    1,
  ).stopGradient();
  const size = x.div(unit).square().sum(axis).sqrt();
  return size.mul(unit.reshape(size.shape));
}

/** Returns the sum of squares. */
export function squared(x: Tensor): Tensor {
  return x.square().sum();
}

/**
 * The part of the greatest magnitude of an unknown below which it counts as zero where its derivatives vanish with it: so small
 * that a function that only looks like a power from far away has shown what it is.
 */
const NEGLIGIBLE = 1e-14;

/** The part of the greatest magnitude of an unknown below which any of its changes counts as none. */
const ZERO = 1e-21;

/**
 * Returns the changes of unknowns that count as none beside a relative tolerance.
 *
 * @param reach the greatest magnitudes of the unknowns.
 * @param isFlat which of them have derivatives that vanish with them.
 * @param absolute what the user allows, in the units of the unknowns.
 */
export function leastChange(reach: Tensor, isFlat: Tensor, absolute: number): Tensor {
  return reach.mul(where(isFlat, NEGLIGIBLE, ZERO)).add(absolute);
}

/** True if a step changes an unknown by more than the sum of a relative and an absolute tolerance, a bool scalar. */
export function changes(
  step: Tensor,
  x: Tensor,
  relative: number,
  absolute: Tensor | number = 0,
): Tensor {
  return step.abs().greater(x.abs().mul(relative).add(absolute)).any();
}

/**
 * Returns a tolerance of an option, or its default.
 *
 * @throws ArgumentError for one below the ε of the dtype, which no step can reach.
 */
export function toleranceOf(
  op: string,
  argument: string,
  tolerance: number | undefined,
  dtype: string,
  power: number,
): number {
  const epsilon = epsilonOf(dtype);
  if (tolerance === undefined) return epsilon ** power;
  if (tolerance >= epsilon) return tolerance;
  const expected = `at least ${epsilon.toPrecision(2)}, the ε of ${dtype}`;
  const hint = dtype === "float32" ? { hint: "float64 takes smaller ones" } : {};
  throw new ArgumentError({ op, argument, expected, got: String(tolerance), ...hint });
}

/**
 * Returns which op of a function is the first that is not finite, or that its derivative is not; undefined where neither is so,
 * or values cannot be read.
 *
 * @param derivative the derivative at the same point. Default: the function has none.
 */
export function whereNotFinite(
  name: string,
  fn: () => unknown,
  derivative?: () => Tensor,
): string | undefined {
  try {
    const report = findNaN(fn as () => Tensor)();
    if (report !== undefined) {
      return `in ${name} the op ${report.op} made it first, on the way ${report.way.join(" → ")}`;
    }
    const isGood = derivative === undefined || areFinite(derivative()).item() === 1;
    return isGood
      ? undefined
      : `the derivative of ${name} is not finite there, though its values are`;
  } catch {
    // Inside of recordings, and for functions that are not there any more, there is nothing to look at.
    return undefined;
  }
}
