/**
 * The unknowns of an implicit function as one vector for each example, and as leaves.
 */

import type { TensorType } from "../graph/types.ts";
import { concat } from "../ops/joining.ts";
import { castTo } from "../ops/promote.ts";
import { reshape, slice } from "../ops/view.ts";
import { at, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Returns the number of elements that leaves have for one example. Their first `leading` axes are those of examples. */
export function countOf(leaves: readonly TensorType[], leading: number): number {
  return leaves.reduce((sum, { shape }) => sum + sizeOf(shape.slice(leading)), 0);
}

/** Returns the axes of the examples. */
export function examplesOf(leaves: readonly TensorType[], leading: number): Shape {
  return at(leaves, 0).shape.slice(0, leading);
}

/** Returns leaves as vectors: the shape [...examples, elements]. */
export function joined(leaves: readonly Tensor[], leading: number): Tensor {
  const vectors = leaves.map((leaf) =>
    reshape(leaf, [...leaf.shape.slice(0, leading), sizeOf(leaf.shape.slice(leading))]),
  );
  return vectors.length === 1 ? at(vectors, 0) : concat(vectors, leading);
}

/** Returns vectors as leaves of these types. */
export function parted(
  vectors: Tensor,
  leaves: readonly TensorType[],
  leading: number,
): readonly Tensor[] {
  let from = 0;
  return leaves.map(({ shape, dtype }) => {
    const to = from + sizeOf(shape.slice(leading));
    const examples = shape.slice(0, leading);
    const part = slice(vectors, [...examples.map(() => 0), from], [...examples, to]);
    from = to;
    return castTo(reshape(part, shape), dtype);
  });
}
