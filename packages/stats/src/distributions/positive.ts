/**
 * Distributions of positive numbers, and Student's t. Gamma draws are logarithms, so that small shapes do not underflow.
 */

import {
  betaI,
  betaIComplement,
  betaIComplementInverse,
  betaIInverse,
  div,
  exp,
  expm1,
  gamma,
  gammaP,
  gammaPInverse,
  gammaQ,
  gammaQInverse,
  log1p,
  logBeta,
  normal,
  normalCdf,
  splitSeed,
  type Tensor,
  type TensorLike,
  where,
} from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, distribution } from "../distribution.ts";
import { normalQuantile } from "../normalQuantile.ts";
import { commonShape, FINITE, LOG_ROOT_2PI, POSITIVE, parameter } from "../numbers.ts";
import { logGammaDensity } from "../stirling.ts";
import { positive, real } from "../supports.ts";
import { log1pSquare, openUniform } from "./locationScale.ts";

const F64 = { dtype: "float64" } as const;
const isNegative = (x: Tensor) => x.less(0);
const isNoPositive = (x: Tensor) => x.lessEqual(0);

/**
 * Returns logarithms of draws of Gamma(a, 1): a draw of Gamma(a + 1, 1) times a uniform number to the power 1 / a
 * (G. Marsaglia and W. W. Tsang, 2000). The draw itself would underflow for a small a.
 */
export function logGammaDraws(a: Tensor, seed: Tensor, shape: readonly number[]): Tensor {
  const [first, second] = seedsOf(seed, 2);
  const large = gamma(a.add(1), { seed: first, shape });
  return large.log().add(openUniform(second, shape).log().div(a));
}

/** Returns `count` independent seeds, derived from one seed. */
export function seedsOf(seed: Tensor, count: 2): [Tensor, Tensor];
export function seedsOf(seed: Tensor, count: number): Tensor[];
export function seedsOf(seed: Tensor, count: number): Tensor[] {
  const seeds = splitSeed(seed, count);
  return Array.from({ length: count }, (_, i) => seeds.at(i));
}

/**
 * Returns the exponential distribution, with the density rate · e^(−rate x) from 0 on.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { Exponential } from "@graddiff/stats";
 *
 * console.log(Exponential(2).mean.item()); // 0.5
 * ```
 */
export function Exponential(rate: TensorLike): Distribution {
  refuseSurplus("Exponential", 1, arguments);
  const r = parameter("Exponential", "rate", rate, POSITIVE);
  return distribution("Exponential", {
    shape: r.shape,
    support: positive,
    outside: isNegative,
    logProb: (x) => r.log().sub(r.mul(x)),
    sample: (seed, shape) => openUniform(seed, shape).log().neg().div(r),
    mean: () => r.reciprocal(),
    variance: () => r.square().reciprocal(),
    cdf: (x) => expm1(x.maximum(0).mul(r).neg()).neg(),
    quantile: (p) => log1p(p.neg()).neg().div(r),
  });
}

/**
 * Returns the log-normal distribution: the distribution of eᶻ for a normal z with the mean `mean` and the standard
 * deviation `scale`.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { LogNormal } from "@graddiff/stats";
 *
 * console.log(LogNormal(0, 1).cdf?.(1).item()); // 0.5
 * ```
 */
export function LogNormal(mean: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("LogNormal", 2, arguments);
  const m = parameter("LogNormal", "mean", mean, FINITE);
  const s = parameter("LogNormal", "scale", scale, POSITIVE);
  const z = (x: Tensor) => x.log().sub(m).div(s);
  return distribution("LogNormal", {
    shape: commonShape(m, s),
    support: positive,
    outside: isNoPositive,
    logProb: (x) => {
      const own = z(x);
      return own.square().mul(-0.5).sub(LOG_ROOT_2PI).sub(s.log()).sub(x.log());
    },
    sample: (seed, shape) =>
      exp(
        normal(shape, { seed, ...F64 })
          .mul(s)
          .add(m),
      ),
    mean: () => exp(m.add(s.square().mul(0.5))),
    variance: () => expm1(s.square()).mul(exp(m.mul(2).add(s.square()))),
    cdf: (x) => normalCdf(z(x.maximum(0))),
    quantile: (p) => exp(normalQuantile(p).mul(s).add(m)),
  });
}

