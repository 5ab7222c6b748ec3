/**
 * The elements of windows side by side, and back: an overlapping view of the last axes and its adjoint, which all that
 * slides over planes is made of.
 */

import { oneOrMany, optionsReader, positiveInteger, refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { readKernel } from "../families/movement.ts";
import { type InnerWindows, overlapAddKernel, reachOf, type Windows } from "../families/windows.ts";
import { apply } from "../graph/apply.ts";
import { linear, type Op } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { at, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchLeading } from "./batching.ts";
import { promoteInputs, refuseBooleans } from "./promote.ts";
import { register } from "./registry.ts";
import { reshape, slice } from "./view.ts";
import {
  perAxis,
  reached,
  readSize,
  type WindowOptions,
  windowReaders,
  windowsOf,
  windowsThatFit,
} from "./windows.ts";

/** Windows within the last axes. */
export type Slid = Attributes & InnerWindows;

/** Windows that are added, and the lengths of the axes that they slide over. */
export type Overlapped = Slid & { readonly lengths: Shape };

function slidShape({ shape }: TensorType, { size, outputSize }: InnerWindows): Shape {
  return [...shape.slice(0, shape.length - size.length), ...size, ...outputSize];
}

/** [leading, …lengths] → [leading, …size, …out]: element k of window w is that at w · stride + k · dilation. */
export const slidingWindowsOp: Op<Slid> = register<Slid>({
  name: "slidingWindows",
  symbol: "windows",
  family: "windows",
  promotion: "none",
  formula: "xᵢ at i = w · stride + k · dilation, for element k of window w",
  results: ([x], attributes) => {
    const { dtype, weak } = at([x], 0) as TensorType;
    return [{ shape: slidShape(at([x], 0) as TensorType, attributes), dtype, weak }];
  },
  derivative: linear((cotangent, { inputs, attributes }) => {
    const { shape } = at(inputs, 0);
    const lengths = shape.slice(shape.length - attributes.size.length);
    return apply(overlapAddOp, [cotangent], { ...attributes, lengths });
  }),
  kernel: readKernel((shape, { size, stride, dilation }) => {
    const strides = stridesOf(shape);
    const leading = shape.length - size.length;
    const along = strides.slice(leading);
    const steps = (list: readonly number[]) =>
      along.map((distance, axis) => distance * at(list, axis));
    return {
      offset: 0,
      strides: [...strides.slice(0, leading), ...steps(dilation), ...steps(stride)],
    };
  }),
  // Windows slide over the last axes, whichever axes are before them.
  batch: batchLeading,
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[2, 9]], attributes: ([x]) => exampleOf(x, [3], [2], [2]) },
      { shapes: [[2, 4, 5]], attributes: ([x]) => exampleOf(x, [2, 3], [1, 2], [2, 1]) },
      { shapes: [[3, 2, 4]], attributes: ([x]) => exampleOf(x, [2, 1, 2], [1, 1, 1], [1, 1, 2]) },
    ],
  },
});

function exampleOf(
  x: TensorType | undefined,
  size: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): Slid {
  const lengths = x?.shape.slice(-size.length) ?? [];
  const none = size.map(() => 0);
  const { outputSize } = windowsThatFit(lengths, {
    ...{ size, stride, dilation, low: none },
    inputDilation: size.map(() => 1),
  });
  return { size, stride, dilation, outputSize };
}

/** The adjoint of {@link slidingWindowsOp}: zeros, to which the windows' elements are added at their positions. */
export const overlapAddOp: Op<Overlapped> = register<Overlapped>({
  name: "overlapAdd",
  symbol: "overlap +",
  family: "windows",
  promotion: "arithmetic",
  formula: "zeros with element k of window w added at w · stride + k · dilation",
  results: ([x], { lengths }) => {
    const { shape, dtype, weak } = at([x], 0) as TensorType;
    refuseBooleans("overlapAdd", dtype);
    const leading = shape.slice(0, shape.length - 2 * lengths.length);
    return [{ shape: [...leading, ...lengths], dtype, weak }];
  },
  derivative: linear((cotangent, { attributes: { size, stride, dilation, outputSize } }) =>
    apply(slidingWindowsOp, [cotangent], { size, stride, dilation, outputSize }),
  ),
  kernel: overlapAddKernel(),
  batch: batchLeading,
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[2, 3, 5]], attributes: ([x]) => exampleSum(x, [2], [2]) },
      { shapes: [[2, 2, 3, 4]], attributes: ([x]) => exampleSum(x, [1, 2], [2, 1]) },
      {
        shapes: [[2, 2, 1, 2, 2, 1, 3]],
        attributes: ([x]) => exampleSum(x, [1, 1, 1], [1, 1, 2]),
      },
    ],
  },
});

/** Returns the shortest axes that the windows of an example fit into, and an element more. */
function exampleSum(
  x: TensorType | undefined,
  stride: readonly number[],
  dilation: readonly number[],
): Overlapped {
  const sizes = x?.shape.slice(-2 * stride.length) ?? [];
  const [size, outputSize] = [sizes.slice(0, stride.length), sizes.slice(stride.length)];
  const lengths = stride.map((step, axis) => {
    const last = Math.max(0, at(outputSize, axis) - 1) * step;
    return last + Math.max(0, at(size, axis) - 1) * at(dilation, axis) + 2;
  });
  return { size, stride, dilation, outputSize, lengths };
}

/** Returns the elements of windows over the last axes: [leading, …size, …out]. Padding counts as zeros. */
export function windowsIn(x: Tensor, windows: Windows): Tensor {
  const { size, stride, dilation, outputSize } = windows;
  return apply(slidingWindowsOp, [reached(x, windows)], { size, stride, dilation, outputSize });
}

