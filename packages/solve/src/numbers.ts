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

/** True if all elements are finite, a bool scalar. */
export function areFinite(x: Tensor): Tensor {
  return x.isFinite().all();
}

/** Returns the quotient; where the divisor is not above 0, the dividend. */
export function divided(x: Tensor, divisor: Tensor): Tensor {
  return x.div(where(divisor.greater(0), divisor, 1));
}

/**
 * Returns the Euclidean norm without overflow or underflow of squares; NaN or infinity for elements that are not finite.
 */
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
 * The fraction of its greatest magnitude below which an unknown counts as zero, if its derivatives vanish with it. It
 * is small enough to distinguish such a function from one that only resembles a power far from zero.
 */
const NEGLIGIBLE = 1e-14;

/** The fraction of the greatest magnitude of an unknown below which a change of it counts as no change. */
const ZERO = 1e-21;

/**
 * Returns the absolute tolerances of the unknowns, which are added to a relative tolerance.
 *
 * @param reach the greatest magnitudes of the unknowns so far.
 * @param isFlat true for unknowns whose derivatives vanish with them.
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
 * Reads a tolerance from an option; undefined gives the default.
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
 * Returns a sentence with the first op of a function whose value or derivative is not finite; undefined if there is
 * none, or if values cannot be read.
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
    // Inside of recordings values cannot be read, and a function may no longer be callable: then there is no sentence.
    return undefined;
  }
}
