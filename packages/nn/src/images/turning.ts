/**
 * Random rotations and scalings of images around their centres.
 */

import { affineGrid, gridSample, stack, type Tensor, type TensorLike } from "@graddiff/core";
import {
  nonNegative,
  numberThat,
  oneOf,
  optional,
  type Readers,
  refuseSurplus,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import {
  between,
  drawEach,
  type ImageOptions,
  type ImagePadding,
  imageReader,
  readImages,
  readPadding,
  withPixels,
} from "./draws.ts";

/** The settings of pixels between or beyond those of an image. */
interface SampleOptions {
  /** "linear" (the default), "nearest" or "cubic". */
  readonly mode?: "linear" | "nearest" | "cubic";
  /** The pixels beyond an image: "zeros" (the default), "border" or "reflection". */
  readonly padding?: ImagePadding;
}

/** Returns the reader of the options of a function, of {@link SampleOptions} and of the seed. */
/* @__NO_SIDE_EFFECTS__ */
function sampleReader<Own extends Readers>(own: Own) {
  return imageReader({
    mode: optional(oneOf("linear", "nearest", "cubic"), "linear" as const),
    padding: readPadding,
    ...own,
  });
}

/**
 * Returns images of which each pixel is sampled from the input at its position, in pixels from the centre, multiplied
 * by a matrix [[a, b], [c, d]].
 */
function mapped(
  op: string,
  images: Tensor,
  [a, b, c, d]: readonly [Tensor, Tensor, Tensor, Tensor],
  settings: Required<SampleOptions>,
): Tensor {
  const [batch = 0, , height = 0, width = 0] = withPixels(op, images).shape;
  const none = a.mul(0);
  // A grid goes from −1 to 1 along both axes, whatever their lengths.
  const rows = [a, b.mul(height / width), none, c.mul(width / height), d, none];
  const maps = stack(rows.map((column) => column.reshape([batch]))).transpose();
  const grid = affineGrid(maps.reshape([batch, 2, 3]).cast(images.dtype), [height, width]);
  return gridSample(images, grid, settings);
}

/** The options of {@link rotateImages}. */
export interface RotateImagesOptions extends ImageOptions, SampleOptions {
  /** The greatest angle, in degrees, either way. */
  readonly degrees: number;
}

const readRotate = sampleReader({ degrees: nonNegative });

/**
 * Returns images that are rotated around their centres by random angles, uniform up to a greatest angle in either
 * direction.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `degrees`, the greatest angle; `mode` and `padding`, as for {@link gridSample}
 *   ("linear" and "zeros").
 * @returns the shape of the images.
 * @throws ShapeError for another shape, or images without pixels; ArgumentError for a negative angle, and what `uniform`
 *   throws for a seed.
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { rotateImages } from "@graddiff/nn";
 *
 * const images = rotateImages(ones([5, 3, 32, 32]), { seed: 1, degrees: 15, padding: "border" });
 * console.log(images.shape, images.mean().item()); // [ 5, 3, 32, 32 ] 1
 * ```
 */
export function rotateImages(images: TensorLike, options: RotateImagesOptions): Tensor {
  const op = "rotateImages";
  refuseSurplus(op, 2, arguments);
  const { seed, degrees, ...settings } = readRotate(op, options);
  const given = readImages(op, images);
  const most = (degrees / 180) * Math.PI;
  const angle = between(at(drawEach(op, seed, given, 1), 0), -most, most);
  const [cosine, sine] = [angle.cos(), angle.sin()];
  return mapped(op, given, [cosine, sine.neg(), sine, cosine], settings);
}

/** The options of {@link scaleImages}. */
export interface ScaleImagesOptions extends ImageOptions, SampleOptions {
  /** The least factor; below 1 an image becomes smaller. Default 0.8. */
  readonly low?: number;
  /** The greatest factor. Default 1.25. */
  readonly high?: number;
}

const readFactor = numberThat((value) => value > 0 && Number.isFinite(value), "a positive number");
const readScale = sampleReader({
  low: optional(readFactor, 0.8),
  high: optional(readFactor, 1.25),
});

/**
 * Returns images that are enlarged or reduced around their centres by random factors, uniform between two bounds.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `low` and `high`, the factors (0.8 and 1.25); `mode` and `padding`, as of
 *   {@link gridSample} ("linear" and "zeros").
 * @returns the shape of the images.
 * @throws ShapeError for another shape, or images without pixels; ArgumentError for a factor that is not positive, and what
 *   `uniform` throws for a seed.
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { scaleImages } from "@graddiff/nn";
 *
 * const smaller = scaleImages(ones([1, 1, 4, 4]), { seed: 1, low: 0.5, high: 0.5 });
 * console.log(smaller.sum().item()); // 4
 * ```
 */
export function scaleImages(images: TensorLike, options: ScaleImagesOptions): Tensor {
  const op = "scaleImages";
  refuseSurplus(op, 2, arguments);
  const { seed, low, high, ...settings } = readScale(op, options);
  const given = readImages(op, images);
  const step = between(at(drawEach(op, seed, given, 1), 0), low, high).reciprocal();
  const none = step.mul(0);
  return mapped(op, given, [step, none, none, step], settings);
}
