/**
 * The frequencies of spectra, their order, and lengths whose transforms are fast.
 */

import {
  anything,
  numberThat,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "../arguments.ts";
import { roll } from "../functions/arranging.ts";
import { tensor } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import { at, normalizeAxes } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { toTensor } from "../tensor/tensor.ts";
import { halfOf } from "./ops.ts";
import { fastFrom } from "./radices.ts";
import {
  type Complex,
  eachPart,
  type FloatOptions,
  floatOptions,
  readComplex,
  readLength,
  type Signal,
} from "./signals.ts";

/** The last argument of {@link fftShift}. */
export interface ShiftOptions {
  /** One axis or several. Default: all. */
  readonly axes?: number | readonly number[];
}

const readShift = optionsReader({ axes: anything });

function shifted<X extends Signal>(
  op: string,
  x: X,
  options: unknown,
  shiftOf: (n: number) => number,
): Tensor | Complex {
  const { axes } = readShift(op, options);
  const one = (part: Tensor) => {
    const list = normalizeAxes(op, axes, part.rank);
    return list.length === 0
      ? part
      : roll(
          part,
          list.map((axis) => shiftOf(at(part.shape, axis))),
          list,
        );
  };
  const pair = readComplex(op, "x", x);
  return pair ? eachPart(pair, one) : one(toTensor(op, "x", x));
}

/**
 * Moves frequency 0 to the middle of axes.
 *
 * @param x a tensor of any dtype, or `{ real, imaginary }`.
 * @param options `axes`: default all.
 * @returns the same kind and shape.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { fftFrequencies, fftShift } from "@graddiff/core/fft";
 *
 * console.log(String(fftShift(fftFrequencies(4)))); // [-0.5  -0.25  0.    0.25]
 * ```
 */
export function fftShift(x: TensorLike, options?: ShiftOptions): Tensor;
/** Does the same with complex numbers. */
export function fftShift(x: Complex, options?: ShiftOptions): Complex;
export function fftShift(x: Signal, options?: ShiftOptions): Tensor | Complex {
  refuseSurplus("fftShift", 2, arguments);
  return shifted("fftShift", x, options, (n) => Math.floor(n / 2));
}

/**
 * Undoes {@link fftShift}, which is another function for odd lengths.
 *
 * @param x a tensor of any dtype, or `{ real, imaginary }`.
 * @param options `axes`: default all.
 * @returns the same kind and shape.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { fftShift, inverseFftShift } from "@graddiff/core/fft";
 *
 * console.log(String(inverseFftShift(fftShift(tensor([1, 2, 3]))))); // [1. 2. 3.]
 * ```
 */
export function inverseFftShift(x: TensorLike, options?: ShiftOptions): Tensor;
/** Does the same with complex numbers. */
export function inverseFftShift(x: Complex, options?: ShiftOptions): Complex;
export function inverseFftShift(x: Signal, options?: ShiftOptions): Tensor | Complex {
  refuseSurplus("inverseFftShift", 2, arguments);
  return shifted("inverseFftShift", x, options, (n) => -Math.floor(n / 2));
}

/** The last argument of {@link fftFrequencies}. */
export interface FrequencyOptions extends FloatOptions {
  /** The time between two samples. Default 1. */
  readonly spacing?: number;
}

const readSpacing = optionsReader({
  spacing: optional(
    numberThat((value) => Number.isFinite(value) && value !== 0, "a number other than 0"),
    1,
  ),
  ...floatOptions,
});

/** @param count how many from 0 on are not negative. @param negative how many follow them. */
function frequencies(
  op: string,
  options: unknown,
  length: number,
  count: number,
  negative: number,
): Tensor {
  const { spacing, dtype } = readSpacing(op, options);
  const list = Array.from(
    { length: count + negative },
    (_, k) => (k < count ? k : k - length) / (length * spacing),
  );
  return tensor(list, { dtype: dtype ?? defaultDType() });
}

/**
 * Returns the frequencies of the numbers of {@link fft}, in cycles per unit of `spacing`: 0, 1, …, −2, −1, over n · spacing.
 *
 * @param n the length of the transform.
 * @param options `spacing` (default 1), `dtype` (the default dtype).
 * @returns n floats.
 * @throws ArgumentError for a length that is no positive integer, or a spacing of 0.
 * @example
 * ```ts
 * import { fftFrequencies } from "@graddiff/core/fft";
 *
 * console.log(String(fftFrequencies(4, { spacing: 0.5 }))); // [ 0.   0.5 -1.  -0.5]
 * ```
 */
export function fftFrequencies(n: number, options?: FrequencyOptions): Tensor {
  refuseSurplus("fftFrequencies", 2, arguments);
  const length = readLength("fftFrequencies", "n", n);
  const negative = Math.floor(length / 2);
  return frequencies("fftFrequencies", options, length, length - negative, negative);
}

/**
 * Returns the frequencies of the numbers of {@link realFft}: 0, 1, …, n/2, over n · spacing.
 *
 * @param n the length of the signal.
 * @param options `spacing` (default 1), `dtype` (the default dtype).
 * @returns n/2 + 1 floats.
 * @throws ArgumentError for a length that is no positive integer, or a spacing of 0.
 * @example
 * ```ts
 * import { realFftFrequencies } from "@graddiff/core/fft";
 *
 * console.log(String(realFftFrequencies(4))); // [0.   0.25 0.5 ]
 * ```
 */
export function realFftFrequencies(n: number, options?: FrequencyOptions): Tensor {
  refuseSurplus("realFftFrequencies", 2, arguments);
  const length = readLength("realFftFrequencies", "n", n);
  return frequencies("realFftFrequencies", options, length, halfOf(length), 0);
}

/**
 * Returns the least length from n on that has no prime factor above 5. Signals that are padded to it are transformed fastest.
 *
 * @param n a positive integer.
 * @throws ArgumentError for another number.
 * @example
 * ```ts
 * import { fastLength } from "@graddiff/core/fft";
 *
 * console.log(fastLength(1021)); // 1024
 * ```
 */
export function fastLength(n: number): number {
  refuseSurplus("fastLength", 1, arguments);
  return fastFrom(positiveInteger("fastLength", "n", n));
}

/** Returns the least even length of that kind from n on: real numbers are transformed as pairs. */
export function fastEvenLength(n: number): number {
  return 2 * fastFrom(Math.ceil(n / 2));
}
