/** Images: conversion of a page's pictures to tensors, and random changes that augment a data set. */

export {
  type AddNoiseOptions,
  addNoise,
  type JitterColorsOptions,
  jitterColors,
} from "./colors.ts";
export type { ImageOptions, ImagePadding } from "./draws.ts";
export { type CutoutOptions, cutout, type MixupOptions, mixup } from "./mixing.ts";
export {
  type CropImagesOptions,
  cropImages,
  type FlipImagesOptions,
  flipImages,
  type ShiftImagesOptions,
  shiftImages,
} from "./moving.ts";
export {
  type Drawable,
  type FromPixelsOptions,
  fromPixels,
  type PixelData,
} from "./pixels.ts";
export {
  type RotateImagesOptions,
  rotateImages,
  type ScaleImagesOptions,
  scaleImages,
} from "./turning.ts";
