/**
 * Discrete Fourier transforms of real and of complex numbers, along one axis or several.
 */

import { optionsReader, refuseSurplus } from "../arguments.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { dftOp, halfOf, realDftAdjointOp, realDftOp } from "./ops.ts";
import {
  type Along,
  axesOptions,
  type Complex,
  divisorOf,
  eachPart,
  floatOf,
  type Norm,
  normOption,
  readAlong,
  readReal,
  readSignal,
  resized,
  type Signal,
} from "./signals.ts";
import { tablesOf } from "./tables.ts";

/** The last argument of Fourier transforms. */
export interface FourierOptions {
  /** The axis of the transform. Default −1, the last. */
  readonly axis?: number;
  /** Several axes, in the place of `axis`. */
  readonly axes?: readonly number[];
  /**
   * The length of the transform along `axis`: further elements are left out, missing ones are zeros. Default: that of the axis.
   */
  readonly length?: number;
  /** The lengths along `axes`, one for each. */
  readonly lengths?: readonly number[];
  /**
   * The scale: "backward" divides the inverse by n, "forward" the transform, "ortho" both by √n. n is the product of the lengths.
   * Default "backward".
   */
  readonly norm?: Norm;
}

const readOptions = optionsReader({ ...axesOptions, norm: normOption });

/** Transforms complex numbers along an axis, unscaled. */
function transformAlong(x: Complex, { axis, length }: Along, inverse: boolean): Complex {
  const { real, imaginary } = eachPart(x, (part) => resized(part, axis, length));
  const tables = tablesOf(length, floatOf(real), false);
  const attributes = { inner: real.rank - 1 - axis, inverse };
  const [re, im] = applyAll(dftOp, [real, imaginary, tables], attributes) as [Tensor, Tensor];
  return { real: re, imaginary: im };
}

/** Transforms real numbers along an axis, unscaled: the first half of the spectrum. */
export function realAlong(x: Tensor, { axis, length }: Along): Complex {
  const signal = resized(x, axis, length);
  const attributes = { inner: x.rank - 1 - axis, doubled: false };
  const tables = tablesOf(length, floatOf(x), true);
  const [real, imaginary] = applyAll(realDftOp, [signal, tables], attributes) as [Tensor, Tensor];
  return { real, imaginary };
}

/** Computes the inverse of {@link realAlong} times n. */
export function inverseRealAlong(x: Complex, { axis, length }: Along): Tensor {
  const { real, imaginary } = eachPart(x, (part) => resized(part, axis, halfOf(length)));
  const attributes = { inner: real.rank - 1 - axis, doubled: true, n: length };
  return apply(
    realDftAdjointOp,
    [real, imaginary, tablesOf(length, floatOf(real), true)],
    attributes,
  );
}

const productOf = (list: readonly Along[]) => list.reduce((size, { length }) => size * length, 1);

function scaled(x: Complex, divisor: number): Complex {
  return divisor === 1 ? x : eachPart(x, (part) => part.div(divisor));
}

function transform(op: string, x: Signal, options: unknown, inverse: boolean): Complex {
  const { norm, ...selection } = readOptions(op, options);
  let y = readSignal(op, "x", x);
  const list = readAlong(op, y.real, selection);
  for (const along of list) y = transformAlong(y, along, inverse);
  return scaled(y, divisorOf(norm, productOf(list), inverse));
}

/**
 * Returns the discrete Fourier transform X_k = Σ_j x_j e^(−2πi jk/n), for k = 0 … n − 1. Real numbers have the same spectrum from
 * `realFft` in half of the time.
 *
 * Gradients are pairs like the numbers themselves, as in PyTorch: the real part has ∂L/∂re, the imaginary one ∂L/∂im. (JAX has
 * the conjugate.)
 *
 * @param x floats, or `{ real, imaginary }`.
 * @param options `axis` (default −1) and `length` (that of the axis), or `axes` and `lengths`; `norm` ("backward").
 * @returns `{ real, imaginary }` of the shape of x, with `length` along the axis.
 * @throws DTypeError for integers; ShapeError for parts of different shapes, an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { fft } from "@graddiff/core/fft";
 *
 * const { real, imaginary } = fft(tensor([1, 2, 3, 4]));
 * console.log(String(real), String(imaginary)); // [10. -2. -2. -2.] [ 0.  2.  0. -2.]
 * ```
 */
