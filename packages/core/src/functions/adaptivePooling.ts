/**
 * Pooling into a number of windows, which differ in length where they do not divide an axis.
 */

import { refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import { castLike } from "../ops/cast.ts";
import { logicalAnd, where } from "../ops/comparison.ts";
import { matmul } from "../ops/contraction.ts";
import { take } from "../ops/indexing.ts";
import { checkPooled, maxPoolOp, maxPoolWithIndicesOp, withIndices } from "../ops/pooling.ts";
import { refuseBooleans } from "../ops/promote.ts";
import { reshape, transpose } from "../ops/view.ts";
import { readLengths, windowsOf } from "../ops/windows.ts";
import { arange, ones } from "../tensor/create.ts";
import { at, checkShape, int32At, type Shape, sizeOf } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { averaged, productsOf, readInput } from "./averagePooling.ts";

/** Windows that divide an axis as evenly as may be: from ⌊i n / count⌋ up to but without ⌈(i + 1) n / count⌉. */
interface Division {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly longest: number;
}

function divisionOf(length: number, count: number): Division {
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const start = Math.floor((i * length) / count);
    const size = Math.ceil(((i + 1) * length) / count) - start;
    starts[i] = start;
    lengths[i] = size;
    longest = Math.max(longest, size);
  }
  return { starts, lengths, longest };
}

/** Returns the lengths of a result, and of the axes that it is made of. */
function adaptive(op: string, axes: number, shape: Shape, size: number | readonly number[]) {
  const out = readLengths(op, axes, size);
  const plane = shape.slice(shape.length - axes);
  if (sizeOf(plane) === 0) {
    throw new ShapeError(op, "x", "at least one element along the pooled axes", formatShape(shape));
  }
  checkShape(op, "size", [...shape.slice(0, shape.length - axes), ...out]);
  const isEven = plane.every((length, axis) => length % at(out, axis) === 0);
  const even = isEven ? plane.map((length, axis) => length / at(out, axis)) : undefined;
  return { out, even, divisions: plane.map((length, axis) => divisionOf(length, at(out, axis))) };
}

/** [leading, …windows, elements of the longest]: after the last element of a window, this element repeats. */
function gathered(x: Tensor, divisions: readonly Division[]): Tensor {
  const split = x.rank - divisions.length;
  let result = x;
  divisions.forEach(({ starts, lengths, longest }, axis) => {
    const indices = new Int32Array(starts.length * longest);
    starts.forEach((start, i) => {
      for (let k = 0; k < longest; k++) {
        indices[i * longest + k] = start + Math.min(k, int32At(lengths, i) - 1);
      }
    });
    result = take(result, stored([indices.length], "int32", indices), split + axis);
  });
  const leading = x.shape.slice(0, split);
  const windowed = reshape(result, [
    ...leading,
    ...divisions.flatMap(({ starts, longest }) => [starts.length, longest]),
  ]);
  const axesFrom = (first: number) => divisions.map((_, axis) => split + 2 * axis + first);
  const order = [...leading.map((_, axis) => axis), ...axesFrom(0), ...axesFrom(1)];
  return reshape(transpose(windowed, order), [
    ...leading,
    ...divisions.map(({ starts }) => starts.length),
    divisions.reduce((all, { longest }) => all * longest, 1),
  ]);
}

/**
 * Returns the mask of the elements of {@link gathered} that are those of windows, without the repeated ones.
 */
function validElements(divisions: readonly Division[]): Tensor {
  const along = divisions.map(({ lengths, longest }, axis) => {
    const valid = new Uint8Array(lengths.length * longest);
    lengths.forEach((length, i) => {
      valid.fill(1, i * longest, i * longest + length);
    });
    const [before, after] = [axis, divisions.length - axis - 1].map((n) => new Array(n).fill(1));
    const shape = [...(before ?? []), lengths.length, ...(after ?? [])];
    const inside = [...(before ?? []), longest, ...(after ?? [])];
    return reshape(stored([lengths.length, longest], "bool", valid), [...shape, ...inside]);
  });
  const all = along.reduce((both, mask) => logicalAnd(both, mask));
  const counts = divisions.map(({ starts }) => starts.length);
  return reshape(all, [...counts, sizeOf(all.shape) / sizeOf(counts)]);
}

