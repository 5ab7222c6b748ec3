/**
 * Pooling by the mean of each window, and pooling into a number of windows that differ in length.
 */

import { flag, numberThat, optional, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import type { Windows } from "../families/windows.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { logicalAnd, where } from "../ops/comparison.ts";
import { matmul } from "../ops/contraction.ts";
import { convolutionOp } from "../ops/convolution.ts";
import { take } from "../ops/indexing.ts";
import {
  checkElements,
  checkPooled,
  maxPoolOp,
  maxPoolWithIndicesOp,
  type PoolOptions,
} from "../ops/pooling.ts";
import { castTo, promoteInputs, refuseTruths } from "../ops/promote.ts";
import { reshape, transpose } from "../ops/view.ts";
import { paddingOf, readCeilMode, readLengths, windowReader, windowsOf } from "../ops/windows.ts";
import { arange, ones } from "../tensor/create.ts";
import { at, checkShape, int32At, type Shape, sizeOf } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** The options of pooling by the mean. */
export interface AveragePoolOptions extends PoolOptions {
  /** Whether zeros of the padding count among the elements of a window. Default true, as in PyTorch. */
  readonly countPadding?: boolean;
  /** What the sum of each window is divided by, in place of the number of its elements. */
  readonly divisor?: number;
}

/** The reader of {@link AveragePoolOptions}. */
export const readAveragePoolOptions = windowReader({
  ceilMode: readCeilMode,
  countPadding: optional(flag, true),
  divisor: optional<number | undefined>(
    numberThat((value) => value !== 0 && Number.isFinite(value), "a number other than 0"),
    undefined,
  ),
});

/** Floats, of which the last axes are pooled. */
function readInput(op: string, axes: number, x: TensorLike): Tensor {
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], "float");
  checkPooled(op, axes, input.shape);
  return input;
}

/** The pooling of the last `axes` axes, which has a public name for each number of them. */
function averaged(
  op: string,
  axes: number,
  given: ArrayLike<unknown>,
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  refuseSurplus(op, 3, given);
  const input = readInput(op, axes, x);
  const lengths = readLengths(op, axes, size);
  const { stride = lengths, countPadding, divisor, ...read } = readAveragePoolOptions(op, options);
  const windows = windowsOf(op, input.shape, lengths, { stride, ...read });
  if (divisor !== undefined) return sums(input, windows).div(divisor);
  if (!countPadding) checkElements(op, input.shape, windows);
  const plane = input.shape.slice(input.rank - axes);
  const bounds = plane.map((length, axis): readonly [number, number] => {
    if (!countPadding) return [0, length];
    const step = at(windows.stride, axis);
    const span = (at(lengths, axis) - 1) * at(windows.dilation, axis) + 1;
    const [before, after] = paddingOf(op, read.padding, axis, axes, { length, step, span });
    return [-before, length + after];
  });
  return sums(input, windows).div(countsIn(windows, bounds, input));
}

/**
 * The sum of each window, in the order of its elements: a convolution with ones, which has a kernel, and of which all
 * derivatives are convolutions.
 */
function sums(x: Tensor, windows: Windows): Tensor {
  const { size, out } = windows;
  const split = x.rank - size.length;
  const leading = x.shape.slice(0, split);
  const planes = reshape(x, [sizeOf(leading), 1, ...x.shape.slice(split)]);
  const weight = ones([1, 1, ...size], { dtype: x.dtype });
  const result = apply(convolutionOp, [planes, weight], { ...windows, groups: 1 });
  return reshape(result, [...leading, ...out]);
}

/** How many elements of each window lie within the bounds of each axis: one number where that is all of them. */
function countsIn(
  { size, stride, dilation, low, out }: Windows,
  bounds: readonly (readonly [number, number])[],
  { dtype }: Tensor,
): TensorLike {
  const along = out.map((count, axis) =>
    Int32Array.from({ length: count }, (_, window) => {
      const start = window * at(stride, axis) - at(low, axis);
      const [from, to] = at(bounds, axis);
      const step = at(dilation, axis);
      const first = Math.max(0, Math.ceil((from - start) / step));
      return Math.max(0, Math.min(at(size, axis), Math.ceil((to - start) / step)) - first);
    }),
  );
  const isWhole = along.every((counts, axis) => counts.every((count) => count === at(size, axis)));
  return isWhole ? sizeOf(size) : productsOf(along, dtype);
}

/** A tensor of the products of one number from each list. */
function productsOf(lists: readonly Int32Array[], dtype: Tensor["dtype"]): TensorLike {
  return lists
    .map((list, axis) => {
      const shape = [list.length, ...lists.slice(axis + 1).map(() => 1)];
      return reshape(castTo(stored([list.length], "int32", list), dtype), shape);
    })
    .reduce((product, list) => product.mul(list));
}

