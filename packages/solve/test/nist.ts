/**
 * The models of NIST's Statistical Reference Datasets for nonlinear regression, with the data and the values that are
 * certified to eleven digits. `golden/nist.py` has read them from NIST's files.
 */

import { readFileSync } from "node:fs";
import { atan, type Tensor, tensor } from "@graddiff/core";

export interface NistSet {
  /** The predictors: one, or two for Nelson's model. */
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly starts: readonly (readonly number[])[];
  readonly parameters: readonly number[];
  readonly errors: readonly number[];
  readonly sumOfSquares: number;
}

export const NIST: Readonly<Record<string, NistSet>> = JSON.parse(
  readFileSync(new URL("./golden/nist.json", import.meta.url), "utf8"),
);

/** The maximum iterations, for models that need more than the default from a start. */
export const MAX_ITERATIONS: Readonly<Record<string, number>> = {
  // The valley is curved: the far start takes 1,365 evaluations, and 758 with MINPACK.
  Bennett5: 2000,
};

/** Nine parameters, of which a model reads as many as it has. */
type Nine = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
type Model = (b: Nine, x: Tensor, x2: Tensor) => Tensor;

const decay = (factor: Tensor, rate: Tensor, x: Tensor) => factor.mul(rate.mul(x).neg().exp());
const polynomial = (coefficients: readonly (Tensor | number)[], x: Tensor): Tensor =>
  coefficients.reduceRight<Tensor>((sum, own) => sum.mul(x).add(own), x.mul(0));
const peak = (height: Tensor, middle: Tensor, width: Tensor, x: Tensor) =>
  height.mul(x.sub(middle).div(width).square().neg().exp());
/** Returns c cos(2πx/period) + s sin(2πx/period). */
const cycle = (cosine: Tensor, sine: Tensor, period: Tensor | number, x: Tensor) => {
  const angle = x.mul(2 * Math.PI).div(period);
  return cosine.mul(angle.cos()).add(sine.mul(angle.sin()));
};
const saturating: Model = ([a, b], x) => a.mul(b.mul(x).neg().exp().neg().add(1));
const ultrasonic: Model = ([a, b, c], x) =>
  a
    .mul(x)
    .neg()
    .exp()
    .div(b.add(c.mul(x)));
const peaks: Model = ([b1, b2, b3, b4, b5, b6, b7, b8], x) =>
  decay(b1, b2, x)
    .add(peak(b3, b4, b5, x))
    .add(peak(b6, b7, b8, x));
const exponentials: Model = ([b1, b2, b3, b4, b5, b6], x) =>
  decay(b1, b2, x)
    .add(decay(b3, b4, x))
    .add(decay(b5, b6, x));
const cubic: Model = ([b1, b2, b3, b4, b5, b6, b7], x) =>
  polynomial([b1, b2, b3, b4], x).div(polynomial([1, b5, b6, b7], x));

export const MODELS: Readonly<Record<string, Model>> = {
  ...{ Misra1a: saturating, BoxBOD: saturating, Chwirut1: ultrasonic, Chwirut2: ultrasonic },
  ...{ Gauss1: peaks, Gauss2: peaks, Gauss3: peaks, Hahn1: cubic, Thurber: cubic },
  ...{ Lanczos1: exponentials, Lanczos2: exponentials, Lanczos3: exponentials },
  Bennett5: ([b1, b2, b3], x) => b1.mul(b2.add(x).pow(b3.reciprocal().neg())),
  DanWood: ([b1, b2], x) => b1.mul(x.pow(b2)),
  Eckerle4: ([b1, b2, b3], x) => b1.div(b2).mul(x.sub(b3).div(b2).square().mul(-0.5).exp()),
  ENSO: ([b1, b2, b3, b4, b5, b6, b7, b8, b9], x) =>
    b1
      .add(cycle(b2, b3, 12, x))
      .add(cycle(b5, b6, b4, x))
      .add(cycle(b8, b9, b7, x)),
  Kirby2: ([b1, b2, b3, b4, b5], x) => polynomial([b1, b2, b3], x).div(polynomial([1, b4, b5], x)),
  MGH09: ([b1, b2, b3, b4], x) => b1.mul(polynomial([0, b2, 1], x)).div(polynomial([b4, b3, 1], x)),
  MGH10: ([b1, b2, b3], x) => b1.mul(b2.div(x.add(b3)).exp()),
  MGH17: ([b1, b2, b3, b4, b5], x) => b1.add(decay(b2, b4, x)).add(decay(b3, b5, x)),
  Misra1b: ([b1, b2], x) => b1.mul(b2.mul(x).div(2).add(1).pow(-2).neg().add(1)),
  Misra1c: ([b1, b2], x) => b1.mul(b2.mul(x).mul(2).add(1).pow(-0.5).neg().add(1)),
  Misra1d: ([b1, b2], x) => b1.mul(b2).mul(x).div(b2.mul(x).add(1)),
  // The model is that of log y, which NIST fits.
  Nelson: ([b1, b2, b3], time, temperature) =>
    b1.sub(b2.mul(time).mul(b3.mul(temperature).neg().exp())),
  Rat42: ([b1, b2, b3], x) => b1.div(b2.sub(b3.mul(x)).exp().add(1)),
  Rat43: ([b1, b2, b3, b4], x) => b1.div(b2.sub(b3.mul(x)).exp().add(1).pow(b4.reciprocal())),
  Roszman1: ([b1, b2, b3, b4], x) => b1.sub(b2.mul(x)).sub(atan(b3.div(x.sub(b4))).div(Math.PI)),
};

/** Returns a list as a float64 vector. */
export function vector(values: readonly number[]): Tensor {
  return tensor([...values], { dtype: "float64" });
}
