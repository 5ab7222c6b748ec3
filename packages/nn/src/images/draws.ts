/** The arguments and random draws of the functions that change images at random. */

import { ShapeError, type Tensor, type TensorLike } from "@graddiff/core";
import {
  anything,
  formatShape,
  nonNegativeInteger,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  promoteInputs,
  type Readers,
  toTensor,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import { derivedSequence } from "../inside.ts";
import { perAxis } from "../readers.ts";

/**
 * The number of the random sequence of each function. They must not change, since the bits of the draws depend on them.
 */
const SEQUENCES = {
  flipImages: 30,
  shiftImages: 31,
  cropImages: 32,
  rotateImages: 33,
  scaleImages: 34,
  jitterColors: 35,
  addNoise: 36,
  mixup: 37,
  cutout: 38,
} as const;

/** The name of a function that draws. */
type Drawing = keyof typeof SEQUENCES;

/** The options of every function that changes images at random. */
export interface ImageOptions {
  /**
   * The seed of the draws: an integer from 0 to 2⁵³ − 1, or a scalar tensor with one, such as `draws.next()` of
   * `Draws`. In a compiled function a number gives the same draws in each run. Different functions may have the same
   * seed.
   */
  readonly seed: TensorLike;
}

/** The pixels beyond an image: zeros, the nearest element of it, or the image mirrored at its ends. */
export type ImagePadding = "zeros" | "border" | "reflection";

/** The reader of an {@link ImagePadding}. */
export const readPadding = optional<ImagePadding>(oneOf("zeros", "border", "reflection"), "zeros");

/**
 * Returns the reader of the options of a function: {@link ImageOptions} and further ones. The seed is not checked here,
 * but by the function that draws.
 */
/* @__NO_SIDE_EFFECTS__ */
export function imageReader<Own extends Readers>(own: Own) {
  return optionsReader({ seed: anything, ...own });
}

/** The reader of numbers of pixels: one for both axes, or [vertical, horizontal]. */
export const readPixels = oneOrMany(nonNegativeInteger);

/** Returns one number of pixels for each of both axes. */
export function bothAxes(
  op: string,
  argument: string,
  value: number | readonly number[],
): readonly [number, number] {
  const each = perAxis(op, argument, value, 2);
  return [at(each, 0), at(each, 1)];
}

/** Returns images as floats [batch, channels, height, width]. @throws ShapeError for another number of axes. */
export function readImages(op: string, images: TensorLike): Tensor {
  const [given] = promoteInputs(op, [toTensor(op, "images", images)], "float");
  if (given.rank === 4) return given;
  throw new ShapeError(
    op,
    "images",
    "[batch, channels, height, width]",
    formatShape(given.shape),
    given.rank === 3 ? "images.expandDims(0) makes a batch of one" : undefined,
  );
}

/** Returns images unless they have no pixels. @throws ShapeError for a height or width of 0. */
export function withPixels(op: string, images: Tensor): Tensor {
  const [, , height, width] = images.shape;
  if (height !== 0 && width !== 0) return images;
  const expected = "images with at least one pixel";
  throw new ShapeError(op, "images", expected, `${height} × ${width}`);
}

/**
 * Draws uniform numbers from 0 to 1 for each image, from the random sequence of a function.
 *
 * @returns columns, float64 of shape [batch, 1].
 */
export function drawEach(
  op: Drawing,
  seed: unknown,
  images: Tensor,
  count: number,
): readonly Tensor[] {
  const batch = at(images.shape, 0);
  const all = derivedSequence(op, SEQUENCES[op], seed, [batch, count]);
  return Array.from({ length: count }, (_, i) => all.slice([0, i], [batch, i + 1]));
}

/** Returns seeds for further draws of a function: float64, [count]. */
export function drawSeeds(op: Drawing, seed: unknown, count: number): Tensor {
  return derivedSequence(op, SEQUENCES[op], seed, [count], { high: 2 ** 53 });
}

/** Converts a uniform number to one between two bounds. */
export function between(u: Tensor, low: number, high: number): Tensor {
  return u.mul(high - low).add(low);
}

/** Converts a uniform number to an integer from 0 to `most`, both included. */
export function upTo(u: Tensor, most: number): Tensor {
  return u
    .mul(most + 1)
    .floor()
    .cast("int32");
}

/** Returns a column, [batch, 1], in the shape [batch, 1, 1, 1] and the dtype of images, so that it can multiply them. */
export function forImages(column: Tensor, images: Tensor): Tensor {
  return column.cast(images.dtype).reshape([-1, 1, 1, 1]);
}
