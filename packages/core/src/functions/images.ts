/**
 * Images turned by quarters, and channels that become pixels.
 */

import { integer, optional, positiveInteger, refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { reshape, spreadAxes, transpose } from "../ops/view.ts";
import { normalizeList } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { swapAxes } from "./arranging.ts";
import { flip } from "./parts.ts";

const readTurns = optional(integer, 1);

/**
 * Returns a tensor turned by quarters in the plane of two axes, from the first of them toward the second, as NumPy's
 * and PyTorch's `rot90`. An image turns against the clock with `axes: [-2, -1]`.
 *
 * @param turns how many quarters; negative ones turn the other way. Default 1.
 * @param axes two of them. Default [0, 1].
 * @throws ShapeError for an axis out of range; ArgumentError for other than two different axes.
 * @example
 * ```ts
 * import { rotate90, tensor } from "@graddiff/core";
 *
 * console.log(rotate90(tensor([[1, 2], [3, 4]])).toArray()); // [ [ 2, 4 ], [ 1, 3 ] ]
 * ```
 */
export function rotate90(x: TensorLike, turns?: number, axes?: readonly number[]): Tensor {
  const op = "rotate90";
  refuseSurplus(op, 3, arguments);
  const input = toTensor(op, "x", x);
  const count = readTurns(op, "turns", turns);
  const [from, to, ...more] = normalizeList(
    op,
    "axes",
    axes === undefined ? [0, 1] : axes,
    input.rank,
  );
  if (from === undefined || to === undefined || from === to || more.length > 0) {
    throw new ArgumentError(op, "axes", "two axes", describe(axes));
  }
  switch (((count % 4) + 4) % 4) {
    case 0:
      return input;
    case 1:
      return swapAxes(flip(input, to), from, to);
    case 2:
      return flip(input, [from, to]);
    default:
      return flip(swapAxes(input, from, to), to);
  }
}

/** Returns the leading axes, channels, height and width of images. */
function imagesOf(op: string, x: Tensor, expected: string, fits: (lengths: number[]) => boolean) {
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (x.rank < 3 || !fits([channels, height, width])) {
    throw new ShapeError(op, "x", expected, formatShape(x.shape));
  }
  return { leading: x.shape.slice(0, -3), channels, height, width };
}

/** Returns the order of axes after leading ones that stay. */
function behind(leading: readonly number[], order: readonly number[]): number[] {
  return [...leading.map((_, axis) => axis), ...order.map((axis) => leading.length + axis)];
}

/**
 * Channels that become pixels: each square of factor · factor pixels is made of as many channels (Shi et al., "Real-Time
 * Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", 2016).
 *
 * @param x [batch, channels, height, width] or with any other leading axes.
 * @param factor by which height and width grow.
 * @returns [batch, channels / factor², height · factor, width · factor]. {@link pixelUnshuffle} is the inverse.
 * @throws ShapeError for a number of channels that factor² does not divide.
 * @example
 * ```ts
 * import { pixelShuffle, tensor } from "@graddiff/core";
 *
 * console.log(pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).toArray()); // [ [ [ 1, 2 ], [ 3, 4 ] ] ]
 * ```
 */
export function pixelShuffle(x: TensorLike, factor: number): Tensor {
  const op = "pixelShuffle";
  refuseSurplus(op, 2, arguments);
  const input = toTensor(op, "x", x);
  const times = positiveInteger(op, "factor", factor);
  const expected = `[batch, channels, height, width] with a multiple of ${times * times} channels`;
  const { leading, channels, height, width } = imagesOf(
    op,
    input,
    expected,
    ([count = 0]) => count % (times * times) === 0,
  );
  const outputs = channels / (times * times);
  const split = spreadAxes(op, "x", input, [...leading, outputs, times, times, height, width]);
  const order = behind(leading, [0, 3, 1, 4, 2]);
  return reshape(transpose(split, order), [...leading, outputs, height * times, width * times]);
}

/**
 * Pixels that become channels: the inverse of {@link pixelShuffle}.
 *
 * @param x [batch, channels, height, width] or with any other leading axes.
 * @param factor by which height and width are divided.
 * @returns [batch, channels · factor², height / factor, width / factor].
 * @throws ShapeError for a height or a width that factor does not divide.
 * @example
 * ```ts
 * import { pixelUnshuffle, tensor } from "@graddiff/core";
 *
 * console.log(pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).shape); // [ 4, 1, 1 ]
 * ```
 */
export function pixelUnshuffle(x: TensorLike, factor: number): Tensor {
  const op = "pixelUnshuffle";
  refuseSurplus(op, 2, arguments);
  const input = toTensor(op, "x", x);
  const times = positiveInteger(op, "factor", factor);
  const expected = `[batch, channels, height, width] with multiples of ${times} for height and width`;
  const { leading, channels, height, width } = imagesOf(
    op,
    input,
    expected,
    ([, rows = 0, columns = 0]) => rows % times === 0 && columns % times === 0,
  );
  const [rows, columns] = [height / times, width / times];
  const split = spreadAxes(op, "x", input, [...leading, channels, rows, times, columns, times]);
  const order = behind(leading, [0, 2, 4, 1, 3]);
  return reshape(transpose(split, order), [...leading, channels * times * times, rows, columns]);
}
