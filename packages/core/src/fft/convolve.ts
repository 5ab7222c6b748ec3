/**
 * Convolutions and correlations by Fourier transforms.
 */

import { flag, oneOf, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import { promoteInputs } from "../ops/promote.ts";
import { mean } from "../ops/reduction.ts";
import { elementsAlong, reshape, sliceOp } from "../ops/view.ts";
import { at, normalizeList } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fastEvenLength, fastLength } from "./frequencies.ts";
import {
  axisOption,
  type Complex,
  listOption,
  multiplied,
  oneAxis,
  readAlong,
  readReal,
} from "./signals.ts";
import { inverseRealFft, realFft } from "./transforms.ts";

/** The last argument of {@link fftConvolve}. */
export interface ConvolveOptions {
  /** "full": all n + m − 1 elements; "same": the middle n; "valid": those for which the kernel fits into x. Default "full". */
  readonly mode?: "full" | "same" | "valid";
  /** The axes, from the end. Default: as many last ones as the kernel has. */
  readonly axes?: readonly number[];
}

const readConvolve = optionsReader({
  mode: optional<"full" | "same" | "valid">(oneOf("full", "same", "valid"), "full"),
  axes: listOption,
});

/**
 * Computes the convolution Σ_j x_(i − j) kernel_j along axes, by Fourier transforms of length n + m − 1. It takes a time of n log n,
 * so it is faster than `conv1d` of one channel for kernels from some 64 elements on. Unlike `conv1d` it turns the kernel round,
 * as mathematics does.
 *
 * @param x floats.
 * @param kernel floats; its other axes broadcast against those of x.
 * @param options `mode` (default "full"), `axes` (as many last ones as the kernel has).
 * @returns floats of the greater dtype, with n + m − 1, n or n − m + 1 elements along the axes.
 * @throws DTypeError for integers; ShapeError for an empty axis, shapes that do not broadcast, or a kernel longer than x in
 *   mode "valid".
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { fftConvolve } from "@graddiff/core/fft";
 *
 * const y = fftConvolve(tensor([1, 2, 3]), tensor([1, 1]), { mode: "valid" });
 * console.log(String(y)); // [3. 5.]
 * ```
 */
export function fftConvolve(x: Tensor, kernel: Tensor, options?: ConvolveOptions): Tensor {
  const op = "fftConvolve";
  refuseSurplus(op, 3, arguments);
  const { mode, axes } = readConvolve(op, options);
  const [signal, factors] = promoteInputs(
    op,
    [readReal(op, "x", x), readReal(op, "kernel", kernel)],
    "float",
  );
  const rank = Math.max(signal.rank, factors.rank);
  const aligned = [signal, factors].map((each) =>
    reshape(each, [...Array<number>(rank - each.rank).fill(1), ...each.shape]),
  );
  const [a, b] = aligned as [Tensor, Tensor];
  const list =
    axes === undefined
      ? Array.from(
          { length: Math.max(1, factors.rank) },
          (_, i) => rank - Math.max(1, factors.rank) + i,
        )
      : normalizeList(op, "axes", axes, rank);
  readAlong(op, a, { axes: list, axis: undefined, length: undefined, lengths: undefined });
  const spans = list.map((axis) => {
    const [n, m] = [at(a.shape, axis), at(b.shape, axis)];
    if (m === 0 || (mode === "valid" && m > n)) {
      const expected =
        m === 0
          ? `at least one element along axis ${axis}`
          : `at most ${n} elements along axis ${axis}, as x has`;
      throw new ShapeError(op, "kernel", expected, formatShape(factors.shape));
    }
    const full = n + m - 1;
    if (mode === "full") return { axis, full, start: 0, length: full };
    if (mode === "same") return { axis, full, start: Math.floor((m - 1) / 2), length: n };
    return { axis, full, start: m - 1, length: n - m + 1 };
  });
  // The last axis is that of real numbers.
  const lastSpan = spans.length - 1;
  const fast = spans.map(({ full }, i) => (i === lastSpan ? fastEvenLength : fastLength)(full));
  const how = { axes: list, lengths: fast };
  const whole = inverseRealFft(multiplied(realFft(a, how), realFft(b, how)), how);
  const starts = whole.shape.map(() => 0);
  const lengths = [...whole.shape];
  for (const { axis, start, length } of spans) {
    starts[axis] = start;
    lengths[axis] = length;
  }
  return apply(sliceOp, [whole], { starts, lengths, steps: starts.map(() => 1) });
}

