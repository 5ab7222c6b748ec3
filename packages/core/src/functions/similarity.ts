/** The similarity of vectors: the cosine of their angle, and their distances. */

import { integer, numberThat, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { maximum } from "../ops/arithmetic.ts";
import { where } from "../ops/comparison.ts";
import { promoteInputs } from "../ops/promote.ts";
import { max, sum } from "../ops/reduction.ts";
import { broadcastTo, spreadAxes } from "../ops/view.ts";
import { at, broadcastShapes, normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** Returns two tensors of one float dtype. */
function floats(op: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] {
  return promoteInputs(op, [toTensor(op, "x", x), toTensor(op, "y", y)], "float");
}

/** Returns a power of sums that are 0 or more, whose gradient at 0 is 0. */
function root(total: Tensor, power: (positive: Tensor) => Tensor): Tensor {
  const isZero = total.equal(0);
  return where(isZero, 0, power(where(isZero, 1, total)));
}

const readEpsilon = optional(
  numberThat((value) => value >= 0, "a number of 0 or more"),
  1e-8,
);
const readAxis = optional(integer, -1);
const readOptions = optionsReader({ epsilon: readEpsilon });

/**
 * Returns the cosine of the angle between vectors, Σ x y / (‖x‖ ‖y‖), in which norms below ε count as ε.
 *
 * The gradient is PyTorch's: norms that count as ε have the slope of norms all the same, and that of zero vectors is 0.
 *
 * @param x floats; int32 and bools become float32. It broadcasts with y.
 * @param axis along which the vectors are, of the shape that both broadcast to. Default the last; PyTorch's is 1.
 * @param options `epsilon` (1e−8).
 * @returns the shape that both broadcast to, without the axis.
 * @throws ShapeError for shapes that do not broadcast, or an axis out of range.
 * @example
 * ```ts
 * import { cosineSimilarity, tensor } from "@graddiff/core";
 *
 * console.log(String(cosineSimilarity(tensor([[1, 0], [0, 5]]), tensor([0, 2])))); // [0. 1.]
 * ```
 */
export function cosineSimilarity(
  x: TensorLike,
  y: TensorLike,
  axis?: number,
  options?: { readonly epsilon?: number },
): Tensor {
  const op = "cosineSimilarity";
  refuseSurplus(op, 4, arguments);
  const [left, right] = floats(op, x, y);
  const shape = broadcastShapes(op, left.shape, right.shape);
  const along = normalizeAxis(op, readAxis(op, "axis", axis), shape.length);
  const { epsilon } = readOptions(op, options);
  const unit = (vectors: Tensor) => {
    const all = broadcastTo(vectors, shape);
    const norm = root(sum(all.square(), along, { keepDims: true }), (total) => total.sqrt());
    return all.div(norm.add(maximum(norm, epsilon).sub(norm).stopGradient()));
  };
  return sum(unit(left).mul(unit(right)), along);
}

const readDistance = optionsReader({
  order: optional(
    numberThat((value) => value >= 0, "a number of 0 or more, or Infinity"),
    2,
  ),
});

/** Returns the norm of the vectors along the last axis. */
function normOf(differences: Tensor, order: number): Tensor {
  const along = differences.rank - 1;
  if (order === 2) return root(sum(differences.square(), along), (total) => total.sqrt());
  const sizes = differences.abs();
  if (order === 1) return sum(sizes, along);
  if (order === Number.POSITIVE_INFINITY) {
    return differences.shape[along] === 0 ? sum(sizes, along) : max(sizes, along);
  }
  if (order === 0) return sum(sizes.sign(), along);
  const powers = root(sizes, (positive) => positive.pow(order));
  return root(sum(powers, along), (positive) => positive.pow(1 / order));
}

/**
 * Returns the distance of each vector of x to each of y, (Σₖ |xᵢₖ − yⱼₖ|ᵖ)^(1/p): what SciPy and PyTorch call cdist.
 * (PyTorch's pairwise_distance, from each vector of x to one of y, is that of `expandDims(x, −2)` and `expandDims(y,
 * −2)`; it adds 1e−6 to differences.)
 *
 * The gradient of a distance of 0 is 0, and so is that of a difference of 0, as in PyTorch. Equal greatest differences
 * share that of order Infinity.
 *
 * @param x floats, [leading, vectors, elements]; int32 and bools become float32.
 * @param y [leading, vectors, elements]. Leading axes broadcast.
 * @param options `order` (default 2): p, from 0 (the number of elements that differ) to Infinity (the greatest
 *   difference).
 * @returns [leading, vectors of x, vectors of y].
 * @throws ShapeError for vectors of different lengths.
 * @example
 * ```ts
 * import { pairwiseDistance, tensor } from "@graddiff/core";
 *
 * const [x, y] = [tensor([[0, 0], [3, 0]]), tensor([[3, 4]])];
 * console.log(pairwiseDistance(x, y).toArray(), pairwiseDistance(x, y, { order: 1 }).toArray()); // [ [ 5 ], [ 4 ] ] [ [ 7 ], [ 4 ] ]
 * ```
 */
export function pairwiseDistance(
  x: TensorLike,
  y: TensorLike,
  options?: { readonly order?: number },
): Tensor {
  const op = "pairwiseDistance";
  refuseSurplus(op, 3, arguments);
  const [left, right] = floats(op, x, y);
  for (const [argument, { rank, shape }] of [
    ["x", left],
    ["y", right],
  ] as const) {
    if (rank >= 2) continue;
    const expected = "two axes or more, [leading, vectors, elements]";
    throw new ShapeError(op, argument, expected, formatShape(shape));
  }
  const length = at(left.shape, left.rank - 1);
  if (right.shape[right.rank - 1] !== length) {
    const got = formatShape(right.shape);
    throw new ShapeError(op, "y", `vectors of ${length} elements`, got);
  }
  const { order } = readDistance(op, options);
  const split = (input: Tensor) => input.shape.slice(0, -2);
  const rows = [...split(left), at(left.shape, left.rank - 2), 1, length];
  const columns = [...split(right), 1, at(right.shape, right.rank - 2), length];
  const first = spreadAxes(op, "x", left, rows);
  const second = spreadAxes(op, "y", right, columns);
  return normOf(first.sub(second), order);
}