/** Returns the means of windows that divide the last axes. */
export function adaptiveAverage(
  op: string,
  axes: number,
  x: TensorLike,
  size: number | readonly number[],
): Tensor {
  const input = readInput(op, axes, x);
  const { even, divisions } = adaptive(op, axes, input.shape, size);
  if (even !== undefined) return averaged(op, axes, [], input, even);
  const elements = where(validElements(divisions), gathered(input, divisions), 0);
  const sum = matmul(
    elements,
    castLike(ones([at(elements.shape, elements.rank - 1)], { dtype: input.dtype }), input),
  );
  const lengths = divisions.map((division) => division.lengths);
  return sum.div(productsOf(lengths, input));
}

/**
 * Returns the means of `size` windows along the last axis: window i has the elements from ⌊i · length / size⌋ up to but
 * without ⌈(i + 1) · length / size⌉. So windows overlap by an element where they do not divide the axis.
 *
 * @param x [batch, channels, length] or with any other leading axes. int32 and bools become float32.
 * @param size the number of windows.
 * @throws ShapeError for x without elements along the axis.
 * @example
 * ```ts
 * import { adaptiveAveragePool1d, tensor } from "@graddiff/core";
 *
 * console.log(String(adaptiveAveragePool1d(tensor([[1, 2, 3, 4, 5]]), 2))); // [[2. 4.]]
 * ```
 */
export function adaptiveAveragePool1d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveAveragePool1d", 2, arguments);
  return adaptiveAverage("adaptiveAveragePool1d", 1, x, size);
}

/**
 * Returns the means of `size` windows along each of the last two axes; see {@link adaptiveAveragePool1d}. With size 1
 * it is the mean of each plane.
 *
 * @param size one number for both axes, or [height, width].
 * @example
 * ```ts
 * import { adaptiveAveragePool2d, arange } from "@graddiff/core";
 *
 * console.log(adaptiveAveragePool2d(arange(12).reshape([3, 4]), [1, 2]).toArray()); // [ [ 4.5, 6.5 ] ]
 * ```
 */
export function adaptiveAveragePool2d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveAveragePool2d", 2, arguments);
  return adaptiveAverage("adaptiveAveragePool2d", 2, x, size);
}

/**
 * Returns the means of `size` windows along each of the last three axes; see {@link adaptiveAveragePool1d}.
 *
 * @param size one number for all axes, or [depth, height, width].
 * @example
 * ```ts
 * import { adaptiveAveragePool3d, arange } from "@graddiff/core";
 *
 * console.log(adaptiveAveragePool3d(arange(8).reshape([2, 2, 2]), 1).item()); // 3.5
 * ```
 */
export function adaptiveAveragePool3d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveAveragePool3d", 2, arguments);
  return adaptiveAverage("adaptiveAveragePool3d", 3, x, size);
}

/** Returns the greatest elements of windows that divide the last axes, with their indices if these are requested. */
function adaptiveMax(
  op: string,
  axes: number,
  x: TensorLike,
  size: number | readonly number[],
  poolOp: typeof maxPoolOp,
): readonly Tensor[] {
  const input = toTensor(op, "x", x);
  refuseBooleans(op, input.dtype);
  checkPooled(op, axes, input.shape);
  const { out, even, divisions } = adaptive(op, axes, input.shape, size);
  if (even !== undefined) {
    const read = { stride: even, padding: 0, dilation: 1 };
    return applyAll(poolOp, [input], { ...windowsOf(op, input.shape, even, read) });
  }
  const elements = gathered(input, divisions);
  // The copied windows are one after the other in a row, so size and stride of the pool are the length of one.
  const longest = at(elements.shape, elements.rank - 1);
  const windows = {
    size: [longest],
    stride: [longest],
    dilation: [1],
    low: [0],
    inputDilation: [1],
  };
  const leading = input.shape.slice(0, -axes);
  const row = reshape(elements, [...leading, sizeOf(out) * longest]);
  const [greatest, indices] = applyAll(poolOp, [row], { ...windows, outputSize: [sizeOf(out)] });
  const greatestIndices = indices && take(indicesIn(input.shape.slice(-axes), divisions), indices);
  return [greatest, greatestIndices].flatMap((each) =>
    each ? [reshape(each, [...leading, ...out])] : [],
  );
}

/** Returns for each of the elements that {@link gathered} gives its index in the plane. */
function indicesIn(plane: Shape, divisions: readonly Division[]): Tensor {
  const indices = arange(0, sizeOf(plane), { dtype: "int32" }).reshape(plane);
  const all = gathered(indices, divisions);
  return reshape(all, [all.size]);
}

