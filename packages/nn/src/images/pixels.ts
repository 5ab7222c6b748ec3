/**
 * Conversion of pictures in a page or worker to tensors.
 */

import { ArgumentError, type DType, ShapeError, stack, type Tensor, tensor } from "@graddiff/core";
import { describe, oneOf, optional, optionsReader, refuseSurplus } from "@graddiff/core/extend";
import { readFloatOrDefault } from "../readers.ts";
import { GREY } from "./colors.ts";

/**
 * Red, green, blue and alpha of each pixel, row by row: an `ImageData`, or the pixels that another library has decoded.
 */
export interface PixelData {
  /** Bytes, 4 · width · height of them. */
  readonly data: Uint8ClampedArray | Uint8Array;
  /** The columns of pixels. */
  readonly width: number;
  /** The rows of pixels. */
  readonly height: number;
}

/** An image that a canvas can draw: an `ImageBitmap`, a canvas, an `OffscreenCanvas`, or an `<img>` that is loaded. */
export interface Drawable {
  /** The columns of pixels. */
  readonly width: number;
  /** The rows of pixels. */
  readonly height: number;
}

/** The options of {@link fromPixels}. */
export interface FromPixelsOptions {
  /** 3 (the default) for red, green and blue, 4 with alpha after them, 1 for grey. */
  readonly channels?: 1 | 3 | 4;
  /** float32 or float64. Default: float32, or the dtype that {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

const readOptions = optionsReader({
  channels: optional(oneOf(1, 3, 4), 3 as const),
  dtype: readFloatOrDefault,
});

const EXPECTED = "ImageData, ImageBitmap, a canvas or { data, width, height }";

/** The methods of a canvas that are used. */
interface Canvas {
  getContext(kind: "2d", settings: object): Context | null;
}

interface Context {
  drawImage(source: object, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number, settings: object): PixelData;
}

/** The globals of pages and workers that make a canvas. */
interface Globals {
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  readonly document?: { createElement(name: "canvas"): Canvas & { width: number; height: number } };
}

function canvasOf(width: number, height: number): Canvas | undefined {
  const { OffscreenCanvas, document }: Globals = globalThis as Globals;
  if (OffscreenCanvas) return new OffscreenCanvas(width, height);
  const canvas = document?.createElement("canvas");
  return canvas && Object.assign(canvas, { width, height });
}

/** Returns the pixels of a picture, in sRGB. */
function pixelsOf(op: string, source: unknown): PixelData {
  const refuse = (got: string, hint?: string) =>
    new ArgumentError(op, "source", EXPECTED, got, hint);
  if (typeof source !== "object" || source === null) throw refuse(describe(source));
  const given = source as Partial<PixelData & { naturalWidth: number; naturalHeight: number }>;
  const { data, naturalWidth: width = given.width, naturalHeight: height = given.height } = given;
  if (!isLength(width) || !isLength(height)) throw refuse(describe(source));
  if (data !== undefined) {
    const isBytes = data instanceof Uint8ClampedArray || data instanceof Uint8Array;
    if (isBytes && data.length === 4 * width * height) return { data, width, height };
    const kind = isBytes ? `${data.length} bytes` : describe(data);
    const expected = `${4 * width * height} bytes, 4 for each of ${width} × ${height} pixels`;
    throw new ShapeError(op, "data", expected, kind);
  }
  if (width === 0 || height === 0) throw refuse(`a picture of ${width} × ${height} pixels`);
  const context = canvasOf(width, height)?.getContext("2d", { willReadFrequently: true });
  if (!context) {
    throw refuse(
      describe(source),
      "There is no canvas here to draw it on: pass { data, width, height }",
    );
  }
  try {
    context.drawImage(source, 0, 0);
    return context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
  } catch (error) {
    throw refuse(
      describe(source),
      `The canvas says: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** Returns one image, [channels, height, width]. */
function imageOf({ data, width, height }: PixelData, channels: number, dtype: DType): Tensor {
  const count = width * height;
  const Elements = dtype === "float64" ? Float64Array : Float32Array;
  const elements = new Elements(channels * count);
  const [red, green, blue] = GREY;
  for (let pixel = 0, byte = 0; pixel < count; pixel++, byte += 4) {
    const [r = 0, g = 0, b = 0, a = 0] = [
      data[byte],
      data[byte + 1],
      data[byte + 2],
      data[byte + 3],
    ];
    if (channels === 1) elements[pixel] = (red * r + green * g + blue * b) / 255;
    else {
      elements[pixel] = r / 255;
      elements[count + pixel] = g / 255;
      elements[2 * count + pixel] = b / 255;
      if (channels === 4) elements[3 * count + pixel] = a / 255;
    }
  }
  return tensor(elements, { shape: [channels, height, width], dtype });
}

/**
 * Returns pictures as a batch of images with elements from 0 to 1: bytes divided by 255, in sRGB. To normalize them as
 * a network was trained, use `x.sub(mean).div(deviation)` with means and deviations of shape [channels, 1, 1].
 *
 * It works in pages and in workers; `{ data, width, height }` with RGBA bytes works everywhere, in Node, too. Alpha is
 * not applied to the colours: transparent pixels of a canvas or an `ImageBitmap` are black.
 *
 * @param source an `ImageData`, an `ImageBitmap`, a canvas, or an `<img>` that is loaded; or an array of them, of one size.
 * @param options `channels`: 3 (the default), 4 with alpha, or 1, the grey of BT.601, 0.299 · red + 0.587 · green + 0.114 ·
 *   blue; `dtype` (default float32).
 * @returns [batch, channels, height, width].
 * @throws ArgumentError for a value that is not a picture, and for a picture of another origin, which may not be read;
 *   ShapeError for another number of bytes, for pictures of different sizes, and for no picture.
 * @example
 * ```ts
 * import { fromPixels } from "@graddiff/nn";
 *
 * const red = { data: Uint8Array.of(255, 0, 0, 255), width: 1, height: 1 };
 * console.log(fromPixels(red).shape, String(fromPixels(red).reshape([3]))); // [ 1, 3, 1, 1 ] [1. 0. 0.]
 * ```
 */
export function fromPixels(
  source: PixelData | Drawable | readonly (PixelData | Drawable)[],
  options?: FromPixelsOptions,
): Tensor {
  const op = "fromPixels";
  refuseSurplus(op, 2, arguments);
  const { channels, dtype } = readOptions(op, options);
  const sources: readonly unknown[] = Array.isArray(source) ? source : [source];
  const all = sources.map((each) => pixelsOf(op, each));
  const sizes = [...new Set(all.map(({ width, height }) => `${width} × ${height}`))];
  if (sizes.length !== 1) {
    throw new ShapeError(
      op,
      "source",
      "pictures of one size",
      sizes.length === 0 ? "none" : sizes.join(" and "),
    );
  }
  return stack(all.map((pixels) => imageOf(pixels, channels, dtype)));
}
