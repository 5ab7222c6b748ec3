/**
 * Pooling by the mean of each window.
 */

import { flag, numberThat, optional, refuseSurplus } from "../arguments.ts";
import type { Windows } from "../families/windows.ts";
import { apply } from "../graph/apply.ts";
import { castLike } from "../ops/cast.ts";
import { convolutionOp } from "../ops/convolution.ts";
import { checkElements, checkPooled, type PoolOptions } from "../ops/pooling.ts";
import { promoteInputs } from "../ops/promote.ts";
import { reshape } from "../ops/view.ts";
import { paddingOf, readCeilMode, readLengths, windowReader, windowsOf } from "../ops/windows.ts";
import { ones } from "../tensor/create.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** The options of pooling by the mean. */
export interface AveragePoolOptions extends PoolOptions {
  /** True if zeros of the padding count among the elements of a window. Default true, as in PyTorch. */
  readonly countPadding?: boolean;
  /** The divisor of each window's sum, in place of the number of its elements. */
  readonly divisor?: number;
}

/** The reader of {@link AveragePoolOptions}. */
const readAveragePoolOptions = windowReader({
  ceilMode: readCeilMode,
  countPadding: optional(flag, true),
  divisor: optional<number | undefined>(
    numberThat((value) => value !== 0 && Number.isFinite(value), "a number other than 0"),
    undefined,
  ),
});

/** Floats, of which the last axes are pooled. */
export function readInput(op: string, axes: number, x: TensorLike): Tensor {
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], "float");
  checkPooled(op, axes, input.shape);
  return input;
}

/** Returns the pooling of the last `axes` axes, which has a public name for each number of them. */
export function averaged(
  op: string,
  axes: number,
  args: ArrayLike<unknown>,
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  refuseSurplus(op, 3, args);
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
 * Returns the sum of each window, in the order of its elements: a convolution with ones, which has a kernel, and of
 * which all derivatives are convolutions.
 */
function sums(x: Tensor, windows: Windows): Tensor {
  const { size, outputSize } = windows;
  const split = x.rank - size.length;
  const leading = x.shape.slice(0, split);
  const planes = reshape(x, [sizeOf(leading), 1, ...x.shape.slice(split)]);
  const weight = castLike(ones([1, 1, ...size], { dtype: x.dtype }), x);
  const result = apply(convolutionOp, [planes, weight], { ...windows, groups: 1 });
  return reshape(result, [...leading, ...outputSize]);
}

/**
 * Returns the number of elements of each window within the bounds of each axis: one number where all of them do.
 */
function countsIn(
  { size, stride, dilation, low, outputSize }: Windows,
  bounds: readonly (readonly [number, number])[],
  like: Tensor,
): TensorLike {
  const along = outputSize.map((count, axis) =>
    Int32Array.from({ length: count }, (_, window) => {
      const start = window * at(stride, axis) - at(low, axis);
      const [from, to] = at(bounds, axis);
      const step = at(dilation, axis);
      const first = Math.max(0, Math.ceil((from - start) / step));
      return Math.max(0, Math.min(at(size, axis), Math.ceil((to - start) / step)) - first);
    }),
  );
  const isWhole = along.every((counts, axis) => counts.every((count) => count === at(size, axis)));
  return isWhole ? sizeOf(size) : productsOf(along, like);
}

/** Returns a tensor of the products of one number from each list, of the type of another. */
export function productsOf(lists: readonly Int32Array[], like: Tensor): TensorLike {
  return lists
    .map((list, axis) => {
      const shape = [list.length, ...lists.slice(axis + 1).map(() => 1)];
      return reshape(castLike(stored([list.length], "int32", list), like), shape);
    })
    .reduce((product, list) => product.mul(list));
}

/**
 * Returns the mean of each window that slides along the last axis: the sum of its elements in order, divided by their
 * number.
 *
 * @param x [batch, channels, length] or with any other leading axes. int32 and bools become float32.
 * @param size the length of a window.
 * @param options `stride` (default `size`), `padding` (0, of zeros), `dilation` (1), `ceilMode` (false): whether a last
 *   window may begin that ends after the padding, whose elements after it do not count. `countPadding` (true);
 *   `divisor` (default the number of elements).
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
 * Returns the mean of each window that slides along the last two axes; see {@link averagePool1d}. Sums are in the order
 * (row, column).
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
 * Returns the mean of each window that slides along the last three axes; see {@link averagePool1d}.
 *
 * @param x [batch, channels, depth, height, width] or with any other leading axes.
 * @param size one length for all axes, or [depth, height, width].
 * @example
 * ```ts
 * import { averagePool3d, ones } from "@graddiff/core";
 *
 * console.log(averagePool3d(ones([1, 2, 4, 4, 4]), 2).shape); // [ 1, 2, 2, 2, 2 ]
 * ```
 */
export function averagePool3d(
  x: TensorLike,
  size: number | readonly number[],
  options?: AveragePoolOptions,
): Tensor {
  return averaged("averagePool3d", 3, arguments, x, size, options);
}
