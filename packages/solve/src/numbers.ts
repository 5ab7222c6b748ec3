/**
 * Small functions of tensors that all solvers use.
 */

import { ArgumentError, findNaN, type Tensor, tensor, where } from "@graddiff/core";

const WHOLE = Array.from({ length: 32 }, (_, i) => tensor(i - 8, { dtype: "int32" }));

/** Returns an int32 scalar. */
export function whole(value: number): Tensor {
  return WHOLE[value + 8] ?? tensor(value, { dtype: "int32" });
}

/** Returns the distance from 1 to the next number of a dtype. */
export function epsilonOf(dtype: string): number {
  return dtype === "float32" ? 2 ** -23 : 2 ** -52;
}

/** Returns whether all elements are finite, a bool scalar. */
export function areFinite(x: Tensor): Tensor {
  return x.isFinite().all();
}

/** Returns a quotient, and the dividend where the divisor is not above 0. */
export function divided(x: Tensor, divisor: Tensor): Tensor {
  return x.div(where(divisor.greater(0), divisor, 1));
}

/** Returns the Euclidean norm, without squares that overflow or vanish; NaN or infinity for elements that are not finite. */
export function normOf(x: Tensor): Tensor {
  const greatest = x.abs().max();
  return squared(divided(x, greatest)).sqrt().mul(greatest);
}

/** Returns the norms of the rows of a matrix. */
export function normsOf(x: Tensor): Tensor {
  const greatest = x.abs().max(1, { keepDims: true });
  return divided(x, greatest)
    .square()
    .sum(1)
    .sqrt()
    .mul(greatest.reshape([-1]));
}

/** Returns the sum of squares. */
export function squared(x: Tensor): Tensor {
  return x.square().sum();
}

/**
 * The part of the greatest magnitude of an unknown below which it counts as zero where its derivatives vanish with it:
 * small enough to tell such a function from one that only looks like a power from far away.
 */
const NEGLIGIBLE = 1e-14;

/** The part of the greatest magnitude of an unknown below which any of its changes counts as none. */
const ZERO = 1e-21;

/**
 * Returns the changes of unknowns that count as none beside a relative tolerance.
 *
 * @param reach the greatest magnitudes of the unknowns.
 * @param isFlat which of them have derivatives that vanish with them.
 * @param absolute the tolerance of the user, in the units of the unknowns.
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
