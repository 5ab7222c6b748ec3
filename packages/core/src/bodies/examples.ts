/**
 * The examples of a batch that do not take part in a run of a body: they are computed with the values of one that does, so
 * that they neither fail nor make NaN.
 */

import { apply } from "../graph/apply.ts";
import type { TensorType } from "../graph/types.ts";
import { where } from "../ops/comparison.ts";
import { takeOp } from "../ops/indexing.ts";
import { reshape } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Returns a bool for each example in the rank of values whose first axes are the axes of the examples. */
export function along(each: Tensor, { shape }: TensorType): Tensor {
  return reshape(each, [...each.shape, ...shape.slice(each.rank).map(() => 1)]);
}

/**
 * Values in which each example that does not take part has the values of the first that does.
 *
 * @param each a bool of each example, at least one of which is true.
 * @param values tensors whose first axes are the axes of the examples; a tensor with fewer axes is shared by all.
 */
export function ofTaking(each: Tensor, values: readonly Tensor[]): Tensor[] {
  const { size, rank } = each;
  const first = reshape(each, [size]).cast("int32").argMax();
  const taken = { axis: 0, shared: 0, fromEnd: false, inside: true } as const;
  return values.map((value) => {
    if (value.rank < rank) return value;
    const rowShape = value.shape.slice(rank);
    const row = apply(takeOp, [reshape(value, [size, ...rowShape]), first], taken);
    return where(along(each, value), value, row);
  });
}
