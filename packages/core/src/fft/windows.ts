/**
 * Windows of spectral analysis.
 */

import { flag, numberThat, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { tensor } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import type { FloatDType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type FloatOptions, floatOptions, readLength } from "./signals.ts";
import { rootOfUnity } from "./tables.ts";

/** The last argument of windows. */
export interface WindowShapeOptions extends FloatOptions {
  /**
   * True for a period of the window, as spectra need it; false for a symmetric one, whose last element is its first. Default true.
   */
  readonly periodic?: boolean;
}

const common = { periodic: optional(flag, true), ...floatOptions };
const readOptions = optionsReader(common);

/** Returns a window of a function of k and the number of steps of a period. */
function windowOf(
  op: string,
  n: unknown,
  { periodic, dtype }: { readonly periodic: boolean; readonly dtype: FloatDType | undefined },
  valueAt: (k: number, period: number) => number,
): Tensor {
  const length = readLength(op, "n", n);
  const period = periodic ? length : length - 1;
  const list = Array.from({ length }, (_, k) => (length === 1 ? 1 : valueAt(k, period)));
  return tensor(list, { dtype: dtype ?? defaultDType() });
}

/** cos of 2π m k / period. */
const cosine = (m: number, k: number, period: number) => rootOfUnity(m * k, period)[0];

/**
 * Returns Hann's window (1 − cos 2πk/N)/2.
 *
 * @param n the number of elements.
 * @param options `periodic` (default true: N = n; false: N = n − 1), `dtype` (the default dtype).
 * @throws ArgumentError for a length that is no positive integer.
 * @example
 * ```ts
 * import { hann } from "@graddiff/core/fft";
 *
 * console.log(String(hann(4)), String(hann(3, { periodic: false }))); // [0.  0.5 1.  0.5] [0. 1. 0.]
 * ```
 */
export function hann(n: number, options?: WindowShapeOptions): Tensor {
  refuseSurplus("hann", 2, arguments);
  const read = readOptions("hann", options);
  return windowOf("hann", n, read, (k, period) => 0.5 - 0.5 * cosine(1, k, period));
}

/**
 * Returns Hamming's window 0.54 − 0.46 cos 2πk/N.
 *
 * @param n the number of elements.
 * @param options `periodic` (default true: N = n; false: N = n − 1), `dtype` (the default dtype).
 * @throws ArgumentError for a length that is no positive integer.
 * @example
 * ```ts
 * import { hamming } from "@graddiff/core/fft";
 *
 * console.log(String(hamming(4))); // [0.08 0.54 1.   0.54]
 * ```
 */
export function hamming(n: number, options?: WindowShapeOptions): Tensor {
  refuseSurplus("hamming", 2, arguments);
  const read = readOptions("hamming", options);
  return windowOf("hamming", n, read, (k, period) => 0.54 - 0.46 * cosine(1, k, period));
}

/**
 * Returns Blackman's window 0.42 − 0.5 cos 2πk/N + 0.08 cos 4πk/N.
 *
 * @param n the number of elements.
 * @param options `periodic` (default true: N = n; false: N = n − 1), `dtype` (the default dtype).
 * @throws ArgumentError for a length that is no positive integer.
 * @example
 * ```ts
 * import { blackman } from "@graddiff/core/fft";
 *
 * console.log(String(blackman(4))); // [0.   0.34 1.   0.34]
 * ```
 */
export function blackman(n: number, options?: WindowShapeOptions): Tensor {
  refuseSurplus("blackman", 2, arguments);
  const read = readOptions("blackman", options);
  return windowOf("blackman", n, read, (k, period) =>
    // The ends would be a rounding error of 0.
    Math.max(0, 0.42 - 0.5 * cosine(1, k, period) + 0.08 * cosine(2, k, period)),
  );
}

/** The last argument of {@link kaiser}. */
export interface KaiserOptions extends WindowShapeOptions {
  /** The shape: 0 is a rectangle, 5 is like Hamming's window, 8.6 like Blackman's. At most 700. */
  readonly beta: number;
}

const readKaiser = optionsReader({
  ...common,
  beta: numberThat((value) => value >= 0 && value <= 700, "a number from 0 to 700"),
});

/**
 * Returns Kaiser's window I₀(β √(1 − (2k/N − 1)²)) / I₀(β), where I₀ is the modified Bessel function.
 *
 * @param n the number of elements.
 * @param options `beta`, from 0 to 700; `periodic` (default true: N = n; false: N = n − 1), `dtype` (the default dtype).
 * @throws ArgumentError for a length that is no positive integer, or another `beta`.
 * @example
 * ```ts
 * import { kaiser } from "@graddiff/core/fft";
 *
 * console.log(String(kaiser(4, { beta: 0 }))); // [1. 1. 1. 1.]
 * ```
 */
export function kaiser(n: number, options: KaiserOptions): Tensor {
  refuseSurplus("kaiser", 2, arguments);
  const read = readKaiser("kaiser", options);
  const whole = besselI0(read.beta);
  return windowOf("kaiser", n, read, (k, period) => {
    // (1 − x)(1 + x) has no cancellation at the ends.
    const inside = (4 * k * (period - k)) / (period * period);
    return besselI0(read.beta * Math.sqrt(Math.max(0, inside))) / whole;
  });
}

/** I₀(x) = Σ ((x/2)^m / m!)², whose terms are all positive (Abramowitz and Stegun, 9.6.12). */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let m = 1; term > 2 ** -54 * sum; m++) {
    const factor = x / (2 * m);
    term *= factor * factor;
    sum += term;
  }
  return sum;
}
