/**
 * The short-time Fourier transform and its inverse.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { ArgumentError, DTypeError, formatShape, ShapeError } from "../errors.ts";
import { pad } from "../functions/parts.ts";
import { apply } from "../graph/apply.ts";
import { castTo } from "../ops/promote.ts";
import { overlapAddOp, slidingWindowsOp } from "../ops/unfold.ts";
import { broadcastTo, elementsAlong, expandDims } from "../ops/view.ts";
import { at, resultWithin } from "../tensor/shape.ts";
import { isReadable, isTensor, type Tensor, type TensorLike } from "../tensor/tensor.ts";
import { halfOf } from "./ops.ts";
import { type Complex, lengthOption, readComplex, readLength, readReal } from "./signals.ts";
import { inverseRealAlong, realAlong } from "./transforms.ts";
import { hann } from "./windows.ts";

/** The last argument of {@link stft}. */
export interface StftOptions {
  /** The number of samples of a frame. */
  readonly size: number;
  /** The number of samples from a frame to the next one, at most `size`. Default a quarter of `size`, at least 1. */
  readonly hop?: number;
  /** The factor of each sample of a frame, of shape [size]. Default `hann(size)`. */
  readonly window?: TensorLike;
  /** True if frame i is centred at sample i · hop, with zeros before the signal and after it; false if it begins there. Default true. */
  readonly centered?: boolean;
}

/** The last argument of {@link inverseStft}. */
export interface InverseStftOptions extends StftOptions {
  /** The number of samples of the signal. Default: those between the middles of the first and the last frame, or all frames. */
  readonly length?: number;
}

const common = {
  size: readLength,
  hop: lengthOption,
  window: (_op: string, _argument: string, value: unknown) => value,
  centered: optional(flag, true),
};

const readStft = optionsReader(common);
const readInverse = optionsReader({ ...common, length: lengthOption });

interface Frames {
  readonly size: number;
  readonly hop: number;
  readonly window: Tensor;
  /** The zeros before the signal, and after it. */
  readonly margin: number;
}

type Read = ReturnType<typeof readStft>;

/** Returns the frames that options describe, for signals of the dtype of x. */
function framesOf(op: string, x: Tensor, { size, hop, window: requested, centered }: Read): Frames {
  const step = hop ?? Math.max(1, Math.floor(size / 4));
  if (step > size) {
    const expected = `at most the size of a frame, ${size}`;
    const hint = "Samples between frames would be lost.";
    throw new ArgumentError(op, "hop", expected, String(step), hint);
  }
  const window =
    requested === undefined
      ? hann(size, { dtype: x.dtype as "float32" | "float64" })
      : castTo(readReal(op, "window", requested), x.dtype);
  if (window.rank !== 1 || window.shape[0] !== size) {
    const expected = `the shape [${size}], that of a frame`;
    throw new ShapeError(op, "window", expected, formatShape(window.shape));
  }
  return { size, hop: step, window, margin: centered ? Math.floor(size / 2) : 0 };
}

/** The attributes of windows along the last axis. */
const slid = ({ size, hop }: Frames, count: number) => ({
  size: [size],
  stride: [hop],
  dilation: [1],
  outputSize: [count],
});

/**
 * Returns the short-time Fourier transform: the spectra of frames of the signal that overlap, each times a window. Samples
 * after the last whole frame are left out.
 *
 * @param x floats, the signal along the last axis: [..., samples].
 * @param options `size`; `hop` (default a quarter of it), `window` (`hann(size)`), `centered` (true).
 * @returns `{ real, imaginary }` of shape [..., size/2 + 1, frames].
 * @throws ArgumentError for a hop above the size; ShapeError for a window of another length, or a signal shorter than a frame.
 * @example
 * ```ts
 * import { uniform } from "@graddiff/core";
 * import { stft } from "@graddiff/core/fft";
 *
 * const x = uniform([2, 1000], { seed: 1 });
 * console.log(stft(x, { size: 64, hop: 16 }).real.shape); // [ 2, 33, 63 ]
 * ```
 */
