/**
 * Differences of neighbours along an axis.
 */

import { integer, optional, refuseSurplus } from "../arguments.ts";
import { elementsAlong } from "../ops/view.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

const readAxis = optional(integer, -1);

/**
 * Returns the differences of elements to those before them along an axis: x₁ − x₀, x₂ − x₁, … Of bools, whether both
 * differ.
 *
 * @param axis default the last.
 * @returns the shape of x, with one element less along the axis; none where it has none.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { diff, tensor } from "@graddiff/core";
 *
 * console.log(String(diff(tensor([1, 4, 9])))); // [3. 5.]
 * ```
 */
export function diff(x: TensorLike, axis?: number): Tensor {
  refuseSurplus("diff", 2, arguments);
  const input = toTensor("diff", "x", x);
  const along = normalizeAxis("diff", readAxis("diff", "axis", axis), input.rank);
  const length = at(input.shape, along);
  const count = Math.max(0, length - 1);
  const later = elementsAlong(input, along, length - count, count);
  const earlier = elementsAlong(input, along, 0, count);
  return input.dtype === "bool" ? later.notEqual(earlier) : later.sub(earlier);
}
