/** Inputs for a model: a picture if the input has the shape of one, else noise. */

import { type DType, normal, type Shape, type Tensor, tensor, uniform } from "@graddiff/core";
import type { ImportedValue } from "@graddiff/onnx";

/** An open length of a model's input. */
export interface OpenLength {
  readonly axis: number;
  /** The name of the length in the model. */
  readonly name: string;
  readonly length: number;
}

/** The form of an input, with its open lengths. */
export interface InputForm {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The open lengths with a field on the page. The batch size has no field, and is 1. */
  readonly open: readonly OpenLength[];
  readonly picture: PictureForm | undefined;
}

export interface PictureForm {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

/** The map from brightness, 0 to 1, to the input's numbers, for each channel: brightness · factor + offset. */
export interface Scale {
  readonly name: string;
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
}

/** The mean of each colour with which many ImageNet networks are trained, from torchvision. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

export const SCALES = {
  unit: { name: "0 to 1", factors: [1, 1, 1], offsets: [0, 0, 0] },
  symmetric: { name: "−1 to 1", factors: [2, 2, 2], offsets: [-1, -1, -1] },
  bytes: { name: "0 to 255", factors: [255, 255, 255], offsets: [0, 0, 0] },
  imagenet: {
    name: "ImageNet",
    factors: DEVIATION.map((deviation) => 1 / deviation),
    offsets: DEVIATION.map((deviation, i) => -(MEAN[i] ?? 0) / deviation),
  },
} as const satisfies Record<string, Scale>;

export type ScaleName = keyof typeof SCALES;

/** The length for an open height or width of a picture. */
const OPEN_SIDE = 224;

/**
 * Returns the form of a model's input.
 * @param chosen lengths by the name of an open length.
 */
export function formOf(value: ImportedValue, chosen: ReadonlyMap<string, number>): InputForm {
  if (value.shape === undefined || value.dtype === undefined) {
    throw new Error(`The file says nothing of the shape of its input "${value.name}".`);
  }
  const { shape } = value;
  const isPicture =
    value.dtype.startsWith("float") && shape.length === 4 && (shape[1] === 1 || shape[1] === 3);
  const open: OpenLength[] = [];
  const lengths = shape.map((length, axis) => {
    if (typeof length === "number") return length;
    if (axis === 0) return 1;
    const name = length || `axis ${axis} of ${value.name}`;
    const known = chosen.get(name) ?? (isPicture && axis > 1 ? OPEN_SIDE : 1);
    open.push({ axis, name, length: known });
    return known;
  });
  const [batch, , height = 1, width = 1] = lengths;
  const channels = shape[1] === 1 ? 1 : 3;
  const picture = isPicture && batch === 1 ? ({ channels, height, width } as const) : undefined;
  return { name: value.name, dtype: value.dtype, shape: lengths, open, picture };
}

/**
 * Draws random numbers: brightness for a picture, 0 and 1 for integers (indices into a table, a mask), else normally
 * distributed numbers.
 */
export function noiseFor({ shape, dtype, picture }: InputForm, seed: number): Tensor {
  if (picture) return uniform(shape, { seed, dtype: dtype === "float64" ? dtype : "float32" });
  if (dtype === "int32" || dtype === "bool") return uniform(shape, { seed }).less(0.5).cast(dtype);
  return normal(shape, { seed, dtype });
}

/** Returns the brightness of a canvas's pixels, channel by channel: red, green and blue, or the luminance. */
export function brightnessOf(
  pixels: ArrayLike<number>,
  { channels, height, width }: PictureForm,
): Float32Array<ArrayBuffer> {
  const area = height * width;
  const brightness = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((c) => (pixels[4 * i + c] ?? 0) / 255);
    if (channels === 1) {
      // The weights are those of ITU-R BT.601.
      brightness[i] = 0.299 * red + 0.587 * green + 0.114 * blue;
    } else {
      brightness.set([red], i);
      brightness.set([green], area + i);
      brightness.set([blue], 2 * area + i);
    }
  }
  return brightness;
}

/** Returns the brightness of pixels that are written as two hexadecimal digits each. */
export function brightnessOfHex(pixels: string): number[] {
  return Array.from({ length: pixels.length / 2 }, (_, i) => {
    return Number.parseInt(pixels.slice(2 * i, 2 * i + 2), 16) / 255;
  });
}

/** Converts the brightness of a picture to the numbers of a model's input. */
export function scaled(brightness: ArrayLike<number>, form: InputForm, scale: Scale): Tensor {
  const numbers = Float64Array.from(brightness);
  const area = numbers.length / (form.picture?.channels ?? 1);
  for (let i = 0; i < numbers.length; i++) {
    const channel = Math.floor(i / area);
    numbers[i] = (numbers[i] ?? 0) * (scale.factors[channel] ?? 1) + (scale.offsets[channel] ?? 0);
  }
  return tensor(numbers, { shape: form.shape, dtype: form.dtype });
}

/** Converts a gradient by the input's numbers to a gradient by the brightness of each channel. */
export function toBrightness(
  gradient: ArrayLike<number>,
  { channels }: PictureForm,
  { factors }: Scale,
): Float64Array {
  const area = gradient.length / channels;
  return Float64Array.from(gradient, (each, i) => each * (factors[Math.floor(i / area)] ?? 1));
}

/** Returns the gradient by the brightness of whole pixels, for an equal change of all colours of a pixel. */
export function toPixels(gradient: ArrayLike<number>, { channels }: PictureForm): Float64Array {
  const area = gradient.length / channels;
  const sums = new Float64Array(area);
  for (let i = 0; i < gradient.length; i++)
    sums[i % area] = (sums[i % area] ?? 0) + (gradient[i] ?? 0);
  return sums;
}

/** The largest change of a number by a step; for a picture, in brightness from 0 to 1. */
export const STEP = 0.1;

/** Returns numbers after a step along a gradient that changes no number by more than `most`. */
export function uphill(
  numbers: ArrayLike<number>,
  gradient: ArrayLike<number>,
  most: number,
): Float64Array<ArrayBuffer> {
  const largest = largestOf(gradient);
  const rate = largest > 0 ? most / largest : 0;
  return Float64Array.from(numbers, (number, i) => number + rate * (gradient[i] ?? 0));
}

/** Returns the largest absolute value. */
export function largestOf(numbers: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const size = Math.abs(numbers[i] ?? 0);
    if (size > largest) largest = size;
  }
  return largest;
}

/** True if an input has floats, so that gradients can be computed for it. */
export const isFloatForm = ({ dtype }: InputForm): boolean => dtype.startsWith("float");

/**
 * Returns the size of the picture of a tensor: its rows are the last axis, or a near-square if there is only one axis.
 */
export function gridOf(shape: Shape): { readonly height: number; readonly width: number } {
  const size = shape.reduce((product, length) => product * length, 1);
  const long = shape.filter((length) => length > 1);
  const width = long.length > 1 ? (shape.at(-1) ?? 1) : Math.ceil(Math.sqrt(size));
  return { height: Math.ceil(size / width), width };
}
