/**
 * Products that are written in the matrix product and in products of elements.
 */

import { integer, listOf, nonNegativeInteger, optional, refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { mul, sub } from "../ops/arithmetic.ts";
import { matmul } from "../ops/contraction.ts";
import { concat } from "../ops/joining.ts";
import { promoteInputs } from "../ops/promote.ts";
import { broadcastTo, reshape, slice, transpose } from "../ops/view.ts";
import {
  at,
  broadcastShapes,
  MOST_AXES,
  normalizeAxis,
  resultWithin,
  type Shape,
  sizeOf,
} from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** Returns two factors of one dtype; booleans count as int32. */
function factors(op: string, x: unknown, y: unknown): readonly [Tensor, Tensor] {
  return promoteInputs(op, [toTensor(op, "x", x), toTensor(op, "y", y)], "arithmetic");
}

function checkVector(op: string, argument: string, { shape }: Tensor, hint: string): void {
  if (shape.length === 1) return;
  throw new ShapeError(op, argument, "a vector", formatShape(shape), hint);
}

/**
 * Returns the inner product of two vectors, Σₖ xₖ yₖ, as NumPy's dot of vectors. Of matrices and stacks NumPy's dot is
 * what `matmul` and `tensordot` are here.
 *
 * @param x numbers, [length]; bools count as int32.
 * @param y as many.
 * @returns a scalar: the sum in order, as that of a matrix product.
 * @throws ShapeError for what are no vectors of one length.
 * @example
 * ```ts
 * import { dot, tensor } from "@graddiff/core";
 *
 * console.log(dot(tensor([1, 2, 3]), tensor([4, 5, 6])).item()); // 32
 * ```
 */
export function dot(x: TensorLike, y: TensorLike): Tensor {
  refuseSurplus("dot", 2, arguments);
  const [left, right] = factors("dot", x, y);
  const hint = "Products of matrices are matmul's, those along other axes tensordot's";
  checkVector("dot", "x", left, hint);
  checkVector("dot", "y", right, hint);
  if (left.size !== right.size) {
    throw new ShapeError("dot", "y", `as many elements as x, ${left.size}`, String(right.size));
  }
  return matmul(left, right);
}

/**
 * Returns the products of each element of a vector with each of another: xᵢ yⱼ. As in the array-API standard x and y
 * are vectors; NumPy would make vectors of all else.
 *
 * @param x numbers, [rows]; bools count as int32.
 * @param y numbers, [columns].
 * @returns [rows, columns].
 * @throws ShapeError for what are no vectors.
 * @example
 * ```ts
 * import { outer, tensor } from "@graddiff/core";
 *
 * console.log(outer(tensor([1, 2]), tensor([3, 4])).toArray()); // [ [ 3, 4 ], [ 6, 8 ] ]
 * ```
 */
export function outer(x: TensorLike, y: TensorLike): Tensor {
  refuseSurplus("outer", 2, arguments);
  const [left, right] = factors("outer", x, y);
  const hint = "reshape([-1]) makes a vector of all elements";
  checkVector("outer", "x", left, hint);
  checkVector("outer", "y", right, hint);
  return mul(reshape(left, [left.size, 1]), right);
}

/**
 * Returns the Kronecker product: each element of x times all of y, in its place. Along each axis the lengths multiply.
 *
 * @param x numbers of any shape; bools count as int32.
 * @param y the same; the one with fewer axes gets leading axes of length 1.
 * @throws ShapeError for a result of more than 2³¹ − 1 elements.
 * @example
 * ```ts
 * import { eye, kron, tensor } from "@graddiff/core";
 *
 * console.log(kron(eye(2), tensor([[1, 2]])).toArray()); // [ [ 1, 2, 0, 0 ], [ 0, 0, 1, 2 ] ]
 * ```
 */
export function kron(x: TensorLike, y: TensorLike): Tensor {
  refuseSurplus("kron", 2, arguments);
  const [left, right] = factors("kron", x, y);
  const rank = Math.max(left.rank, right.rank);
  if (2 * rank > MOST_AXES) {
    const expected = `at most ${MOST_AXES / 2} axes`;
    const argument = left.rank === rank ? "x" : "y";
    throw new ShapeError("kron", argument, expected, String(rank));
  }
  const padded = (shape: Shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [a, b] = [padded(left.shape), padded(right.shape)];
  // The pairs of axes as one list: an axis of x, then one of y, and so on.
  const spread = reshape(
    left,
    a.flatMap((length) => [length, 1]),
  );
  const blocks = reshape(
    right,
    b.flatMap((length) => [1, length]),
  );
  return reshape(
    mul(spread, blocks),
    a.map((length, axis) => length * at(b, axis)),
  );
}

const readAxis = optional(integer, -1);

/**
 * Returns the cross product of vectors of three numbers, which are along an axis; other axes broadcast.
 *
 * @param x numbers with 3 elements along the axis; bools count as int32.
 * @param y the same.
 * @param axis of the shape that both broadcast to; default the last.
 * @throws ShapeError where one of them does not have 3 elements along the axis, or they do not broadcast.
 * @example
 * ```ts
 * import { cross, tensor } from "@graddiff/core";
 *
 * console.log(String(cross(tensor([1, 0, 0]), tensor([0, 1, 0])))); // [0. 0. 1.]
 * ```
 */
export function cross(x: TensorLike, y: TensorLike, axis?: number): Tensor {
  refuseSurplus("cross", 3, arguments);
  const [left, right] = factors("cross", x, y);
  const shape = broadcastShapes("cross", left.shape, right.shape);
  const along = normalizeAxis("cross", readAxis("cross", "axis", axis), shape.length);
  for (const [argument, vector] of [
    ["x", left],
    ["y", right],
  ] as const) {
    const length = vector.shape[along - shape.length + vector.rank];
    if (length === 3) continue;
    const expected = `3 elements along axis ${along} of ${formatShape(shape)}`;
    throw new ShapeError("cross", argument, expected, formatShape(vector.shape));
  }
  const part = (vector: Tensor, k: number) => {
    const whole = broadcastTo(vector, shape);
    const none = new Array<number>(along).fill(0);
    return slice(whole, [...none, k], [...shape.slice(0, along), k + 1]);
  };
  const element = (i: number, j: number) =>
    sub(mul(part(left, i), part(right, j)), mul(part(left, j), part(right, i)));
  return concat([element(1, 2), element(2, 0), element(0, 1)], along);
}

const readAxes = listOf(integer, "an array of axes");

/** Returns the axes of one factor. */
function readSide(argument: string, side: unknown, { rank }: Tensor): number[] {
  const read = readAxes("tensordot", argument, typeof side === "number" ? [side] : side);
  const axes = read.map((axis) => normalizeAxis("tensordot", axis, rank));
  if (new Set(axes).size === axes.length) return axes;
  throw pairsError("each axis once", side);
}

/** Returns the axes of both that are summed over. */
function readPairs(axes: unknown, x: Tensor, y: Tensor): readonly [number[], number[]] {
  if (!Array.isArray(axes)) {
    const count = optional(nonNegativeInteger, 2)("tensordot", "axes", axes);
    if (count > Math.min(x.rank, y.rank))
      throw pairsError(`at most ${Math.min(x.rank, y.rank)}, the axes that both have`, count);
    const indices = Array.from({ length: count }, (_, i) => i);
    return [indices.map((i) => x.rank - count + i), indices];
  }
  if (axes.length !== 2)
    throw pairsError("a number of axes, or the axes of x and those of y", axes);
  const [ofX, ofY]: readonly unknown[] = axes;
  const axesOfX = readSide("axes[0]", ofX, x);
  const others = readSide("axes[1]", ofY, y);
  if (axesOfX.length !== others.length) throw pairsError("as many axes of x as of y", axes);
  return [axesOfX, others];
}

function pairsError(expected: string, got: unknown): ArgumentError {
  return new ArgumentError("tensordot", "axes", expected, describe(got));
}

/**
 * Returns the sum of products over some axes of x and as many of y: a matrix product once the others are made one axis.
 *
 * @param x numbers; bools count as int32.
 * @param y numbers.
 * @param axes the axes of x and those of y, `[[…], […]]`, in pairs; or a number: the last ones of x and the first of
 *   y. Default 2. 0 gives all products of two elements.
 * @returns the other axes of x, and those of y after them; sums are in the order of the given axes of x.
 * @throws ShapeError for axes out of range, or pairs of different lengths; ArgumentError for what are no pairs.
 * @example
 * ```ts
 * import { arange, ones, tensordot } from "@graddiff/core";
 *
 * const x = arange(6).reshape([2, 3]);
 * console.log(String(tensordot(x, ones([3]), 1)), tensordot(x, x, [[0, 1], [0, 1]]).item()); // [ 3. 12.] 55
 * ```
 */
export function tensordot(
  x: TensorLike,
  y: TensorLike,
  axes?: number | readonly [number | readonly number[], number | readonly number[]],
): Tensor {
  refuseSurplus("tensordot", 3, arguments);
  const [left, right] = factors("tensordot", x, y);
  const [summed, others] = readPairs(axes, left, right);
  summed.forEach((axis, i) => {
    const other = at(others, i);
    if (left.shape[axis] === right.shape[other]) return;
    const expected = `pairs of one length`;
    const got = `axis ${axis} of ${formatShape(left.shape)} and axis ${other} of ${formatShape(right.shape)}`;
    throw new ShapeError("tensordot", "axes", expected, got);
  });
  const rest = (operand: Tensor, taken: readonly number[]) =>
    operand.shape.map((_, axis) => axis).filter((axis) => !taken.includes(axis));
  const [rows, columns] = [rest(left, summed), rest(right, others)];
  const lengths = ({ shape }: Tensor, list: readonly number[]) =>
    list.map((axis) => at(shape, axis));
  const count = sizeOf(lengths(left, summed));
  const a = reshape(transpose(left, [...rows, ...summed]), [sizeOf(lengths(left, rows)), count]);
  const b = reshape(transpose(right, [...others, ...columns]), [
    ...[count, sizeOf(lengths(right, columns))],
  ]);
  const shape = [...lengths(left, rows), ...lengths(right, columns)];
  resultWithin("tensordot", { shape }, undefined);
  return reshape(matmul(a, b), shape);
}