/**
 * Returns the gamma distribution with the shape a and the density rateᵃ xᵃ⁻¹ e^(−rate x) / Γ(a). Its mean is a / rate.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { Gamma } from "@graddiff/stats";
 *
 * console.log(Gamma(3, 2).mean.item()); // 1.5
 * ```
 */
export function Gamma(shape: TensorLike, rate: TensorLike): Distribution {
  refuseSurplus("Gamma", 2, arguments);
  const a = parameter("Gamma", "shape", shape, POSITIVE);
  const r = parameter("Gamma", "rate", rate, POSITIVE);
  return distribution("Gamma", {
    shape: commonShape(a, r),
    support: positive,
    outside: isNoPositive,
    logProb: (x) => logGammaDensity(a, r.mul(x)).add(r.log()),
    sample: (seed, wanted) => exp(logGammaDraws(a, seed, wanted)).div(r),
    mean: () => a.div(r),
    variance: () => a.div(r.square()),
    cdf: (x) => gammaP(a, x.maximum(0).mul(r)),
    quantile: (p) => gammaPInverse(a, p).div(r),
  });
}

/**
 * Returns the inverse gamma distribution: the distribution of scale / g for g from Gamma(a, 1), where a is the shape. Its
 * density is scaleᵃ x^(−a − 1) e^(−scale / x) / Γ(a).
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { InverseGamma } from "@graddiff/stats";
 *
 * console.log(InverseGamma(3, 4).mean.item()); // 2
 * ```
 */
export function InverseGamma(shape: TensorLike, scale: TensorLike): Distribution {
  refuseSurplus("InverseGamma", 2, arguments);
  const a = parameter("InverseGamma", "shape", shape, POSITIVE);
  const s = parameter("InverseGamma", "scale", scale, POSITIVE);
  return distribution("InverseGamma", {
    shape: commonShape(a, s),
    support: positive,
    outside: isNoPositive,
    logProb: (x) => logGammaDensity(a, s.div(x)).add(s.log()).sub(x.log().mul(2)),
    sample: (seed, wanted) => s.mul(exp(logGammaDraws(a, seed, wanted).neg())),
    mean: () => where(a.greater(1), s.div(a.sub(1)), Number.POSITIVE_INFINITY),
    variance: () => {
      const finite = s.square().div(a.sub(1).square().mul(a.sub(2)));
      return where(a.greater(2), finite, Number.POSITIVE_INFINITY);
    },
    cdf: (x) => gammaQ(a, s.div(x.maximum(0))),
    quantile: (p) => s.div(gammaQInverse(a, p)),
  });
}

/**
 * Returns Student's t distribution with ν degrees of freedom. Its density is proportional to (1 + z² / ν)^(−(ν + 1) /
 * 2) for z = (x − location) / scale.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { StudentT } from "@graddiff/stats";
 *
 * console.log(StudentT(4, 0, 1).variance.item()); // 2
 * ```
 */
