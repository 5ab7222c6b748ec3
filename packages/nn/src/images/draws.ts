/** The parts that functions share which change images at random: their arguments, and a few numbers for each image. */

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

/** The numbers of the sequences of functions: they stay, since the bits that are drawn follow from them. */
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
   * Names the draws: an integer from 0 to 2⁵³ − 1, or a scalar tensor that holds one, such as `draws.next()` of `Draws`. A
   * number in a compiled function gives the same draws in each run. All functions may have the same seed.
   */
  readonly seed: TensorLike;
}

/** The pixels beyond an image: zeros, the nearest element of it, or the image mirrored at its ends. */
export type ImagePadding = "zeros" | "border" | "reflection";

/** The reader of an {@link ImagePadding}. */
export const readPadding = optional<ImagePadding>(oneOf("zeros", "border", "reflection"), "zeros");

/** Returns the reader of the options of a function: its own and those of {@link ImageOptions}, whose seed is read where it is drawn from. */
/* @__NO_SIDE_EFFECTS__ */
export function imageReader<Own extends Readers>(own: Own) {
  return optionsReader({ seed: anything, ...own });
}

/** Numbers of pixels: one for both axes, or [vertical, horizontal]. */
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

/** Floats [batch, channels, height, width]. @throws ShapeError for others. */
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

/** @throws ShapeError for images without pixels. */
export function withPixels(op: string, images: Tensor): Tensor {
  const [, , height, width] = images.shape;
  if (height !== 0 && width !== 0) return images;
  const expected = "images with at least one pixel";
  throw new ShapeError(op, "images", expected, `${height} × ${width}`);
}

/**
 * Draws uniform numbers from 0 to 1 for each image, of a function's own sequence.
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

/** Seeds for further draws of a function: float64, [count]. */
export function drawSeeds(op: Drawing, seed: unknown, count: number): Tensor {
  return derivedSequence(op, SEQUENCES[op], seed, [count], { high: 2 ** 53 });
}

/** Converts a uniform number to one between two bounds. */
export function between(u: Tensor, low: number, high: number): Tensor {
  return u.mul(high - low).add(low);
}

/** Converts a uniform number to an integer from 0 up to and with another. */
export function upTo(u: Tensor, most: number): Tensor {
  return u
    .mul(most + 1)
    .floor()
    .cast("int32");
}

/** Columns as factors of images. */
export function forImages(column: Tensor, images: Tensor): Tensor {
  return column.cast(images.dtype).reshape([-1, 1, 1, 1]);
}
