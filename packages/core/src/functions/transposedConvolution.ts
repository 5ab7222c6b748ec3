/**
 * Transposed convolutions: the adjoint of a convolution, which its gradient computes.
 */

import { nonNegativeInteger, oneOrMany, optional, refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import {
  biased,
  type ConvOptions,
  checkBias,
  checkWeight,
  convReader,
  readFactors,
} from "../ops/convolution.ts";
import { transposedConvolutionOp } from "../ops/transposedConvolution.ts";
import { transposedWindowsOf } from "../ops/windows.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";

/** The options of transposed convolutions: those of the convolution that they are the transpose of. */
export interface ConvTransposeOptions extends ConvOptions {
  /**
   * The elements by which the result is longer at its end. With a stride, several lengths of the result have the same
   * windows: one number, or one for each axis. Default 0.
   */
  readonly outputPadding?: number | readonly number[];
}

/** The reader of the option `outputPadding`. */
const readOutputPadding = optional(oneOrMany(nonNegativeInteger), 0);

const readOptions = convReader({ outputPadding: readOutputPadding });

/** Returns the transposed convolution over the last `axes` axes, which has a public name for each number of them. */
function transposed(
  op: string,
  axes: number,
  args: ArrayLike<unknown>,
  x: TensorLike,
  weight: TensorLike,
  options: ConvTransposeOptions | undefined,
): Tensor {
  refuseSurplus(op, 3, args);
  const { groups, bias, ...read } = readOptions(op, options);
  const [input, weights] = readFactors(op, axes, x, weight, "channels, outputs / groups");
  const [, channels = 0] = input.shape;
  const [inputChannels = 0, inGroup = 0, ...size] = weights.shape;
  checkWeight(op, input.shape, weights.shape, inputChannels, [
    inputChannels !== channels && `${channels} channels of x on axis 0`,
    channels % groups !== 0 && `a number of channels that groups: ${groups} divides`,
    size.includes(0) && "a window with elements",
  ]);
  checkBias(op, bias, inGroup * groups);
  const { windows, lengths } = transposedWindowsOf(op, input.shape, size, read);
  const attributes = { ...windows, groups, lengths };
  return biased(apply(transposedConvolutionOp, [input, weights], attributes), bias);
}

/**
 * Returns the transposed convolution of sequences: the gradient of x in {@link conv1d} with these weights, for a
 * cotangent that is x here. So each element of x adds the weights, times itself, to a window of the result.
 *
 * The sums are those of that gradient, in the order (channel, window). Padding is what is cut off at the ends; with
 * "same" the result is as long as x times the stride.
 *
 * @param x floats or int32, [batch, channels, width].
 * @param weight [channels, outputs / groups, size of a window].
 * @param options `bias` [outputs]; `stride` (default 1), `padding` (0), `outputPadding` (0), `dilation` (1), `groups` (1).
 * @returns [batch, outputs, (width − 1) · stride + (size − 1) · dilation + 1 + outputPadding − padding at both ends].
 * @throws ShapeError for shapes that do not fit each other, or where nothing is left; ArgumentError for an
 *   outputPadding that is neither below the stride nor below the dilation.
 * @example
 * ```ts
 * import { convTranspose1d, tensor } from "@graddiff/core";
 *
 * const spread = convTranspose1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10]]]), { stride: 2 });
 * console.log(String(spread)); // [[[ 1. 10.  2. 20.  3. 30.]]]
 * ```
 */
export function convTranspose1d(
  x: TensorLike,
  weight: TensorLike,
  options?: ConvTransposeOptions,
): Tensor {
  return transposed("convTranspose1d", 1, arguments, x, weight, options);
}

/**
 * Returns the transposed convolution of images; see {@link convTranspose1d}.
 *
 * @param x [batch, channels, height, width].
 * @param weight [channels, outputs / groups, height, width of a window].
 * @example
 * ```ts
 * import { convTranspose2d, ones } from "@graddiff/core";
 *
 * const counts = convTranspose2d(ones([1, 1, 2, 2]), ones([1, 1, 2, 2]));
 * console.log(counts.reshape([3, 3]).toArray()); // [ [ 1, 2, 1 ], [ 2, 4, 2 ], [ 1, 2, 1 ] ]
 * ```
 */
export function convTranspose2d(
  x: TensorLike,
  weight: TensorLike,
  options?: ConvTransposeOptions,
): Tensor {
  return transposed("convTranspose2d", 2, arguments, x, weight, options);
}

/**
 * Returns the transposed convolution of volumes; see {@link convTranspose1d}.
 *
 * @param x [batch, channels, depth, height, width].
 * @param weight [channels, outputs / groups, depth, height, width of a window].
 * @example
 * ```ts
 * import { convTranspose3d, ones } from "@graddiff/core";
 *
 * console.log(convTranspose3d(ones([1, 3, 2, 2, 2]), ones([3, 4, 2, 2, 2]), { stride: 2 }).shape); // [ 1, 4, 4, 4, 4 ]
 * ```
 */
export function convTranspose3d(
  x: TensorLike,
  weight: TensorLike,
  options?: ConvTransposeOptions,
): Tensor {
  return transposed("convTranspose3d", 3, arguments, x, weight, options);
}
