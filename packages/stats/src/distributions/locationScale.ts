/**
 * Standard distributions that are shifted by a location and multiplied by a scale, and distributions of their magnitudes.
 */

import {
  atan,
  atan2,
  erf,
  erfInv,
  exp,
  log1p,
  normal,
  normalCdf,
  sigmoid,
  sign,
  softplus,
  type Tensor,
  type TensorLike,
  tan,
  uniform,
  where,
} from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, distribution } from "../distribution.ts";
import { normalQuantile } from "../normalQuantile.ts";
import { commonShape, double, FINITE, LOG_ROOT_2PI, POSITIVE, parameter } from "../numbers.ts";
import { positive, real } from "../supports.ts";

const F64 = { dtype: "float64" } as const;

/** A standard distribution of real numbers, with the location 0 and the scale 1. */
interface Standard {
  readonly logProb: (z: Tensor) => Tensor;
  readonly sample: (seed: Tensor, shape: readonly number[]) => Tensor;
  readonly mean: number;
  readonly variance: number;
  readonly cdf: (z: Tensor) => Tensor;
  readonly quantile?: (p: Tensor) => Tensor;
}

/** Returns uniform random numbers above 0 and below 1. */
export function openUniform(seed: Tensor, shape: readonly number[]): Tensor {
  return uniform(shape, { seed, ...F64 }).maximum(2 ** -54);
}

function located(
  name: string,
  standard: Standard,
  names: readonly [string, string],
  location: TensorLike,
  scale: TensorLike,
): Distribution {
  const m = parameter(name, names[0], location, FINITE);
  const s = parameter(name, names[1], scale, POSITIVE);
  const z = (x: Tensor) => x.sub(m).div(s);
  const { quantile } = standard;
  return distribution(name, {
    shape: commonShape(m, s),
    support: real,
    logProb: (x) => standard.logProb(z(x)).sub(s.log()),
    sample: (seed, shape) => standard.sample(seed, shape).mul(s).add(m),
    mean: () => m.add(s.mul(standard.mean)),
    variance: () => s.square().mul(standard.variance).add(m.mul(0)),
    cdf: (x) => standard.cdf(z(x)),
    reflected: (x) => m.mul(2).sub(x),
    ...(quantile && { quantile: (p: Tensor) => quantile(p).mul(s).add(m) }),
  });
}

/** The distribution of |x| of a standard distribution that is symmetric around 0 (`whole`). */
interface Half {
  readonly whole: Standard;
  readonly mean: number;
  readonly variance: number;
  readonly cdf: (z: Tensor) => Tensor;
  readonly quantile?: (p: Tensor) => Tensor;
}

/** Returns the distribution of |x| of a symmetric distribution, multiplied by a scale. */
function halved(name: string, { whole, ...half }: Half, scale: TensorLike): Distribution {
  const s = parameter(name, "scale", scale, POSITIVE);
  const { quantile } = half;
  return distribution(name, {
    shape: s.shape,
    support: positive,
    outside: (x) => x.less(0),
    logProb: (x) => whole.logProb(x.div(s)).sub(s.log()).add(Math.LN2),
    sample: (seed, shape) => whole.sample(seed, shape).abs().mul(s),
    mean: () => s.mul(half.mean),
    variance: () => s.square().mul(half.variance),
    cdf: (x) => half.cdf(x.maximum(0).div(s)),
    ...(quantile && { quantile: (p: Tensor) => quantile(p).mul(s) }),
  });
}

const NORMAL: Standard = {
  logProb: (z) => z.square().mul(-0.5).sub(LOG_ROOT_2PI),
  sample: (seed, shape) => normal(shape, { seed, ...F64 }),
  mean: 0,
  variance: 1,
  cdf: normalCdf,
  quantile: normalQuantile,
};

const HALF_NORMAL: Half = {
  whole: NORMAL,
  mean: Math.sqrt(2 / Math.PI),
  variance: 1 - 2 / Math.PI,
  cdf: (z) => erf(z.mul(Math.SQRT1_2)),
  quantile: (p) => {
    const tail = p.neg().add(1).div(2);
    const middle = erfInv(p.minimum(0.9)).mul(Math.SQRT2);
    return where(p.less(0.9), middle, normalQuantile(tail).neg());
  },
};

/** The magnitude beyond which 1 + z² rounds to z². */
const FAR = 1e9;

/** Returns log(1 + z²), without overflow where z² overflows. */
export function log1pSquare(z: Tensor): Tensor {
  const near = z.abs().minimum(FAR);
  const far = z.abs().maximum(FAR);
  return where(z.abs().less(FAR), log1p(near.square()), far.log().mul(2));
}

const CAUCHY: Standard = {
  logProb: (z) => log1pSquare(z).add(Math.log(Math.PI)).neg(),
  sample: (seed, shape) => cotangent(openUniform(seed, shape)),
  mean: Number.NaN,
  variance: Number.NaN,
  cdf: (z) => atan2(double(1), z.neg()).div(Math.PI),
  quantile: cotangent,
};

