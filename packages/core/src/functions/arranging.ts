/**
 * Axes and elements in another order, and the triangles and diagonals of matrices: functions alone.
 */

import {
  integer,
  listOf,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { where } from "../ops/comparison.ts";
import { take } from "../ops/indexing.ts";
import { concat } from "../ops/joining.ts";
import { sum } from "../ops/reduction.ts";
import { splitOp } from "../ops/splitting.ts";
import {
  broadcastTo,
  elementsAlong,
  reshape,
  sliceBackwardOp,
  sliceOp,
  squeeze,
  transpose,
} from "../ops/view.ts";
import { arange, zerosLike } from "../tensor/create.ts";
import { allocate } from "../tensor/dtype.ts";
import { at, normalizeAxis, normalizeList, resultWithin, sizeOf } from "../tensor/shape.ts";
import { isTensor, stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** One number, or one for each axis. */
type OneOrMore = number | readonly number[];

function listFrom(op: string, argument: string, value: unknown, rank: number): number[] {
  return normalizeList(op, argument, typeof value === "number" ? [value] : value, rank);
}

/**
 * Returns the elements further along axes; those that leave at one end come in at the other.
 *
 * @param shifts how far, forwards; one number, or one for each of `axes`.
 * @param axes default: the elements are one sequence in row-major order.
 * @throws ShapeError for axes out of range or another number of shifts.
 * @example
 * ```ts
 * import { roll, tensor } from "@graddiff/core";
 *
 * console.log(String(roll(tensor([1, 2, 3, 4]), 1))); // [4. 1. 2. 3.]
 * ```
 */
export function roll(x: TensorLike, shifts: OneOrMore, axes?: OneOrMore): Tensor {
  refuseSurplus("roll", 3, arguments);
  const input = toTensor("roll", "x", x);
  if (axes === undefined) {
    const sequence = reshape(input, [input.size]);
    return reshape(rolled(sequence, 0, integer("roll", "shifts", shifts)), input.shape);
  }
  const along = listFrom("roll", "axes", axes, input.rank);
  const steps = readShifts("roll", "shifts", typeof shifts === "number" ? [shifts] : shifts);
  if (steps.length !== 1 && steps.length !== along.length) {
    throw new ShapeError("roll", "shifts", `one number, or ${along.length}`, describe(shifts));
  }
  return along.reduce(
    (result, axis, i) => rolled(result, axis, at(steps, steps.length === 1 ? 0 : i)),
    input,
  );
}

const readShifts = listOf(integer, "an integer, or an array of them");

function rolled(x: Tensor, axis: number, shift: number): Tensor {
  const length = at(x.shape, axis);
  const first = length === 0 ? 0 : ((-shift % length) + length) % length;
  if (first === 0) return x;
  const parts = [elementsAlong(x, axis, first, length - first), elementsAlong(x, axis, 0, first)];
  return concat(parts, axis);
}

/**
 * Moves axes to other positions; the others stay in their order.
 *
 * @param from one axis, or several. @param to as many positions in the result.
 * @throws ShapeError for axes out of range, or that are named twice.
 * @example
 * ```ts
 * import { moveAxis, zeros } from "@graddiff/core";
 *
 * console.log(moveAxis(zeros([2, 3, 4]), 0, -1).shape); // [ 3, 4, 2 ]
 * ```
 */
export function moveAxis(x: TensorLike, from: OneOrMore, to: OneOrMore): Tensor {
  refuseSurplus("moveAxis", 3, arguments);
  const input = toTensor("moveAxis", "x", x);
  const sources = listFrom("moveAxis", "from", from, input.rank);
  const targets = listFrom("moveAxis", "to", to, input.rank);
  if (
    sources.length !== targets.length ||
    new Set(sources).size !== sources.length ||
    new Set(targets).size !== targets.length
  ) {
    const expected = "as many positions as axes, each once";
    const got = `axes ${describe(from)} and positions ${describe(to)}`;
    throw new ShapeError("moveAxis", "to", expected, got);
  }
  const others = input.shape.map((_, axis) => axis).filter((axis) => !sources.includes(axis));
  const order = input.shape.map((_, index) => {
    const moved = targets.indexOf(index);
    return moved < 0 ? (others.shift() ?? 0) : at(sources, moved);
  });
  return transpose(input, order);
}

/**
 * Exchanges two axes.
 *
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { swapAxes, zeros } from "@graddiff/core";
 *
 * console.log(swapAxes(zeros([2, 3, 4]), 0, 2).shape); // [ 4, 3, 2 ]
 * ```
 */
export function swapAxes(x: TensorLike, first: number, second: number): Tensor {
  refuseSurplus("swapAxes", 3, arguments);
  const input = toTensor("swapAxes", "x", x);
  const a = normalizeAxis("swapAxes", first, input.rank, "first");
  const b = normalizeAxis("swapAxes", second, input.rank, "second");
  return transpose(
    input,
    input.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/**
 * Returns the parts of a tensor at each index of an axis, which goes.
 *
 * @param axis default 0.
 * @returns as many tensors as the axis is long.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor, unstack } from "@graddiff/core";
 *
 * console.log(unstack(tensor([[1, 2], [3, 4]])).map(String)); // [ '[1. 2.]', '[3. 4.]' ]
 * ```
 */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  refuseSurplus("unstack", 2, arguments);
  const input = toTensor("unstack", "x", x);
  const along = normalizeAxis("unstack", axis, input.rank);
  const sizes = new Array<number>(at(input.shape, along)).fill(1);
  if (sizes.length === 0) return [];
  return applyAll(splitOp, [input], { sizes, axis: along }).map((part) => squeeze(part, along));
}

/**
 * Returns each element `counts` times, one after the other.
 *
 * @param counts a number, or one for each index of the axis.
 * @param axis default: the elements are one sequence in row-major order.
 * @throws ShapeError for an axis out of range or another number of counts; ArgumentError for counts in a tensor, since
 *   the shape of a result depends on no value.
 * @example
 * ```ts
 * import { repeat, tensor } from "@graddiff/core";
 *
 * console.log(String(repeat(tensor([1, 2]), 2)), String(repeat(tensor([1, 2]), [1, 3]))); // [1. 1. 2. 2.] [1. 2. 2. 2.]
 * ```
 */
export function repeat(x: TensorLike, counts: OneOrMore, axis?: number): Tensor {
  refuseSurplus("repeat", 3, arguments);
  const tensor = toTensor("repeat", "x", x);
  const input = axis === undefined ? reshape(tensor, [tensor.size]) : tensor;
  const along = normalizeAxis("repeat", axis === undefined ? 0 : axis, input.rank);
  const length = at(input.shape, along);
  if (isTensor(counts)) {
    const expected = "a number, or an array of them: the shape of a result depends on no value";
    const hint = "Read it outside of compile with toArray()";
    throw new ArgumentError("repeat", "counts", expected, describe(counts), hint);
  }
  if (!Array.isArray(counts)) {
    const count = nonNegativeInteger("repeat", "counts", counts);
    const shape = input.shape.with(along, length * count);
    resultWithin("repeat", { shape }, undefined);
    const before = sizeOf(shape.slice(0, along)) * length;
    const after = sizeOf(shape.slice(along + 1));
    return reshape(broadcastTo(reshape(input, [before, 1, after]), [before, count, after]), shape);
  }
  const each = readCounts("repeat", "counts", counts);
  if (each.length !== length) {
    const expected = `a number, or ${length} of them, one for each index of axis ${along}`;
    throw new ShapeError("repeat", "counts", expected, describe(counts));
  }
  const total = each.reduce((sum, count) => sum + count, 0);
  resultWithin("repeat", { shape: input.shape.with(along, total) }, undefined);
  const indices = allocate("int32", total, "repeat");
  let from = 0;
  each.forEach((count, i) => {
    indices.fill(i, from, from + count);
    from += count;
  });
  return take(input, stored([total], "int32", indices), along);
}

const readCounts = listOf(nonNegativeInteger, "a number, or an array of them");

const readOffset = optionsReader({ offset: optional(integer, 0) });

/* @__NO_SIDE_EFFECTS__ */
function triangle(op: string, keeps: (distance: Tensor, offset: number) => Tensor) {
  return function (x: TensorLike, options?: { readonly offset?: number }): Tensor {
    refuseSurplus(op, 2, arguments);
    const { offset } = readOffset(op, options);
    const input = toTensor(op, "x", x);
    const [rows, columns] = matrixOf(op, input);
    const indices = (length: number) => arange(0, length, { dtype: "int32" });
    const distance = indices(columns).sub(reshape(indices(rows), [rows, 1]));
    return where(keeps(distance, offset), input, zerosLike(input));
  };
}

function matrixOf(op: string, x: Tensor): readonly [number, number] {
  if (x.rank >= 2) return [at(x.shape, x.rank - 2), at(x.shape, x.rank - 1)];
  throw new ShapeError(op, "x", "a matrix or a stack of matrices", formatShape(x.shape));
}

/**
 * The lower triangle of matrices, the last two axes: elements above a diagonal become 0.
 *
 * @param options `offset` (default 0): which diagonal; positive above the main one.
 * @throws ShapeError for less than two axes.
 * @example
 * ```ts
 * import { ones, tril } from "@graddiff/core";
 *
 * console.log(tril(ones([2, 2])).toArray()); // [ [ 1, 0 ], [ 1, 1 ] ]
 * ```
 */
export const tril: (x: TensorLike, options?: { readonly offset?: number }) => Tensor = triangle(
  "tril",
  (distance, offset) => distance.lessEqual(offset),
);

/**
 * The upper triangle of matrices, the last two axes: elements below a diagonal become 0. See {@link tril}.
 *
 * @param options `offset` (default 0): which diagonal; positive above the main one.
 * @throws ShapeError for less than two axes.
 * @example
 * ```ts
 * import { tensor, triu } from "@graddiff/core";
 *
 * console.log(triu(tensor([[1, 2], [3, 4]])).toArray()); // [ [ 1, 2 ], [ 0, 4 ] ]
 * ```
 */
export const triu: (x: TensorLike, options?: { readonly offset?: number }) => Tensor = triangle(
  "triu",
  (distance, offset) => distance.greaterEqual(offset),
);

/** The last argument of {@link diagonal} and {@link trace}. */
export interface DiagonalOptions {
  /** The diagonal; positive above the main one. Default 0. */
  readonly offset?: number;
  /** The axes of rows and columns. Default [−2, −1]. */
  readonly axes?: readonly [number, number];
}

const readDiagonal = optionsReader({
  offset: optional(integer, 0),
  axes: optional(listOf(integer, "a pair of axes"), [-2, -1]),
});

/** Returns the row-major offset at which a diagonal of a matrix begins, and its length. */
function lineOf(rows: number, columns: number, offset: number) {
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
  const start = offset < 0 ? -offset * columns : offset;
  return { start: length === 0 ? 0 : start, length };
}

function diagonalOf(op: string, x: TensorLike, options: DiagonalOptions | undefined): Tensor {
  const { offset, axes } = readDiagonal(op, options);
  const input = toTensor(op, "x", x);
  matrixOf(op, input);
  const pair = normalizeList(op, "axes", axes, input.rank);
  const [row = 0, column = 0] = pair;
  if (pair.length !== 2 || row === column) {
    throw new ShapeError(op, "axes", "two axes", describe(axes));
  }
  const others = input.shape.map((_, axis) => axis).filter((axis) => !pair.includes(axis));
  const matrices = transpose(input, [...others, row, column]);
  const leading = matrices.shape.slice(0, -2);
  const [rows, columns] = matrixOf(op, matrices);
  const flat = reshape(matrices, [...leading, rows * columns]);
  const { start, length } = lineOf(rows, columns, offset);
  return apply(sliceOp, [flat], {
    starts: [...leading.map(() => 0), start],
    lengths: [...leading, length],
    steps: [...leading.map(() => 1), columns + 1],
  });
}

/**
 * Returns a diagonal of matrices, after all other axes.
 *
 * @param options `offset` (default 0; positive above the main diagonal), `axes` of rows and columns (default [−2, −1]
 *   as in the array API; NumPy's are the first two).
 * @throws ShapeError for less than two axes.
 * @example
 * ```ts
 * import { diagonal, tensor } from "@graddiff/core";
 *
 * console.log(String(diagonal(tensor([[1, 2], [3, 4]])))); // [1. 4.]
 * ```
 */
export function diagonal(x: TensorLike, options?: DiagonalOptions): Tensor {
  refuseSurplus("diagonal", 2, arguments);
  return diagonalOf("diagonal", x, options);
}

/**
 * Returns the sum of a diagonal of matrices; see {@link diagonal}. A bool trace counts, in int32.
 *
 * @example
 * ```ts
 * import { tensor, trace } from "@graddiff/core";
 *
 * console.log(trace(tensor([[1, 2], [3, 4]])).item()); // 5
 * ```
 */
export function trace(x: TensorLike, options?: DiagonalOptions): Tensor {
  refuseSurplus("trace", 2, arguments);
  return sum(diagonalOf("trace", x, options), -1);
}

/**
 * Returns a matrix of zeros with a vector on a diagonal.
 *
 * @param v a vector. @param options `offset` (default 0): which diagonal; positive above the main one.
 * @throws ShapeError for what is no vector; `diagonal` takes one out of a matrix.
 * @example
 * ```ts
 * import { diag, tensor } from "@graddiff/core";
 *
 * console.log(diag(tensor([1, 2])).toArray()); // [ [ 1, 0 ], [ 0, 2 ] ]
 * ```
 */
export function diag(v: TensorLike, options?: { readonly offset?: number }): Tensor {
  refuseSurplus("diag", 2, arguments);
  const { offset } = readOffset("diag", options);
  const vector = toTensor("diag", "v", v);
  if (vector.rank !== 1) {
    const hint = "diagonal(x) is the diagonal of a matrix";
    throw new ShapeError("diag", "v", "a vector", formatShape(vector.shape), hint);
  }
  const side = vector.size + Math.abs(offset);
  const { start } = lineOf(side, side, offset);
  const flat = apply(sliceBackwardOp, [vector], {
    shape: [side * side],
    starts: [start],
    steps: [side + 1],
  });
  return reshape(flat, [side, side]);
}

const readMesh = optionsReader({ indexing: optional(oneOf("xy", "ij"), "xy" as const) });

/**
 * Returns the coordinates of all points of a grid: for each vector a tensor with an axis for each of them.
 *
 * @param vectors the coordinates along each axis.
 * @param options `indexing`: "xy" (the default, as in the array API), in which the first two axes are exchanged, or
 *   "ij".
 * @returns as many tensors as vectors.
 * @throws ShapeError for what is no vector.
 * @example
 * ```ts
 * import { meshgrid, tensor } from "@graddiff/core";
 *
 * const [x, y] = meshgrid([tensor([1, 2, 3]), tensor([10, 20])]);
 * console.log(x?.toArray(), y?.toArray()); // [ [ 1, 2, 3 ], [ 1, 2, 3 ] ] [ [ 10, 10, 10 ], [ 20, 20, 20 ] ]
 * ```
 */
export function meshgrid<const Vectors extends readonly TensorLike[]>(
  vectors: Vectors,
  options?: { readonly indexing?: "xy" | "ij" },
): { -readonly [Key in keyof Vectors]: Tensor };
export function meshgrid(
  vectors: readonly TensorLike[],
  options?: { readonly indexing?: "xy" | "ij" },
): Tensor[] {
  refuseSurplus("meshgrid", 2, arguments);
  const { indexing } = readMesh("meshgrid", options);
  const list = readVectors("meshgrid", "vectors", vectors);
  const order = list.map((_, i) => (indexing === "xy" && list.length > 1 && i < 2 ? 1 - i : i));
  const shape = order.map((i) => at(list, i).size);
  return list.map((vector, i) => {
    const vectorShape = order.map((k) => (k === i ? vector.size : 1));
    return broadcastTo(reshape(vector, vectorShape), shape);
  });
}

const readVectors = listOf((op, argument, value) => {
  const vector = toTensor(op, argument, value);
  if (vector.rank === 1) return vector;
  throw new ShapeError(op, argument, "a vector", formatShape(vector.shape));
}, "an array of vectors");
