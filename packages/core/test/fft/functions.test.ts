/**
 * Functions that use Fourier transforms: each option of a function is compared with another computation, and errors are
 * tested.
 */

import { describe, expect, test } from "vitest";
import {
  analyticSignal,
  autocorrelation,
  blackman,
  dct,
  dst,
  fft,
  fftConvolve,
  fftFrequencies,
  fftShift,
  hamming,
  hann,
  inverseDct,
  inverseDst,
  inverseFft,
  inverseFftShift,
  inverseRealFft,
  inverseStft,
  kaiser,
  realFft,
  realFftFrequencies,
  stft,
} from "../../src/fft.ts";
import {
  checkGradients,
  compile,
  conv1d,
  ones,
  setDefaultDType,
  type Tensor,
  tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const drawn = (shape: readonly number[], seed = 1) =>
  uniform(shape, { seed, low: -1, dtype: "float64" });
const near = (x: Tensor, y: Tensor) => {
  expect(x.shape).toEqual(y.shape);
  expect(x.sub(y).abs().max().item()).toBeLessThan(1e-13);
};

describe("windows", () => {
  const windows = {
    hann,
    hamming,
    blackman,
    kaiser: (n: number, options: object) => kaiser(n, { beta: 6, ...options }),
  };
  test.each(Object.entries(windows))("%s is a period, or symmetric", (_name, window) => {
    for (const n of [2, 5, 8]) {
      const period = window(n, { periodic: true, dtype: "float64" });
      const symmetric = window(n + 1, { periodic: false, dtype: "float64" });
      expectSameBits(symmetric.slice([0], [n]), period);
      expectSameBits(symmetric.flip(), symmetric);
      expect(symmetric.max().item()).toBeLessThanOrEqual(1);
      expect(window(n, {}).dtype).toBe("float32");
    }
  });

  test("a default dtype is that of windows and frequencies", () => {
    const before = setDefaultDType("float64");
    try {
      const made = [hann(3), kaiser(3, { beta: 1 }), fftFrequencies(3), realFftFrequencies(3)];
      expect(made.map(({ dtype }) => dtype)).toEqual(Array(4).fill("float64"));
    } finally {
      setDefaultDType(before ?? "float32");
    }
  });
});

test("frequencies are those of waves: spacing divides them, and shifted they ascend", () => {
  for (const n of [1, 4, 7]) {
    const whole = fftFrequencies(n, { dtype: "float64" });
    near(fftFrequencies(n, { spacing: 0.5, dtype: "float64" }), whole.mul(2));
    const half = realFftFrequencies(n, { spacing: 0.5, dtype: "float64" });
    near(
      half.abs(),
      fftFrequencies(n, { spacing: 0.5, dtype: "float64" }).slice([0], [half.size]).abs(),
    );
    const shifted = [...fftShift(whole).data()];
    expect(shifted).toEqual([...shifted].sort((a, b) => a - b));
    expectSameBits(inverseFftShift(fftShift(whole)), whole);
  }
});

test("the inverse of a cosine or sine transform is of the same type", () => {
  for (const [forth, back] of [
    [dct, inverseDct],
    [dst, inverseDst],
  ] as const) {
    for (const n of [1, 2, 5, 8]) {
      const x = drawn([3, n]);
      for (const norm of ["backward", "ortho", "forward"] as const) {
        near(back(forth(x, { type: 2, norm }), { type: 2, norm }), x);
        near(back(forth(x, { type: 3, norm }), { type: 3, norm }), x);
      }
      const orthogonal = forth(x, { norm: "ortho" }).square().sum();
      near(orthogonal, x.square().sum());
      near(forth(x, { axis: 0 }), forth(x.transpose()).transpose());
    }
  }
});

test("a convolution by spectra is a convolution", () => {
  for (const mode of ["full", "same", "valid"] as const) {
    const [x, kernel] = [drawn([2, 3, 20]), drawn([7], 2)];
    const padding = { full: [6, 6], same: [3, 3], valid: 0 }[mode] as number | [number, number];
    const rows = conv1d(x.reshape([6, 1, 20]), kernel.flip().reshape([1, 1, 7]), {
      padding: typeof padding === "number" ? padding : [padding],
    });
    const got = fftConvolve(x, kernel, { mode });
    near(got.reshape([6, 1, -1]), rows);
    near(
      fftConvolve(x.transpose([0, 2, 1]), kernel.reshape([7, 1]), { mode, axes: [1] }),
      got.transpose([0, 2, 1]),
    );
  }
});

test("lags are divided by the first of them, or by n", () => {
  const x = drawn([2, 9]).add(3);
  const own = autocorrelation(x, { normalized: false });
  near(own.div(own.slice([0, 0], [2, 1])), autocorrelation(x));
  near(own.slice([0, 0], [2, 1]).reshape([2]), x.variance(1));
  const around = autocorrelation(x, { centered: false, normalized: false });
  near(around.slice([0, 0], [2, 1]).reshape([2]), x.square().mean(1));
  near(autocorrelation(x.transpose(), { axis: 0 }), autocorrelation(x).transpose());
});

test("an analytic signal has no negative frequencies", () => {
  for (const n of [1, 6, 7]) {
    const { real, imaginary } = fft(analyticSignal(drawn([n])));
    const after = Math.floor(n / 2) + 1;
    if (after < n)
      near(
        real
          .slice([after])
          .square()
          .add(imaginary.slice([after]).square())
          .sum(),
        tensor(0, { dtype: "float64" }),
      );
  }
});

test("transforms and what is made with them have derivatives of two orders, batches and compiled forms", () => {
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    fft: (x) => fft({ real: x, imaginary: x.square() }, { length: 7 }).imaginary,
    inverseFft: (x) => inverseFft({ real: x.sin(), imaginary: x }, { norm: "ortho" }).real,
    realFft: (x) => realFft(x, { length: 4 }).imaginary.square(),
    inverseRealFft: (x) => inverseRealFft({ real: x.square(), imaginary: x }, { length: 9 }),
    dct: (x) => dct(x.square(), { norm: "ortho" }),
    dst: (x) => dst(x.square(), { type: 3 }),
    fftConvolve: (x) => fftConvolve(x, x, { mode: "same" }),
    autocorrelation: (x) => autocorrelation(x.square()),
    analyticSignal: (x) => analyticSignal(x.square()).imaginary,
    stft: (x) => stft(x.square(), { size: 4, hop: 2 }).real,
    inverseStft: (x) =>
      inverseStft(stft(x.square(), { size: 4, hop: 1 }), { size: 4, hop: 1, window: hann(4) }),
  };
  for (const [name, fn] of Object.entries(functions)) {
    const x = drawn([6], name.length);
    expect(
      () =>
        checkGradients(
          (y: Tensor) =>
            fn(y)
              .mul(drawn(fn(y).shape, 5))
              .sum(),
          [x],
        ),
      name,
    ).not.toThrow();
    expectSameBits(compile(fn)(x), fn(x));
    const rows = drawn([3, 6], 7);
    const all = vectorize(fn)(rows);
    for (let i = 0; i < 3; i++) near(all.at(i), fn(rows.at(i)));
  }
});

