/** All functions that change images, with the settings for the sheet. */

import { oneHot, stack, type Tensor, tensor } from "@graddiff/core";
import {
  addNoise,
  cropImages,
  cutout,
  flipImages,
  jitterColors,
  mixup,
  rotateImages,
  scaleImages,
  shiftImages,
} from "@graddiff/nn";

const seed = 1;

export const changes: Readonly<Record<string, (images: Tensor) => Tensor>> = {
  "as it is": (x) => x,
  flipImages: (x) => flipImages(x, { seed }),
  shiftImages: (x) => shiftImages(x, { seed, most: 12, padding: "reflection" }),
  cropImages: (x) => cropImages(x, { seed, size: [36, 48] }),
  rotateImages: (x) => rotateImages(x, { seed, degrees: 25, padding: "border" }),
  scaleImages: (x) => scaleImages(x, { seed, low: 0.6, high: 1.8 }),
  "brightness, contrast": (x) => jitterColors(x, { seed, brightness: 0.4, contrast: 0.5 }),
  "saturation, hue": (x) => jitterColors(x, { seed, saturation: 0.7, hue: 0.2 }),
  addNoise: (x) => addNoise(x, { seed, deviation: 0.08 }).clip(0, 1),
  cutout: (x) => cutout(x, { seed, size: 18, value: 0.5 }),
  // The picture is mixed with its copies that are upside down.
  mixup: (x) =>
    mixup(withOthers(x), oneHot(tensor([0, 1, 0, 1, 0, 1], { dtype: "int32" }), 2), {
      seed,
      alpha: 1,
    }).images,
};

/** Returns every second image turned by half a turn. */
function withOthers(images: Tensor): Tensor {
  const rows = Array.from({ length: images.shape[0] ?? 0 }, (_, i) => images.at(i));
  return stack(rows.map((row, i) => (i % 2 === 0 ? row : row.flip([1, 2]))));
}