/**
 * The mean of each window that slides along the last axis: the sum of its elements in order, divided by their number.
 *
 * @param x [batch, channels, length] or with any other leading axes. int32 and bools become float32.
 * @param size the length of a window.
 * @param options `stride` (default `size`), `padding` (0, of zeros), `dilation` (1), `ceilMode` (false): whether a last
 *   window may begin that ends behind the padding, whose elements behind it do not count; `countPadding` (true); `divisor` (default the number of
 *   elements).
 * @returns leading axes of x, and a mean for each window.
 * @throws ShapeError where no window fits; ArgumentError where one has padding alone that does not count.
 * @example
 * ```ts
 * import { averagePool1d, tensor } from "@graddiff/core";
 *
 * console.log(String(averagePool1d(tensor([[1, 3, 2, 6]]), 2))); // [[2. 4.]]
 * ```
 */
export function averagePool1d(
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  return averaged("averagePool1d", 1, arguments, x, size, options);
}

/**
 * The mean of each window that slides along the last two axes; see {@link averagePool1d}. Sums are in the order (row,
 * column).
 *
 * @param x [batch, channels, height, width] or with any other leading axes.
 * @param size one length for both axes, or [height, width].
 * @example
 * ```ts
 * import { averagePool2d, ones } from "@graddiff/core";
 *
 * const options = { stride: 1, padding: [[0, 0], [0, 1]] } as const;
 * console.log(averagePool2d(ones([2, 2]), 2, options).toArray()); // [ [ 1, 0.5 ] ]
 * console.log(averagePool2d(ones([2, 2]), 2, { ...options, countPadding: false }).toArray()); // [ [ 1, 1 ] ]
 * ```
 */
export function averagePool2d(
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  return averaged("averagePool2d", 2, arguments, x, size, options);
}

/**
 * The mean of each window that slides along the last three axes; see {@link averagePool1d}.
 *
 * @param x [batch, channels, depth, height, width] or with any other leading axes.
 * @param size one length for all axes, or [depth, height, width].
 */
export function averagePool3d(
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  return averaged("averagePool3d", 3, arguments, x, size, options);
}

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
    const own = Math.ceil(((i + 1) * length) / count) - start;
    starts[i] = start;
    lengths[i] = own;
    longest = Math.max(longest, own);
  }
  return { starts, lengths, longest };
}

/** The lengths of a result, and of the axes that it is made of. */
function adaptive(op: string, axes: number, shape: Shape, size: number | readonly number[]) {
  const out = readLengths(op, axes, size);
  const plane = shape.slice(shape.length - axes);
  if (sizeOf(plane) === 0) {
    throw new ShapeError({
      op,
      argument: "x",
      expected: "at least one element along the pooled axes",
      got: formatShape(shape),
    });
  }
  checkShape(op, "size", [...shape.slice(0, shape.length - axes), ...out]);
  const isEven = plane.every((length, axis) => length % at(out, axis) === 0);
  const even = isEven ? plane.map((length, axis) => length / at(out, axis)) : undefined;
  return { out, even, divisions: plane.map((length, axis) => divisionOf(length, at(out, axis))) };
}

/** [leading, …windows, elements of the longest]: behind the last element of a window it stands again. */
function gathered(x: Tensor, divisions: readonly Division[]): Tensor {
  const split = x.rank - divisions.length;
  let result = x;
  divisions.forEach(({ starts, lengths, longest }, axis) => {
    const places = new Int32Array(starts.length * longest);
    starts.forEach((start, i) => {
      for (let k = 0; k < longest; k++) {
        places[i * longest + k] = start + Math.min(k, int32At(lengths, i) - 1);
      }
    });
    result = take(result, stored([places.length], "int32", places), split + axis);
  });
  const leading = x.shape.slice(0, split);
  const apart = reshape(result, [
    ...leading,
    ...divisions.flatMap(({ starts, longest }) => [starts.length, longest]),
  ]);
  const axesFrom = (first: number) => divisions.map((_, axis) => split + 2 * axis + first);
  const order = [...leading.map((_, axis) => axis), ...axesFrom(0), ...axesFrom(1)];
  return reshape(transpose(apart, order), [
    ...leading,
    ...divisions.map(({ starts }) => starts.length),
    divisions.reduce((all, { longest }) => all * longest, 1),
  ]);
}