/** The last argument of {@link autocorrelation}. */
export interface AutocorrelationOptions {
  /** The axis. Default −1, the last. */
  readonly axis?: number;
  /** True if the mean is subtracted first. Default true. */
  readonly centered?: boolean;
  /** True if the result is divided by that of lag 0. Default true. */
  readonly normalized?: boolean;
}

const readAutocorrelation = optionsReader({
  axis: axisOption,
  centered: optional(flag, true),
  normalized: optional(flag, true),
});

/**
 * Computes the autocorrelation r_k = Σ_j x_j x_(j + k) / n for the lags k = 0 … n − 1, the biased estimate that effective sample sizes use
 * (Geyer, 1992).
 *
 * @param x floats.
 * @param options `axis` (default −1), `centered` (true), `normalized` (true).
 * @returns the shape of x: lags along the axis.
 * @throws DTypeError for integers; ShapeError for an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { autocorrelation } from "@graddiff/core/fft";
 *
 * const r = autocorrelation(tensor([1, -1, 1, -1]));
 * console.log(r.toString({ digits: 3 })); // [ 1.   -0.75  0.5  -0.25]
 * ```
 */
export function autocorrelation(x: Tensor, options?: AutocorrelationOptions): Tensor {
  const op = "autocorrelation";
  refuseSurplus(op, 2, arguments);
  const { axis: index, centered, normalized } = readAutocorrelation(op, options);
  const signal = readReal(op, "x", x);
  const { axis, length: n } = oneAxis(op, signal, index);
  const moved = centered ? signal.sub(mean(signal, axis, { keepDims: true })) : signal;
  const length = fastEvenLength(2 * n);
  const { real, imaginary } = realFft(moved, { axis, length });
  const power = real.square().add(imaginary.square());
  const all = inverseRealFft(power, { axis, length });
  const lags = elementsAlong(all, axis, 0, n);
  return normalized ? lags.div(elementsAlong(lags, axis, 0, 1)) : lags.div(n);
}

/** The last argument of {@link analyticSignal}. */
export interface AnalyticOptions {
  /** The axis. Default −1, the last. */
  readonly axis?: number;
}

const readAnalytic = optionsReader({ axis: axisOption });

/**
 * Returns the analytic signal x + i H(x), where H is Hilbert's transform: its spectrum is 0 at negative frequencies. Its magnitude is the
 * envelope of x, and its angle the phase.
 *
 * @param x floats.
 * @param options `axis` (default −1).
 * @returns `{ real, imaginary }` of the shape of x; the real part is x.
 * @throws DTypeError for integers; ShapeError for an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { analyticSignal } from "@graddiff/core/fft";
 *
 * console.log(String(analyticSignal(tensor([1, 0, -1, 0])).imaginary)); // [ 0.  1.  0. -1.]
 * ```
 */
export function analyticSignal(x: Tensor, options?: AnalyticOptions): Complex {
  refuseSurplus("analyticSignal", 2, arguments);
  const { axis: index } = readAnalytic("analyticSignal", options);
  const signal = readReal("analyticSignal", "x", x);
  const along = oneAxis("analyticSignal", signal, index);
  const { real, imaginary } = realFft(signal, { axis: along.axis });
  // −i X: the imaginary part of frequency 0 and of n/2 is not read, and the real one there is 0.
  const turned = { real: imaginary, imaginary: real.neg() };
  return { real: signal, imaginary: inverseRealFft(turned, along) };
}
