/**
 * Random changes of colours, and random noise.
 */

import { normal, ShapeError, type Tensor, type TensorLike, tensor } from "@graddiff/core";
import {
  formatShape,
  nonNegative,
  numberThat,
  optional,
  refuseSurplus,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import {
  between,
  drawEach,
  drawSeeds,
  forImages,
  type ImageOptions,
  imageReader,
  readImages,
} from "./draws.ts";

/** The options of {@link jitterColors}. */
export interface JitterColorsOptions extends ImageOptions {
  /** The brightness is multiplied by a factor from 1 − brightness (at least 0) to 1 + brightness. Default 0. */
  readonly brightness?: number;
  /** The distance to the mean grey of an image is multiplied by a factor from the same kind of range. Default 0. */
  readonly contrast?: number;
  /** The distance of each pixel to its grey is multiplied by a factor from the same kind of range. Default 0. */
  readonly saturation?: number;
  /** The greatest rotation of the hue in either direction, as a fraction of a full turn: from 0 to 0.5. Default 0. */
  readonly hue?: number;
}

const readJitter = imageReader({
  brightness: optional(nonNegative, 0),
  contrast: optional(nonNegative, 0),
  saturation: optional(nonNegative, 0),
  hue: optional(
    numberThat((value) => value >= 0 && value <= 0.5, "a number from 0 to 0.5"),
    0,
  ),
});

/** The weights of red, green and blue in the grey of a pixel: ITU-R Recommendation BT.601. */
export const GREY = [0.299, 0.587, 0.114] as const;

/** Returns images of one channel, the grey of each pixel. */
function greyOf(images: Tensor): Tensor {
  if (images.shape[1] === 1) return images;
  const parts = tensor(GREY, { dtype: images.dtype, shape: [1, 3, 1, 1] });
  return images.mul(parts).sum(1, { keepDims: true });
}

/**
 * Returns the matrices that rotate the hue by angles and keep the luminance: `hueRotate` of W3C, Filter Effects Module
 * Level 1.
 */
function hueMatrices(angles: Tensor): Tensor {
  const part = (values: readonly number[]) => tensor(values, { dtype: "float64" });
  const [red, green, blue] = [0.213, 0.715, 0.072];
  const grey = part([red, green, blue, red, green, blue, red, green, blue]);
  const cosine = part([1, 0, 0, 0, 1, 0, 0, 0, 1]).sub(grey);
  const sine = part([-red, -green, 1 - blue, 0.143, 0.14, -0.283, red - 1, green, blue]);
  const all = angles.cos().mul(cosine).add(angles.sin().mul(sine)).add(grey);
  return all.reshape([-1, 3, 3]);
}

/**
 * Returns images with random brightness, contrast, saturation and hue, changed in this order, each by a different
 * random number for each image. The first three are changed as by torchvision's `ColorJitter`, the hue as by
 * `hue-rotate` of CSS.
 *
 * @param images [batch, 1 or 3, height, width], with elements from 0 to 1. Elements of the result are clipped to this
 *   range. Bools and int32 become the default float dtype.
 * @param options `seed`, as for `dropout`; `brightness`, `contrast`, `saturation` and `hue` (default 0, no change).
 * @returns the shape of the images.
 * @throws ShapeError for another shape, or one channel whose saturation or hue is changed; ArgumentError for options out of
 *   range, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { full } from "@graddiff/core";
 * import { jitterColors } from "@graddiff/nn";
 *
 * const images = jitterColors(full([2, 3, 1, 1], 0.5), { seed: 1, brightness: 0.2 });
 * console.log(images.shape, images.max().item() <= 0.6); // [ 2, 3, 1, 1 ] true
 * ```
 */
export function jitterColors(images: TensorLike, options: JitterColorsOptions): Tensor {
  const op = "jitterColors";
  refuseSurplus(op, 2, arguments);
  const { seed, brightness, contrast, saturation, hue } = readJitter(op, options);
  const given = readImages(op, images);
  const [batch = 0, channels = 0, height = 0, width = 0] = given.shape;
  const needsColors = saturation > 0 || hue > 0;
  if (channels !== 3 && (channels !== 1 || needsColors)) {
    throw new ShapeError(
      op,
      "images",
      `[batch, ${needsColors ? 3 : "1 or 3"}, height, width]`,
      formatShape(given.shape),
    );
  }
  const draws = drawEach(op, seed, given, 4);
  const factor = (index: number, most: number) =>
    forImages(between(at(draws, index), Math.max(0, 1 - most), 1 + most), given);
  const cut = (x: Tensor) => x.clip(0, 1);
  /** Returns x with its distance to a grey multiplied by a factor. */
  const from = (grey: Tensor, x: Tensor, by: Tensor) => cut(x.sub(grey).mul(by).add(grey));
  let result = given;
  if (brightness > 0) result = cut(result.mul(factor(0, brightness)));
  if (contrast > 0) {
    const grey = greyOf(result).mean([1, 2, 3], { keepDims: true });
    result = from(grey, result, factor(1, contrast));
  }
  if (saturation > 0) result = from(greyOf(result), result, factor(2, saturation));
  if (hue === 0) return result;
  const angles = between(at(draws, 3), -hue, hue).mul(2 * Math.PI);
  const rows = result.reshape([batch, 3, height * width]);
  return cut(hueMatrices(angles).cast(given.dtype).matmul(rows).reshape(given.shape));
}

/** The options of {@link addNoise}. */
export interface AddNoiseOptions extends ImageOptions {
  /** The standard deviation. Default 0.1. */
  readonly deviation?: number;
}

const readNoise = imageReader({ deviation: optional(nonNegative, 0.1) });

/**
 * Returns images with a different normal random number added to each element. Elements are not clipped, so that the
 * mean does not change.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `deviation` (default 0.1).
 * @returns the shape of the images.
 * @throws ShapeError for another shape; ArgumentError for a negative deviation, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { standardDeviation, zeros } from "@graddiff/core";
 * import { addNoise } from "@graddiff/nn";
 *
 * const noise = addNoise(zeros([1, 1, 100, 100]), { seed: 1, deviation: 2 });
 * console.log(standardDeviation(noise).toString({ digits: 2 })); // 2.0
 * ```
 */
export function addNoise(images: TensorLike, options: AddNoiseOptions): Tensor {
  const op = "addNoise";
  refuseSurplus(op, 2, arguments);
  const { seed, deviation } = readNoise(op, options);
  const given = readImages(op, images);
  const own = drawSeeds(op, seed, 1).reshape([]);
  const noise = normal(given.shape, { seed: own, dtype: given.dtype });
  return given.add(noise.mul(deviation));
}