export function fft(x: Signal, options?: FourierOptions): Complex {
  refuseSurplus("fft", 2, arguments);
  return transform("fft", x, options, false);
}

/**
 * Returns the inverse of {@link fft}: x_j = Σ_k X_k e^(2πi jk/n) / n.
 *
 * @param x floats, or `{ real, imaginary }`.
 * @param options those of `fft`.
 * @returns `{ real, imaginary }` of the shape of x, with `length` along the axis.
 * @throws as `fft`.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { fft, inverseFft } from "@graddiff/core/fft";
 *
 * console.log(String(inverseFft(fft(tensor([1, 2, 3, 4]))).real)); // [1. 2. 3. 4.]
 * ```
 */
export function inverseFft(x: Signal, options?: FourierOptions): Complex {
  refuseSurplus("inverseFft", 2, arguments);
  return transform("inverseFft", x, options, true);
}

/**
 * Returns the first half of the spectrum of real numbers: X_k of {@link fft} for k = 0 … n/2, rounded down. The others are the conjugates
 * of these: X_(n−k) = conj X_k. Of several `axes` the last one is halved.
 *
 * @param x floats.
 * @param options those of `fft`.
 * @returns `{ real, imaginary }`, with n/2 + 1 numbers along the last of the axes.
 * @throws DTypeError for integers; ArgumentError for complex numbers; ShapeError for an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { realFft } from "@graddiff/core/fft";
 *
 * const { real, imaginary } = realFft(tensor([1, 2, 3, 4]));
 * console.log(String(real), String(imaginary)); // [10. -2. -2.] [0. 2. 0.]
 * ```
 */
export function realFft(x: Tensor, options?: FourierOptions): Complex {
  refuseSurplus("realFft", 2, arguments);
  const { norm, ...selection } = readOptions("realFft", options);
  const signal = readReal("realFft", "x", x);
  const list = readAlong("realFft", signal, selection);
  let y = realAlong(signal, at(list, list.length - 1));
  for (const along of list.slice(0, -1)) y = transformAlong(y, along, false);
  return scaled(y, divisorOf(norm, productOf(list), false));
}

/**
 * Returns the inverse of {@link realFft}. The imaginary parts of X_0 and, for even n, of X_(n/2) belong to no real signal: they are not
 * read, and their gradients are 0.
 *
 * @param x `{ real, imaginary }` of the first half of a spectrum, or floats.
 * @param options those of `fft`, where `length` is that of the result. Default 2 (m − 1) for m numbers; pass an odd one, for m
 *   numbers are the spectrum of 2 m − 1, too.
 * @returns real numbers, n along the last of the axes.
 * @throws DTypeError for integers; ShapeError for parts of different shapes, an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { inverseRealFft, realFft } from "@graddiff/core/fft";
 *
 * const spectrum = realFft(tensor([1, 2, 3]));
 * console.log(String(inverseRealFft(spectrum, { length: 3 }))); // [1. 2. 3.]
 * ```
 */
export function inverseRealFft(x: Signal, options?: FourierOptions): Tensor {
  refuseSurplus("inverseRealFft", 2, arguments);
  const op = "inverseRealFft";
  const { norm, ...selection } = readOptions(op, options);
  let y = readSignal(op, "x", x);
  const list = readAlong(op, y.real, selection, (current, isLast) =>
    isLast ? 2 * (current - 1) : current,
  );
  for (const along of list.slice(0, -1)) y = transformAlong(y, along, true);
  const signal = inverseRealAlong(y, at(list, list.length - 1));
  const divisor = divisorOf(norm, productOf(list), true);
  return divisor === 1 ? signal : signal.div(divisor);
}