const HALF_CAUCHY: Half = {
  whole: CAUCHY,
  mean: Number.POSITIVE_INFINITY,
  variance: Number.POSITIVE_INFINITY,
  cdf: (z) => atan(z).mul(2 / Math.PI),
  quantile: (p) => {
    const isLow = p.less(0.5);
    const slope = tan(where(isLow, p, p.neg().add(1)).mul(Math.PI / 2));
    return where(isLow, slope, slope.reciprocal());
  },
};

/** Returns −cot(π p), with full precision where p is near 0 or 1. */
function cotangent(p: Tensor): Tensor {
  const isLow = p.less(0.5);
  const end = where(isLow, p, p.neg().add(1));
  const size = tan(end.mul(Math.PI)).reciprocal();
  return where(isLow, size.neg(), size);
}

const LAPLACE: Standard = {
  logProb: (z) => z.abs().add(Math.LN2).neg(),
  sample: (seed, shape) => laplaceQuantile(openUniform(seed, shape)),
  mean: 0,
  variance: 2,
  cdf: (z) => {
    const tail = exp(z.abs().neg()).mul(0.5);
    return where(z.less(0), tail, tail.neg().add(1));
  },
  quantile: laplaceQuantile,
};

function laplaceQuantile(p: Tensor): Tensor {
  const tail = where(p.less(0.5), p, p.neg().add(1));
  return tail
    .mul(2)
    .log()
    .mul(sign(p.sub(0.5)))
    .neg();
}

const LOGISTIC: Standard = {
  logProb: (z) => {
    const size = z.abs();
    return size.add(softplus(size.neg()).mul(2)).neg();
  },
  sample: (seed, shape) => logisticQuantile(openUniform(seed, shape)),
  mean: 0,
  variance: Math.PI ** 2 / 3,
  cdf: sigmoid,
  quantile: logisticQuantile,
};

function logisticQuantile(p: Tensor): Tensor {
  return p.log().sub(log1p(p.neg()));
}

/**
 * Returns the normal distribution, with the density e^(−z² / 2) / (scale √(2π)) for z = (x − mean) / scale.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { Normal } from "@graddiff/stats";
 *
 * console.log(Normal(0, 2).logProb(2).item().toFixed(4)); // -2.1121
 * ```
 */
export function Normal(mean: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("Normal", 2, arguments);
  return located("Normal", NORMAL, ["mean", "scale"], mean, scale);
}

/**
 * Returns the half-normal distribution: the distribution of |x| of a normal x with the mean 0 and the standard deviation
 * `scale`.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { HalfNormal } from "@graddiff/stats";
 *
 * console.log(HalfNormal(1).mean.item().toFixed(4)); // 0.7979
 * ```
 */
export function HalfNormal(scale: TensorLike): Distribution {
  refuseSurplus("HalfNormal", 1, arguments);
  return halved("HalfNormal", HALF_NORMAL, scale);
}

/**
 * Returns the Cauchy distribution, with the density 1 / (π scale (1 + z²)) for z = (x − location) / scale. It has no
 * mean.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { Cauchy } from "@graddiff/stats";
 *
 * console.log(Cauchy(0, 1).quantile?.(0.75).item().toFixed(4)); // 1.0000
 * ```
 */
export function Cauchy(location: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("Cauchy", 2, arguments);
  return located("Cauchy", CAUCHY, ["location", "scale"], location, scale);
}

/**
 * Returns the half-Cauchy distribution: the distribution of |x| of a Cauchy x with the location 0. Its mean is infinite.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { HalfCauchy } from "@graddiff/stats";
 *
 * console.log(HalfCauchy(5).cdf?.(5).item().toFixed(4)); // 0.5000
 * ```
 */
export function HalfCauchy(scale: TensorLike): Distribution {
  refuseSurplus("HalfCauchy", 1, arguments);
  return halved("HalfCauchy", HALF_CAUCHY, scale);
}

/**
 * Returns the Laplace distribution, with the density e^(−|z|) / (2 scale) for z = (x − location) / scale.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { Laplace } from "@graddiff/stats";
 *
 * console.log(Laplace(1, 2).variance.item()); // 8
 * ```
 */
export function Laplace(location: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("Laplace", 2, arguments);
  return located("Laplace", LAPLACE, ["location", "scale"], location, scale);
}

/**
 * Returns the logistic distribution, whose distribution function is the sigmoid of z = (x − location) / scale.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a scale that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { Logistic } from "@graddiff/stats";
 *
 * console.log(Logistic(1, 2).cdf?.(1).item()); // 0.5
 * ```
 */
export function Logistic(location: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("Logistic", 2, arguments);
  return located("Logistic", LOGISTIC, ["location", "scale"], location, scale);
}