/**
 * Returns the greatest elements of `size` windows along the last axis, which are laid out as those of {@link
 * adaptiveAveragePool1d}; NaN where one is NaN. The gradient goes to the first of equal elements.
 *
 * @param x numbers, [batch, channels, length] or with any other leading axes.
 * @param size the number of windows.
 * @throws ShapeError for x without elements along the axis; DTypeError for bools.
 * @example
 * ```ts
 * import { adaptiveMaxPool1d, tensor } from "@graddiff/core";
 *
 * console.log(String(adaptiveMaxPool1d(tensor([[1, 2, 5, 4, 3]]), 2))); // [[5. 5.]]
 * ```
 */
export function adaptiveMaxPool1d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveMaxPool1d", 2, arguments);
  return at(adaptiveMax("adaptiveMaxPool1d", 1, x, size, maxPoolOp), 0);
}

/**
 * Returns the greatest elements of `size` windows along each of the last two axes; see {@link adaptiveMaxPool1d}.
 *
 * @param x numbers, [batch, channels, height, width] or with any other leading axes.
 * @param size one number for both axes, or [height, width].
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, arange } from "@graddiff/core";
 *
 * console.log(adaptiveMaxPool2d(arange(12).reshape([3, 4]), 2).toArray()); // [ [ 5, 7 ], [ 9, 11 ] ]
 * ```
 */
export function adaptiveMaxPool2d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveMaxPool2d", 2, arguments);
  return at(adaptiveMax("adaptiveMaxPool2d", 2, x, size, maxPoolOp), 0);
}

/**
 * Returns the greatest elements of `size` windows along each of the last three axes; see {@link adaptiveMaxPool1d}.
 *
 * @param x numbers, [batch, channels, depth, height, width] or with any other leading axes.
 * @param size one number for all axes, or [depth, height, width].
 * @example
 * ```ts
 * import { adaptiveMaxPool3d, ones } from "@graddiff/core";
 *
 * console.log(adaptiveMaxPool3d(ones([1, 2, 5, 5, 5]), 2).shape); // [ 1, 2, 2, 2, 2 ]
 * ```
 */
export function adaptiveMaxPool3d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveMaxPool3d", 2, arguments);
  return at(adaptiveMax("adaptiveMaxPool3d", 3, x, size, maxPoolOp), 0);
}

/**
 * Computes {@link adaptiveMaxPool1d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, counted along the axis.
 * @example
 * ```ts
 * import { adaptiveMaxPool1dWithIndices, tensor } from "@graddiff/core";
 *
 * console.log(String(adaptiveMaxPool1dWithIndices(tensor([[1, 2, 5, 4, 3]]), 2).indices)); // [[2 2]]
 * ```
 */
export function adaptiveMaxPool1dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
): { values: Tensor; indices: Tensor } {
  const op = "adaptiveMaxPool1dWithIndices";
  refuseSurplus(op, 2, arguments);
  return withIndices(adaptiveMax(op, 1, x, size, maxPoolWithIndicesOp));
}

/**
 * Computes {@link adaptiveMaxPool2d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, row × width + column in its plane.
 * @example
 * ```ts
 * import { adaptiveMaxPool2dWithIndices, arange } from "@graddiff/core";
 *
 * console.log(adaptiveMaxPool2dWithIndices(arange(12).reshape([3, 4]), 1).indices.item()); // 11
 * ```
 */
export function adaptiveMaxPool2dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
): { values: Tensor; indices: Tensor } {
  const op = "adaptiveMaxPool2dWithIndices";
  refuseSurplus(op, 2, arguments);
  return withIndices(adaptiveMax(op, 2, x, size, maxPoolWithIndicesOp));
}

/**
 * Computes {@link adaptiveMaxPool3d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, (depth × height + row) × width + column in its volume.
 * @example
 * ```ts
 * import { adaptiveMaxPool3dWithIndices, ones } from "@graddiff/core";
 *
 * const { values, indices } = adaptiveMaxPool3dWithIndices(ones([1, 2, 5, 5, 5]), 2);
 * console.log(values.shape, indices.dtype); // [ 1, 2, 2, 2, 2 ] int32
 * ```
 */
export function adaptiveMaxPool3dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
): { values: Tensor; indices: Tensor } {
  const op = "adaptiveMaxPool3dWithIndices";
  refuseSurplus(op, 2, arguments);
  return withIndices(adaptiveMax(op, 3, x, size, maxPoolWithIndicesOp));
}
