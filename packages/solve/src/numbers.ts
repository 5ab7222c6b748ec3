/**
 * Small functions of tensors that all solvers use.
 */

import { findNaN, type Tensor, tensor } from "@graddiff/core";

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

/** Returns the sum of squares. */
export function squared(x: Tensor): Tensor {
  return x.square().sum();
}

/**
 * Returns whether a step changes an unknown by more than this part of it, a bool scalar. What is as small beside the
 * greatest unknown counts as zero.
 */
export function changes(step: Tensor, x: Tensor, least: number): Tensor {
  const sizes = x.abs();
  return step
    .abs()
    .greater(sizes.add(sizes.max().mul(least)).mul(least))
    .any();
}

/** Returns where a function is not finite, as far as values can be read. */
export function whereNotFinite(name: string, fn: () => unknown): string | undefined {
  try {
    const report = findNaN(fn as () => Tensor)();
    if (report === undefined) return `${name} is finite, but its derivative is not`;
    return `in ${name} the op ${report.op} made it first, on the way ${report.way.join(" → ")}`;
  } catch {
    // Inside of recordings, and for functions that are not there any more, there is nothing to look at.
    return undefined;
  }
}