test.each([
  [
    () => fft(tensor([1, 2], { dtype: "int32" })),
    'fft: x: expected float32 or float64, got int32. Cast first: x.cast("float32").',
  ],
  [() => realFft(tensor([true, false])), "realFft: x: expected float32 or float64, got bool"],
  [() => fft(ones([0])), "fft: x: expected at least one element along axis 0, got [0]"],
  [() => fft(ones([3]), { length: 0 }), "fft: length: expected a positive integer, got 0"],
  [() => fft(ones([3]), { length: 1.5 }), "fft: length: expected a positive integer, got 1.5"],
  [() => fft(ones([3]), { axis: 1 }), "fft: axis: expected an integer from -1 to 0, got 1"],
  [() => fft(ones([3]), { axes: [0], axis: 0 }), "fft: axis: expected nothing beside axes, got 0"],
  [() => fft(ones([3]), { lengths: [2] }), "fft: lengths: expected axes beside it"],
  [
    () => fft(ones([3, 3]), { axes: [0, 0] }),
    "fft: axes: expected at least one axis, each once, got [0,0]",
  ],
  [() => fft(ones([3, 3]), { axes: [] }), "fft: axes: expected at least one axis, each once"],
  [
    () => fft(ones([3, 3]), { axes: [0, 1], lengths: [2] }),
    "fft: lengths: expected 2 lengths, one for each of axes",
  ],
  [
    () => inverseFft({ real: ones([3]), imaginary: ones([2]) }),
    "inverseFft: x: expected real and imaginary parts of one shape, got [3] and [2]",
  ],
  [
    () => realFft({ real: ones([3]), imaginary: ones([3]) } as never),
    "realFft: x: expected a Tensor or a number",
  ],
  [() => inverseRealFft(ones([1])), "inverseRealFft: x: expected at least"],
  [
    () => stft(ones([9]), { size: 4, hop: 5 }),
    "stft: hop: expected at most the size of a frame, 4, got 5",
  ],
  [
    () => stft(ones([9]), { size: 4, window: ones([3]) }),
    "stft: window: expected the shape [4], that of a frame, got [3]",
  ],
  [
    () => stft(ones([3]), { size: 4, centered: false }),
    "stft: x: expected at least 4 samples along the last axis, got [3]",
  ],
  [
    () =>
      inverseStft(stft(ones([9]), { size: 4, hop: 4, centered: false }), {
        size: 4,
        hop: 4,
        centered: false,
      }),
    "inverseStft: window: expected squares whose sum is positive at every sample, got 0 at sample 0",
  ],
  [
    () => inverseStft(stft(ones([9]), { size: 4 }), { size: 8 }),
    "inverseStft: x: expected [..., 5, frames]",
  ],
  [
    () => fftConvolve(ones([2]), ones([3]), { mode: "valid" }),
    "fftConvolve: kernel: expected at most 2 elements along axis 0, as x has, got [3]",
  ],
  [() => dct(ones([2]), { type: 1 as 2 }), "dct: type: expected 2 or 3, got 1"],
  [() => kaiser(3, { beta: 701 }), "kaiser: beta: expected a number from 0 to 700, got 701"],
  [() => kaiser(3, {} as never), "kaiser: beta: expected a number from 0 to 700, got undefined"],
  [() => hann(0), "hann: n: expected a positive integer, got 0"],
  [
    () => fftFrequencies(4, { spacing: 0 }),
    "fftFrequencies: spacing: expected a number other than 0, got 0",
  ],
] as const)("%o is refused in a sentence", (call, text) => {
  expect(call).toThrow(text);
});
