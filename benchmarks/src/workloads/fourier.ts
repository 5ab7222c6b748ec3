// Fourier transforms of one signal and of many, of a power of two and of another length.

import type { Tensor } from "@graddiff/core";
import { fft, realFft } from "@graddiff/core/fft";
import { randomInputs } from "./data.ts";
import { ofTensors } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

/** The shapes of signals, whose last axis is transformed, by their names. */
const shapes = {
  "1,000": [1000],
  "1,024": [1024],
  "65,536": [65_536],
  "64 × 1,024": [64, 1024],
} as const;

const complex = Object.entries(shapes).map(([size, shape]) =>
  ofTensors(
    `fft of ${size}`,
    (real: Tensor, imaginary: Tensor) => {
      const spectrum = fft({ real, imaginary });
      return [spectrum.real, spectrum.imaginary];
    },
    () => randomInputs([shape, shape]),
  ),
);

const real = Object.entries(shapes).map(([size, shape]) =>
  ofTensors(
    `real fft of ${size}`,
    (x: Tensor) => {
      const spectrum = realFft(x);
      return [spectrum.real, spectrum.imaginary];
    },
    () => randomInputs([shape]),
  ),
);

export const transforms: readonly Workload[] = [...complex, ...real];