/** Which elements of {@link gathered} are those of windows, and none that stands again. */
function ownElements(divisions: readonly Division[]): Tensor {
  const along = divisions.map(({ lengths, longest }, axis) => {
    const own = new Uint8Array(lengths.length * longest);
    lengths.forEach((length, i) => {
      own.fill(1, i * longest, i * longest + length);
    });
    const [before, behind] = [axis, divisions.length - axis - 1].map((n) => new Array(n).fill(1));
    const shape = [...(before ?? []), lengths.length, ...(behind ?? [])];
    const inside = [...(before ?? []), longest, ...(behind ?? [])];
    return reshape(stored([lengths.length, longest], "bool", own), [...shape, ...inside]);
  });
  const all = along.reduce((both, own) => logicalAnd(both, own));
  const counts = divisions.map(({ starts }) => starts.length);
  return reshape(all, [...counts, sizeOf(all.shape) / sizeOf(counts)]);
}

/** The means of windows that divide the last axes. */
export function adaptiveAverage(
  op: string,
  axes: number,
  x: TensorLike,
  size: number | readonly number[],
): Tensor {
  const input = readInput(op, axes, x);
  const { even, divisions } = adaptive(op, axes, input.shape, size);
  if (even !== undefined) return averaged(op, axes, [], input, even);
  const elements = where(ownElements(divisions), gathered(input, divisions), 0);
  const sum = matmul(
    elements,
    ones([at(elements.shape, elements.rank - 1)], { dtype: input.dtype }),
  );
  const lengths = divisions.map((division) => division.lengths);
  return sum.div(productsOf(lengths, input.dtype));
}

/**
 * The means of so many windows along the last axis: window i has the elements from ⌊i · length / size⌋ up to but
 * without ⌈(i + 1) · length / size⌉, so that windows overlap by an element where they do not divide the axis.
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
 * The means of so many windows along each of the last two axes; see {@link adaptiveAveragePool1d}. With size 1 it is the
 * mean of each plane.
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
 * The means of so many windows along each of the last three axes; see {@link adaptiveAveragePool1d}.
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

/** The greatest elements of windows that divide the last two axes, with their places if these are asked for. */
function adaptiveMax(
  op: string,
  x: TensorLike,
  size: number | readonly number[],
  own: typeof maxPoolOp,
): readonly Tensor[] {
  const input = toTensor(op, "x", x);
  refuseTruths(op, input.dtype);
  checkPooled(op, 2, input.shape);
  const { out, even, divisions } = adaptive(op, 2, input.shape, size);
  if (even !== undefined) {
    const read = { stride: even, padding: 0, dilation: 1 };
    return applyAll(own, [input], { ...windowsOf(op, input.shape, even, read) });
  }
  const elements = gathered(input, divisions);
  // Windows side by side: each has a window of its own.
  const longest = at(elements.shape, elements.rank - 1);
  const windows = { size: [longest], stride: [longest], dilation: [1], low: [0], gap: [1] };
  const leading = input.shape.slice(0, -2);
  const row = reshape(elements, [...leading, sizeOf(out) * longest]);
  const [greatest, indices] = applyAll(own, [row], { ...windows, out: [sizeOf(out)] });
  const places = indices && take(placesIn(input.shape.slice(-2), divisions), indices);
  return [greatest, places].flatMap((each) => (each ? [reshape(each, [...leading, ...out])] : []));
}

/** For each of the elements that {@link gathered} gives its index in the plane. */
function placesIn(plane: Shape, divisions: readonly Division[]): Tensor {
  const indices = arange(0, sizeOf(plane), { dtype: "int32" }).reshape(plane);
  const all = gathered(indices, divisions);
  return reshape(all, [all.size]);
}

/**
 * The greatest elements of so many windows along each of the last two axes, which lie as those of
 * {@link adaptiveAveragePool2d}; NaN where one is NaN. The gradient goes to the first of equal elements.
 *
 * @param x numbers, [batch, channels, height, width] or with any other leading axes.
 * @param size one number for both axes, or [height, width].
 * @throws ShapeError for x without elements along these axes; DTypeError for bools.
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, arange } from "@graddiff/core";
 *
 * console.log(adaptiveMaxPool2d(arange(12).reshape([3, 4]), 2).toArray()); // [ [ 5, 7 ], [ 9, 11 ] ]
 * ```
 */
export function adaptiveMaxPool2d(x: TensorLike, size: number | readonly number[]): Tensor {
  refuseSurplus("adaptiveMaxPool2d", 2, arguments);
  return at(adaptiveMax("adaptiveMaxPool2d", x, size, maxPoolOp), 0);
}

/**
 * {@link adaptiveMaxPool2d}, and where the greatest elements stand.
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
  const results = adaptiveMax(op, x, size, maxPoolWithIndicesOp);
  return { values: at(results, 0), indices: at(results, 1) };
}
