/**
 * `@graddiff/core/fft`: Fourier transforms and what is made with them, with derivatives of every order in both modes, and
 * the same bits on every runner. It is an entry of its own, so a program without it has none of it.
 */

// The methods of Tensor, for a program that imports nothing else.
import "./functions/index.ts";

export {
  type AnalyticOptions,
  type AutocorrelationOptions,
  analyticSignal,
  autocorrelation,
  type ConvolveOptions,
  fftConvolve,
} from "./fft/convolve.ts";
export { type CosineOptions, dct, dst, inverseDct, inverseDst } from "./fft/cosine.ts";
export {
  type FrequencyOptions,
  fastLength,
  fftFrequencies,
  fftShift,
  inverseFftShift,
  realFftFrequencies,
  type ShiftOptions,
} from "./fft/frequencies.ts";
export type { Complex, Norm, Signal } from "./fft/signals.ts";
export { type InverseStftOptions, inverseStft, type StftOptions, stft } from "./fft/stft.ts";
export { type FourierOptions, fft, inverseFft, inverseRealFft, realFft } from "./fft/transforms.ts";
export {
  blackman,
  hamming,
  hann,
  type KaiserOptions,
  kaiser,
  type WindowShapeOptions,
} from "./fft/windows.ts";
