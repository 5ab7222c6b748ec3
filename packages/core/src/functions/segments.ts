/**
 * Segment reductions: the sum, the mean or an extreme of the rows with one id.
 */

import { nonNegativeInteger, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import { castLike } from "../ops/cast.ts";
import { takeBackwardOp, wholeIndices } from "../ops/indexing.ts";
import { promoteInputs, refuseBooleans } from "../ops/promote.ts";
import { type Mode, putRows } from "../ops/putting.ts";
import { reshape } from "../ops/view.ts";
import { full, ones } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { type Shape, sameShape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** Rows, the id of each, and how they are met. */
interface Segments {
  readonly x: Tensor;
  readonly ids: Tensor;
  readonly length: number;
  /** The shape of the result. */
  readonly shape: Shape;
  readonly taken: {
    readonly axis: 0;
    readonly shared: 0;
    readonly fromEnd: false;
    readonly by: string;
    readonly argument: "ids";
  };
}

function segmentsOf(op: string, x: TensorLike, ids: TensorLike, count: number): Segments {
  const input = toTensor(op, "x", x);
  const segments = wholeIndices(op, toTensor(op, "ids", ids), "ids");
  const length = nonNegativeInteger(op, "count", count);
  const leading = input.shape.slice(0, segments.rank);
  if (segments.rank === 0 || !sameShape(leading, segments.shape)) {
    const expected = `the shape of first axes of x, ${formatShape(input.shape)}`;
    throw new ShapeError(op, "ids", expected, formatShape(segments.shape));
  }
  return {
    x: input,
    ids: segments,
    length,
    shape: [length, ...input.shape.slice(segments.rank)],
    taken: { axis: 0, shared: 0, fromEnd: false, by: op, argument: "ids" },
  };
}

function added({ x, ids, length, taken }: Segments): Tensor {
  return apply(takeBackwardOp, [x, ids], { ...taken, length });
}

/** Returns x placed among the elements `first`, which are numbers. */
function gathered({ x, ids, shape, taken }: Segments, mode: Mode, first: number): Tensor {
  refuseBooleans(taken.by, x.dtype);
  return putRows(castLike(full(shape, first, { dtype: x.dtype }), x), ids, x, taken, mode);
}

/**
 * Returns the sums of the rows of x that have one id each.
 *
 * @param ids int32, one for each element of the first axes of x, from 0 up to but without `count`.
 * @param count how many sums there are.
 * @returns [count, …the other axes of x]; 0 for an id that no row has. Bools are counted.
 * @throws DTypeError for ids that are not int32; ShapeError for ids of another shape; ArgumentError for an id out of
 *   range. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { segmentSum, tensor } from "@graddiff/core";
 *
 * console.log(String(segmentSum(tensor([1, 2, 3]), tensor([1, 0, 1], { dtype: "int32" }), 3))); // [2. 4. 0.]
 * ```
 */
export function segmentSum(x: TensorLike, ids: TensorLike, count: number): Tensor {
  refuseSurplus("segmentSum", 3, arguments);
  return added(segmentsOf("segmentSum", x, ids, count));
}

/**
 * Returns the means of the rows of x that have one id each; see {@link segmentSum}.
 *
 * @returns floats; 0 for an id that no row has.
 * @example
 * ```ts
 * import { segmentMean, tensor } from "@graddiff/core";
 *
 * console.log(String(segmentMean(tensor([1, 2, 3]), tensor([1, 0, 1], { dtype: "int32" }), 3))); // [2. 2. 0.]
 * ```
 */
export function segmentMean(x: TensorLike, ids: TensorLike, count: number): Tensor {
  const op = "segmentMean";
  refuseSurplus(op, 3, arguments);
  const segments = segmentsOf(op, x, ids, count);
  const [input] = promoteInputs(op, [segments.x], "float");
  const sums = added({ ...segments, x: input });
  const counts = added({ ...segments, x: ones(segments.ids.shape, { dtype: "int32" }) });
  const shape = [segments.length, ...sums.shape.slice(1).map(() => 1)];
  return sums.div(reshape(counts.maximum(1), shape));
}

/**
 * Returns the greatest elements of the rows of x that have one id each, NaN where one is NaN; see {@link segmentSum}.
 * Equal greatest elements share the gradient evenly.
 *
 * @returns the dtype of x; −∞, of int32 −2³¹, for an id that no row has.
 * @throws DTypeError for bools.
 * @example
 * ```ts
 * import { segmentMax, tensor } from "@graddiff/core";
 *
 * console.log(String(segmentMax(tensor([1, 2, 3]), tensor([1, 0, 1], { dtype: "int32" }), 2))); // [2. 3.]
 * ```
 */
export function segmentMax(x: TensorLike, ids: TensorLike, count: number): Tensor {
  refuseSurplus("segmentMax", 3, arguments);
  const segments = segmentsOf("segmentMax", x, ids, count);
  return gathered(
    segments,
    "max",
    isFloat(segments.x.dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31),
  );
}

/**
 * Returns the least elements of the rows of x that have one id each; see {@link segmentMax}.
 *
 * @returns the dtype of x; ∞, of int32 2³¹ − 1, for an id that no row has.
 * @example
 * ```ts
 * import { segmentMin, tensor } from "@graddiff/core";
 *
 * console.log(String(segmentMin(tensor([1, 2, 3]), tensor([1, 0, 1], { dtype: "int32" }), 2))); // [2. 1.]
 * ```
 */
export function segmentMin(x: TensorLike, ids: TensorLike, count: number): Tensor {
  refuseSurplus("segmentMin", 3, arguments);
  const segments = segmentsOf("segmentMin", x, ids, count);
  return gathered(
    segments,
    "min",
    isFloat(segments.x.dtype) ? Number.POSITIVE_INFINITY : 2 ** 31 - 1,
  );
}

/**
 * Returns the products of the rows of x that have one id each; see {@link segmentSum}. The gradient is right beside
 * zeros.
 *
 * @returns the dtype of x; 1 for an id that no row has.
 * @throws DTypeError for bools.
 * @example
 * ```ts
 * import { segmentProd, tensor } from "@graddiff/core";
 *
 * console.log(String(segmentProd(tensor([2, 5, 3]), tensor([1, 0, 1], { dtype: "int32" }), 3))); // [5. 6. 1.]
 * ```
 */
export function segmentProd(x: TensorLike, ids: TensorLike, count: number): Tensor {
  refuseSurplus("segmentProd", 3, arguments);
  return gathered(segmentsOf("segmentProd", x, ids, count), "multiply", 1);
}
