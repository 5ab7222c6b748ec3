/**
 * Random flips, shifts and crops of images, which move pixels and do not change their values.
 */

import { arange, flip, ShapeError, type Tensor, type TensorLike, where } from "@graddiff/core";
import {
  fraction,
  oneOf,
  oneOrMany,
  optional,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import { takeAt } from "../inside.ts";
import {
  bothAxes,
  drawEach,
  type ImageOptions,
  type ImagePadding,
  imageReader,
  readImages,
  readPadding,
  readPixels,
  upTo,
  withPixels,
} from "./draws.ts";

/** The options of {@link flipImages}. */
export interface FlipImagesOptions extends ImageOptions {
  /** "horizontal" (the default) exchanges left and right, "vertical" top and bottom, "both" draws for each of them. */
  readonly direction?: "horizontal" | "vertical" | "both";
  /** The probability, from 0 to 1. Default 0.5. */
  readonly probability?: number;
}

const readFlip = imageReader({
  direction: optional(oneOf("horizontal", "vertical", "both"), "horizontal" as const),
  probability: optional(fraction, 0.5),
});

/**
 * Returns images, each of which is mirrored with a probability.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `direction` ("horizontal", the default, "vertical" or "both"), `probability`
 *   (0.5).
 * @returns the shape of the images.
 * @throws ShapeError for another shape; ArgumentError for another probability, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { flipImages } from "@graddiff/nn";
 *
 * const images = tensor([[[[1, 2], [3, 4]]]]);
 * console.log(String(flipImages(images, { seed: 1, probability: 1 }).reshape([4]))); // [2. 1. 4. 3.]
 * ```
 */
export function flipImages(images: TensorLike, options: FlipImagesOptions): Tensor {
  const op = "flipImages";
  refuseSurplus(op, 2, arguments);
  const { seed, direction, probability } = readFlip(op, options);
  const given = readImages(op, images);
  const [horizontal, vertical] = drawEach(op, seed, given, 2);
  const flipped = (x: Tensor, u: Tensor | undefined, axis: number) =>
    u === undefined ? x : where(u.less(probability).reshape([-1, 1, 1, 1]), flip(x, axis), x);
  const first = flipped(given, direction === "vertical" ? undefined : horizontal, 3);
  return flipped(first, direction === "horizontal" ? undefined : vertical, 2);
}

/** Returns for each image the pixels at given rows and columns, int32 [batch, …]; indices may be outside of the image. */
function pixelsAt(x: Tensor, rows: Tensor, columns: Tensor, padding: ImagePadding): Tensor {
  const alongAxis = (images: Tensor, indices: Tensor, axis: 2 | 3): Tensor => {
    const length = at(images.shape, axis);
    if (padding !== "zeros")
      return takeAt(images, insideOf(indices, length, padding), { axis, shared: 1 });
    const isInside = indices.greaterEqual(0).logicalAnd(indices.less(length));
    const found = takeAt(images, insideOf(indices, length, "border"), { axis, shared: 1 });
    const [batch = 0, count = 0] = indices.shape;
    return where(
      isInside.reshape(axis === 2 ? [batch, 1, count, 1] : [batch, 1, 1, count]),
      found,
      0,
    );
  };
  return alongAxis(alongAxis(x, rows, 2), columns, 3);
}

/** Maps indices along an axis to indices within it, as the padding says. */
function insideOf(indices: Tensor, length: number, padding: "border" | "reflection"): Tensor {
  if (padding === "border") return indices.clip(0, length - 1);
  const period = indices.remainder(2 * length);
  return where(period.less(length), period, period.neg().add(2 * length - 1));
}

/** The options of {@link shiftImages}. */
export interface ShiftImagesOptions extends ImageOptions {
  /** The greatest shift in either direction, in pixels: one number, or [vertical, horizontal]. */
  readonly most: number | readonly number[];
  /** The values of pixels that are shifted in: "zeros" (the default), "border" or "reflection". */
  readonly padding?: ImagePadding;
}

const readShift = imageReader({ most: readPixels, padding: readPadding });

/**
 * Returns images that are shifted by random numbers of whole pixels, uniform up to a greatest shift.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `most`, in pixels; `padding` ("zeros", the default, "border" or "reflection").
 * @returns the shape of the images.
 * @throws ShapeError for another shape, or images without pixels; ArgumentError for a shift that is not a number of
 *   pixels, and the errors of `uniform` for a seed.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { shiftImages } from "@graddiff/nn";
 *
 * const images = tensor([[[[1, 2, 3]]], [[[1, 2, 3]]]]);
 * console.log(shiftImages(images, { seed: 1, most: [0, 1] }).reshape([2, 3]).toArray()); // [ [ 1, 2, 3 ], [ 0, 1, 2 ] ]
 * ```
 */
export function shiftImages(images: TensorLike, options: ShiftImagesOptions): Tensor {
  const op = "shiftImages";
  refuseSurplus(op, 2, arguments);
  const { seed, most, padding } = readShift(op, options);
  const given = withPixels(op, readImages(op, images));
  const draws = drawEach(op, seed, given, 2);
  const pixels = bothAxes(op, "most", most);
  const indices = (axis: 0 | 1) =>
    arange(0, at(given.shape, axis + 2), { dtype: "int32" })
      .add(pixels[axis])
      .sub(upTo(at(draws, axis), 2 * pixels[axis]));
  return pixelsAt(given, indices(0), indices(1), padding);
}

/** The options of {@link cropImages}. */
export interface CropImagesOptions extends ImageOptions {
  /** The height and the width of the parts: one number, or [height, width]. */
  readonly size: number | readonly number[];
  /**
   * The number of zeros around the images before they are cropped: one number, or [vertical, horizontal]. Default 0.
   */
  readonly padding?: number | readonly number[];
}

const readCrop = imageReader({
  size: oneOrMany(positiveInteger),
  padding: optional(readPixels, 0),
});

/**
 * Returns a random crop of one size of each image. All positions are equally likely.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `size`, [height, width] or a number; `padding`, in pixels (default 0).
 * @returns [batch, channels, …size].
 * @throws ShapeError for another shape, or crops that are larger than the padded images; ArgumentError for a size that
 *   is not a number of pixels, and the errors of `uniform` for a seed.
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { cropImages } from "@graddiff/nn";
 *
 * console.log(cropImages(ones([5, 3, 32, 32]), { seed: 1, size: 24 }).shape); // [ 5, 3, 24, 24 ]
 * ```
 */
export function cropImages(images: TensorLike, options: CropImagesOptions): Tensor {
  const op = "cropImages";
  refuseSurplus(op, 2, arguments);
  const { seed, size, padding } = readCrop(op, options);
  const given = withPixels(op, readImages(op, images));
  const sizes = bothAxes(op, "size", size);
  const around = bothAxes(op, "padding", padding);
  const draws = drawEach(op, seed, given, 2);
  const indices = (axis: 0 | 1) => {
    const free = at(given.shape, axis + 2) + 2 * around[axis] - sizes[axis];
    if (free < 0) {
      throw new ShapeError(
        op,
        "size",
        `at most ${free + sizes[axis]} pixels along axis ${axis + 2}, padding included`,
        String(sizes[axis]),
      );
    }
    const first = upTo(at(draws, axis), free).sub(around[axis]);
    return arange(0, sizes[axis], { dtype: "int32" }).add(first);
  };
  return pixelsAt(given, indices(0), indices(1), "zeros");
}