export function stft(x: Tensor, options: StftOptions): Complex {
  refuseSurplus("stft", 2, arguments);
  const signal = readReal("stft", "x", x);
  const frames = framesOf("stft", signal, readStft("stft", options));
  const { size, hop, window, margin } = frames;
  const samples = signal.rank === 0 ? 0 : at(signal.shape, signal.rank - 1) + 2 * margin;
  if (samples < size) {
    const expected = `at least ${Math.max(1, size - 2 * margin)} samples along the last axis`;
    throw new ShapeError("stft", "x", expected, formatShape(signal.shape));
  }
  const padded = pad(
    signal,
    signal.shape.map((_, i) => (i === signal.rank - 1 ? [margin, margin] : [0, 0])),
  );
  const count = Math.floor((samples - size) / hop) + 1;
  resultWithin("stft", { shape: [...signal.shape.slice(0, -1), size, count] }, undefined);
  const windows = apply(slidingWindowsOp, [padded], slid(frames, count));
  return realAlong(windows.mul(expandDims(window, 1)), { axis: windows.rank - 2, length: size });
}

/**
 * Returns the inverse of {@link stft} by overlap-add: the signal whose frames are nearest to those of x. It divides by the sum of the
 * squares of the windows over a sample (Griffin and Lim, 1984), so it restores a signal to rounding errors.
 *
 * @param x `{ real, imaginary }` of shape [..., size/2 + 1, frames].
 * @param options those of `stft`, with the same values; `length`: the number of samples (default: as many as the frames cover).
 * @returns floats, [..., samples].
 * @throws ArgumentError for a window and a hop whose squares do not cover a sample; ShapeError for another number of frequencies.
 * @example
 * ```ts
 * import { uniform } from "@graddiff/core";
 * import { inverseStft, stft } from "@graddiff/core/fft";
 *
 * const x = uniform([1000], { seed: 1, dtype: "float64" });
 * const y = inverseStft(stft(x, { size: 64 }), { size: 64, length: 1000 });
 * console.log(y.sub(x).abs().max().item() < 1e-12); // true
 * ```
 */
export function inverseStft(x: Complex, options: InverseStftOptions): Tensor {
  const op = "inverseStft";
  refuseSurplus(op, 2, arguments);
  const pair = readComplex(op, "x", x);
  if (pair === undefined) {
    const got = isTensor(x) ? "a tensor" : String(x);
    throw new DTypeError(op, "x", "{ real, imaginary }", got);
  }
  const { length, ...how } = readInverse(op, options);
  const frames = framesOf(op, pair.real, how);
  const { size, hop, window, margin } = frames;
  const { rank, shape } = pair.real;
  if (rank < 2 || shape[rank - 2] !== halfOf(size) || shape[rank - 1] === 0) {
    const expected = `[..., ${halfOf(size)}, frames], for frames of ${size} samples`;
    throw new ShapeError(op, "x", expected, formatShape(shape));
  }
  const count = at(shape, rank - 1);
  const whole = size + hop * (count - 1);
  const covered = whole - 2 * margin;
  const most = whole - margin;
  if (length !== undefined && length > most) {
    const expected = `at most ${most} samples, as many as the frames have`;
    throw new ArgumentError(op, "length", expected, String(length));
  }
  const wanted = length ?? covered;
  const added = (windows: Tensor) =>
    elementsAlong(
      apply(overlapAddOp, [windows], { ...slid(frames, count), lengths: [whole] }),
      windows.rank - 2,
      margin,
      Math.max(0, wanted),
    );
  const samples = inverseRealAlong(pair, { axis: rank - 2, length: size }).div(size);
  const factors = expandDims(window, 1);
  const squares = added(broadcastTo(factors.square(), [size, count]));
  checkCover(op, squares, hop);
  return added(samples.mul(factors)).div(squares);
}

/** Refuses windows that leave a sample out, where their values are known. */
function checkCover(op: string, squares: Tensor, hop: number): void {
  if (!isReadable(squares)) return;
  const least = squares.data().findIndex((x: number) => !(x > 1e-10));
  if (least < 0) return;
  const expected = "squares whose sum is positive at every sample";
  const got = `${squares.data()[least]} at sample ${least}, with a hop of ${hop}`;
  const hint = "Use a smaller hop, or a window without zeros; centered frames leave out the ends.";
  throw new ArgumentError(op, "window", expected, got, hint);
}