/**
 * Returns the adjoint of {@link windowsIn} for axes of some lengths: sums of the elements that windows have of each.
 */
export function addedWindows(elements: Tensor, windows: Windows, lengths: Shape): Tensor {
  const { size, stride, dilation, outputSize, low } = windows;
  const leading = elements.shape.slice(0, elements.rank - 2 * size.length);
  const full = lengths.map((length, axis) =>
    Math.max(reachOf(windows, axis), at(low, axis) + length),
  );
  const sums = apply(overlapAddOp, [elements], {
    size,
    stride,
    dilation,
    outputSize,
    lengths: full,
  });
  const none = leading.map(() => 0);
  return slice(
    sums,
    [...none, ...low],
    [...leading, ...lengths.map((length, axis) => at(low, axis) + length)],
  );
}

const readOptions = optionsReader(windowReaders);

/** The most axes that windows slide along. */
const MOST_AXES = 3;

/** Returns the number of axes, as lists tell; of numbers alone they are the two of images. */
function axesOf(...lists: readonly (number | readonly number[])[]): number {
  const list = lists.find((each) => typeof each !== "number");
  return typeof list === "object" ? list.length : 2;
}

/**
 * Returns the elements of windows that slide over the last axes of images, as the columns of a matrix: what a
 * convolution multiplies with its weights. Its adjoint is {@link fold}.
 *
 * @param x [batch, channels, height, width], of any dtype; or one or three axes in place of height and width.
 * @param size the length of a window along each of these axes: one number, or one for each.
 * @param options `stride` (default 1), `padding` (0, of zeros), `dilation` (1).
 * @returns [batch, channels × elements of a window, windows]: a row has one element of each window.
 * @throws ShapeError for another number of axes, or where no window fits; ArgumentError for options that do not fit.
 * @example
 * ```ts
 * import { arange, unfold } from "@graddiff/core";
 *
 * const image = arange(6).reshape([1, 1, 2, 3]);
 * console.log(unfold(image, 2).reshape([4, 2]).toArray()); // [ [ 0, 1 ], [ 1, 2 ], [ 3, 4 ], [ 4, 5 ] ]
 * ```
 */
export function unfold(
  x: TensorLike,
  size: number | readonly number[],
  options?: WindowOptions,
): Tensor {
  refuseSurplus("unfold", 3, arguments);
  const input = toTensor("unfold", "x", x);
  const lengths = readSize("unfold", "size", size);
  const axes = typeof lengths === "number" ? input.rank - 2 : lengths.length;
  if (axes < 1 || axes > MOST_AXES || input.rank !== axes + 2) {
    const expected =
      typeof lengths === "number"
        ? "[batch, channels, …] with one to three further axes"
        : `${axes + 2} axes, [batch, channels, …] and those of the window`;
    throw new ShapeError("unfold", "x", expected, formatShape(input.shape));
  }
  const read = readOptions("unfold", options);
  const each = perAxis("unfold", "size", lengths, axes);
  const windows = windowsOf("unfold", input.shape, each, read);
  const [batch = 0, channels = 0] = input.shape;
  return reshape(windowsIn(input, windows), [
    ...[batch, channels * sizeOf(each), sizeOf(windows.outputSize)],
  ]);
}

const readLengths = oneOrMany(positiveInteger);

/**
 * Columns with the elements of windows, added at the positions of the windows in images: the adjoint of {@link unfold},
 * not its inverse. An element that several windows have is the sum of theirs, in the order of the windows.
 *
 * @param x numbers, [batch, channels × elements of a window, windows].
 * @param outputSize the lengths of the images: a list of one to three, or one number for all axes.
 * @param size the length of a window along each axis, as for unfold. Where both are numbers there are two axes.
 * @param options those of unfold: `stride` (default 1), `padding` (0), `dilation` (1). Elements in the padding are
 *   dropped.
 * @returns [batch, channels, …outputSize].
 * @throws ShapeError where x does not have as many rows and columns as the windows.
 * @example
 * ```ts
 * import { fold, ones } from "@graddiff/core";
 *
 * const counts = fold(ones([1, 4, 2]), [2, 3], 2);
 * console.log(counts.reshape([2, 3]).toArray()); // [ [ 1, 2, 1 ], [ 1, 2, 1 ] ]
 * ```
 */
export function fold(
  x: TensorLike,
  outputSize: number | readonly number[],
  size: number | readonly number[],
  options?: WindowOptions,
): Tensor {
  refuseSurplus("fold", 4, arguments);
  const [input] = promoteInputs("fold", [toTensor("fold", "x", x)], "arithmetic");
  const sizes = [
    readLengths("fold", "outputSize", outputSize),
    readSize("fold", "size", size),
  ] as const;
  const axes = axesOf(...sizes);
  const [lengths, each] = [
    perAxis("fold", "outputSize", sizes[0], axes),
    perAxis("fold", "size", sizes[1], axes),
  ];
  if (axes < 1 || axes > MOST_AXES) {
    throw new ArgumentError("fold", "outputSize", "one to three lengths", describe(outputSize));
  }
  const read = readOptions("fold", options);
  const windows = windowsOf("fold", lengths, each, { argument: "outputSize", ...read });
  const [batch = 0, rows = 0, columns = 0] = input.shape;
  const [elements, count] = [sizeOf(each), sizeOf(windows.outputSize)];
  if (input.rank !== 3 || rows % elements !== 0 || columns !== count) {
    const expected = `[batch, a multiple of ${elements}, ${count}], a column for each window`;
    throw new ShapeError("fold", "x", expected, formatShape(input.shape));
  }
  const split = reshape(input, [batch, rows / elements, ...each, ...windows.outputSize]);
  return addedWindows(split, windows, lengths);
}