export function StudentT(
  degrees: TensorLike,
  location: TensorLike,
  scale: TensorLike,
): Distribution {
  refuseSurplus("StudentT", 3, arguments);
  const n = parameter("StudentT", "degrees", degrees, POSITIVE);
  const m = parameter("StudentT", "location", location, FINITE);
  const s = parameter("StudentT", "scale", scale, POSITIVE);
  return distribution("StudentT", {
    shape: commonShape(n, m, s),
    support: real,
    logProb: (x) => {
      const z = x.sub(m).div(s);
      const tail = log1pSquare(z.div(n.sqrt())).mul(n.add(1).mul(0.5));
      return logBeta(0.5, n.mul(0.5)).add(n.log().mul(0.5)).add(s.log()).add(tail).neg();
    },
    sample: (seed, shape) => {
      const [first, second] = seedsOf(seed, 2);
      const half = n.mul(0.5);
      const root = exp(
        half
          .log()
          .sub(logGammaDraws(half, second, shape))
          .mul(0.5),
      );
      return normal(shape, { seed: first, ...F64 })
        .mul(root)
        .mul(s)
        .add(m);
    },
    mean: () => where(n.greater(1), m.add(s.mul(0)), Number.NaN),
    variance: () => {
      const finite = s.square().mul(n.div(n.sub(2)));
      const rest = where(n.greater(1), Number.POSITIVE_INFINITY, Number.NaN);
      return where(n.greater(2), finite, rest).add(m.mul(0));
    },
    cdf: (x) => studentCdf(n, x.sub(m).div(s)),
    quantile: (p) => studentQuantile(n, p).mul(s).add(m),
    reflected: (x) => m.mul(2).sub(x),
  });
}

/** The ν / z² from which on downwards the first term of a tail of Student's distribution gives all digits. */
const TINY = 1e-200;

/** Returns r for a tiny tail of Student's distribution beyond z, which is (r |z| / √ν)^−ν. */
const rootOfTail = (n: Tensor, half: Tensor) =>
  exp(logBeta(half, half).add(half.log()).div(n)).mul(2);

/**
 * Returns Student's distribution function: the tail beyond z is (1 − I_v(1/2, ν/2)) / 2 with v = z² / (z² + ν), which is
 * I_u(ν/2, 1/2) / 2 with u = 1 − v. At 0, where v has no derivative, it is I_w(ν/2, ν/2) with w = (1 + z / √(z² + ν)) / 2.
 */
function studentCdf(n: Tensor, z: Tensor): Tensor {
  const half = n.mul(0.5);
  const size = z.abs().div(n.sqrt());
  const isZero = z.equal(0);
  const isOuter = size.greater(1);
  const isFar = size.greater(1 / Math.sqrt(TINY));
  const inner = where(isOuter.logicalOr(isZero), 1, size).square();
  const outer = where(isOuter.logicalAnd(isFar.logicalNot()), size, 1).square();
  const near = betaIComplement(0.5, half, inner.div(inner.add(1)));
  const tail = where(isOuter, betaI(half, 0.5, outer.add(1).reciprocal()), near).mul(0.5);
  const far = where(isFar, size, 1).mul(rootOfTail(n, half)).reciprocal().pow(n);
  const z0 = where(isZero, z, 0);
  const middle = betaI(half, half, z0.div(z0.square().add(n).sqrt()).add(1).mul(0.5));
  const beyond = where(isFar, far, tail);
  return where(isZero, middle, where(z.less(0), beyond, beyond.neg().add(1)));
}

/** Returns the inverse of {@link studentCdf}. At 1/2, where v has no derivative, it is that of w. */
function studentQuantile(n: Tensor, p: Tensor): Tensor {
  const half = n.mul(0.5);
  const isHalf = p.equal(0.5);
  const isLow = p.less(0.5);
  const tail = where(isLow, p, p.neg().add(1));
  const both = where(isHalf, 0.5, tail.mul(2));
  // v, and 1 − v, which has its digits where v is near 1.
  const v = betaIComplementInverse(0.5, half, both);
  const rest = betaIInverse(half, 0.5, both);
  const isOuter = v.greater(0.5);
  const isFar = rest.less(TINY);
  const inner = where(isOuter, 0.5, v);
  const outer = where(isOuter.logicalAnd(isFar.logicalNot()), rest, 0.5);
  const square = where(isOuter, div(outer.neg().add(1), outer), inner.div(inner.neg().add(1)));
  const far = where(isFar, tail, 1).pow(n.reciprocal()).mul(rootOfTail(n, half)).reciprocal();
  const size = where(isFar, far, square.sqrt());
  const w = betaIInverse(half, half, where(isHalf, p, 0.5));
  const middle = w.mul(2).sub(1);
  return where(isHalf, middle, where(isLow, size.neg(), size)).mul(n.sqrt());
}
