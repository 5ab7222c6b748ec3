/**
 * Random mixtures of images, and images with a random hole.
 */

import {
  arange,
  DTypeError,
  gamma,
  permutation,
  ShapeError,
  type Tensor,
  type TensorLike,
  take,
  where,
} from "@graddiff/core";
import {
  finite,
  formatShape,
  isFloat,
  optional,
  positive,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import {
  bothAxes,
  drawEach,
  drawSeeds,
  type ImageOptions,
  imageReader,
  readImages,
  readPixels,
  upTo,
} from "./draws.ts";

/** The options of {@link mixup}. */
export interface MixupOptions extends ImageOptions {
  /** Both parameters of the beta distribution of the shares, above 0. With 1 the shares are uniform. Default 0.2. */
  readonly alpha?: number;
}

const readMixup = imageReader({ alpha: optional(positive, 0.2) });

/**
 * Replaces each image by a weighted mean of it and another image of the batch, and its label by the same mean of both
 * labels. The weight of each pair is drawn from a beta distribution (Zhang et al., "mixup: Beyond Empirical Risk
 * Minimization", 2018). `crossEntropy` accepts such labels.
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param labels floats, [batch, …], such as `oneHot(classes, count)`.
 * @param options `seed`, as for `dropout`; `alpha` (default 0.2).
 * @returns `{ images, labels }` of the same shapes.
 * @throws ShapeError for other shapes; DTypeError for labels that are not floats; ArgumentError for an alpha that is not
 *   positive, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { oneHot, tensor } from "@graddiff/core";
 * import { mixup } from "@graddiff/nn";
 *
 * const classes = tensor([0, 1], { dtype: "int32" });
 * const { images, labels } = mixup(tensor([0, 1]).reshape([2, 1, 1, 1]), oneHot(classes, 2), { seed: 1 });
 * console.log(String(images.reshape([2])) === String(labels.at("...", 1))); // true
 * ```
 */
export function mixup(
  images: TensorLike,
  labels: TensorLike,
  options: MixupOptions,
): { images: Tensor; labels: Tensor } {
  const op = "mixup";
  refuseSurplus(op, 3, arguments);
  const given = readImages(op, images);
  const wanted = toTensor(op, "labels", labels);
  const { seed, alpha } = readMixup(op, options);
  const batch = at(given.shape, 0);
  if (wanted.shape[0] !== batch) {
    const expected = `[${batch}, …], a label for each image`;
    throw new ShapeError(op, "labels", expected, formatShape(wanted.shape));
  }
  if (!isFloat(wanted.dtype)) {
    throw new DTypeError(
      op,
      "labels",
      "floats, of which means can be taken",
      wanted.dtype,
      "oneHot(classes, count) makes them of classes",
    );
  }
  const seeds = drawSeeds(op, seed, 3);
  const draw = (i: number) => gamma(alpha, { seed: take(seeds, i), shape: [batch] });
  // A quotient g / (g + h) of gamma numbers is beta distributed. For a small alpha both may underflow to 0.
  const [first, second] = [draw(0), draw(1)];
  const sum = first.add(second);
  const share = where(sum.greater(0), first.div(sum.maximum(Number.MIN_VALUE)), 1);
  const order = permutation(batch, { seed: take(seeds, 2) });
  const mean = (x: Tensor) => {
    const part = share.cast(x.dtype).reshape([batch, ...x.shape.slice(1).map(() => 1)]);
    return x.mul(part).add(take(x, order).mul(part.neg().add(1)));
  };
  return { images: mean(given), labels: mean(wanted) };
}

/** The options of {@link cutout}. */
export interface CutoutOptions extends ImageOptions {
  /** The height and the width of the hole, in pixels: one number, or [height, width]. */
  readonly size: number | readonly number[];
  /** The value of pixels in the hole. Default 0. */
  readonly value?: number;
}

const readCutout = imageReader({ size: readPixels, value: optional(finite, 0) });

/**
 * Returns images in which a rectangle is replaced by a value. Its centre is a random pixel, so a part of it may be
 * outside of the image (DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
 * 2017).
 *
 * @param images [batch, channels, height, width]. int32 and bools become the default float dtype.
 * @param options `seed`, as for `dropout`; `size`, [height, width] or a number; `value` (default 0).
 * @returns the shape of the images. No gradient passes through the hole.
 * @throws ShapeError for another shape; ArgumentError for a size that is not a number of pixels, and the errors of
 *   `uniform` for a seed.
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { cutout } from "@graddiff/nn";
 *
 * console.log(cutout(ones([1, 1, 5, 5]), { seed: 1, size: 1 }).sum().item()); // 24
 * ```
 */
export function cutout(images: TensorLike, options: CutoutOptions): Tensor {
  const op = "cutout";
  refuseSurplus(op, 2, arguments);
  const { seed, size, value } = readCutout(op, options);
  const given = readImages(op, images);
  const sizes = bothAxes(op, "size", size);
  const draws = drawEach(op, seed, given, 2);
  const isHidden = (axis: 0 | 1) => {
    const length = at(given.shape, axis + 2);
    const first = upTo(at(draws, axis), Math.max(0, length - 1)).sub(Math.floor(sizes[axis] / 2));
    const behind = arange(0, length, { dtype: "int32" }).sub(first);
    const inside = behind.greaterEqual(0).logicalAnd(behind.less(sizes[axis]));
    const batch = at(given.shape, 0);
    return inside.reshape(axis === 0 ? [batch, 1, length, 1] : [batch, 1, 1, length]);
  };
  return where(isHidden(0).logicalAnd(isHidden(1)), value, given);
}
