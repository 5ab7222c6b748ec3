/**
 * Random tensors of distributions whose quantile function is a formula: it is applied to uniform numbers of 53 bits, in
 * float64 whatever the dtype.
 */

import {
  anyNumber,
  finite,
  integer,
  nonNegative,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { erf_f64, expm1_f64, log_f64 } from "../generated/elementary/elementary.ts";
import { div, maximum, minimum } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { clip } from "../ops/clip.ts";
import { where } from "../ops/comparison.ts";
import { erfInv } from "../ops/normal.ts";
import {
  drawing,
  type RandomOptions,
  randomReader,
  readSeed,
  type SeedOptions,
} from "../ops/random.ts";
import { sequence } from "../ops/sequences.ts";
import { log1p } from "../ops/transcendental.ts";
import type { FloatDType } from "../tensor/dtype.ts";
import { checkShape, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The options of {@link gumbel} and {@link laplace}. */
export interface LocationOptions extends RandomOptions {
  /** The number that is added to all draws. Default 0. */
  readonly location?: number;
  /** The factor of all draws, before `location` is added. Default 1. */
  readonly scale?: number;
}

const readLocation = randomReader({
  location: optional(finite, 0),
  scale: optional(nonNegative, 1),
});
const readScale = randomReader({ scale: optional(nonNegative, 1) });
const readTruncated = randomReader({
  mean: optional(finite, 0),
  deviation: optional(nonNegative, 1),
  low: optional(anyNumber, -2),
  high: optional(anyNumber, 2),
});
const readInt = optionsReader({
  seed: readSeed,
  low: optional(integer, 0),
  high: integer,
});

/** location + scale · x in a dtype. */
function moved(x: Tensor, location: number, scale: number, dtype: FloatDType): Tensor {
  return cast(x.mul(scale).add(location), dtype);
}

/** Returns the numbers of a seed in (0, 1): 0 is replaced by half of the least one. */
function open(u: Tensor): Tensor {
  return maximum(u, 2 ** -54);
}

/** −log(−log u), of a Gumbel distribution; u is brought into (0, 1). */
export function gumbelOf(u: Tensor): Tensor {
  return open(u).log().neg().log().neg();
}

/**
 * Integers from `low` up to but without `high`, each as likely as the others.
 *
 * They are ⌊low + (high − low) u⌋ of a u of 53 bits. The probabilities of two integers differ by at most 2⁻⁵³, which is
 * a part of 2⁻⁴³ of those of 1000 integers, and of 5e-7 of those of all of int32.
 *
 * @param options `seed`, as of `uniform`; `low` (default 0, at least −2³¹), `high` (at most 2³¹).
 * @returns int32.
 * @throws ArgumentError for bounds that are not int32 and in order, and what `uniform` throws for a seed or a shape.
 * @example
 * ```ts
 * import { randomInt } from "@graddiff/core";
 *
 * console.log(String(randomInt([8], { low: 1, high: 7, seed: 3 }))); // [2 1 6 5 5 5 4 1]
 * ```
 */
export function randomInt(
  shape: Shape,
  options: SeedOptions & { readonly high: number; readonly low?: number },
): Tensor {
  refuseSurplus("randomInt", 2, arguments);
  const target = checkShape("randomInt", "shape", shape);
  const { seed, low, high } = readInt("randomInt", options);
  if (!(low >= -(2 ** 31) && low < high && high <= 2 ** 31)) {
    const expected = "integers from -2^31 to 2^31 with low < high";
    throw new ArgumentError("randomInt", "low and high", expected, `${low} and ${high}`);
  }
  return drawing(seed, () => {
    const uniform = sequence("randomInt", seed, target, { high: high - low });
    return cast(uniform.floor().add(low), "int32");
  });
}

/**
 * Numbers of an exponential distribution, with the density e^(−x / scale) / scale from 0 on.
 *
 * They are −scale · log(1 − u) (Devroye, Non-Uniform Random Variate Generation, 1986, II.2). The parameter is a scale,
 * as those of `gumbel` and `laplace` and in NumPy, rather than its inverse, the rate.
 *
 * @param options `seed`, as of `uniform`; `scale` (the mean, default 1), `dtype` (default float32).
 * @throws what `uniform` throws for a seed, a dtype or a shape; ArgumentError for a scale that is not a finite
 *   number from 0.
 * @example
 * ```ts
 * import { exponential } from "@graddiff/core";
 *
 * const waits = exponential([100_000], { seed: 1, scale: 20 });
 * console.log(waits.mean().item().toFixed(0)); // 20
 * ```
 */
export function exponential(
  shape: Shape,
  options: RandomOptions & { readonly scale?: number },
): Tensor {
  refuseSurplus("exponential", 2, arguments);
  const target = checkShape("exponential", "shape", shape);
  const { seed, scale, dtype } = readScale("exponential", options);
  return drawing(seed, () => {
    const u = sequence("exponential", seed, target);
    return moved(log1p(u.neg()).neg(), 0, scale, dtype);
  });
}

/**
 * Numbers of a Gumbel distribution, with the distribution function e^(−e^(−z)) of z = (x − location) / scale.
 *
 * They are location − scale · log(−log u) (Devroye, Non-Uniform Random Variate Generation, 1986, II.2); u is never 0.
 *
 * @param options `seed`, as of `uniform`; `location` (the mode, default 0), `scale` (default 1), `dtype` (default
 *   float32).
 * @throws what `uniform` throws for a seed, a dtype or a shape; ArgumentError for a location or a scale that is not
 *   finite, or a scale below 0.
 * @example
 * ```ts
 * import { gumbel } from "@graddiff/core";
 *
 * console.log(gumbel([100_000], { seed: 1 }).mean().item().toFixed(1)); // 0.6
 * ```
 */
export function gumbel(shape: Shape, options: LocationOptions): Tensor {
  refuseSurplus("gumbel", 2, arguments);
  const target = checkShape("gumbel", "shape", shape);
  const { seed, location, scale, dtype } = readLocation("gumbel", options);
  return drawing(seed, () =>
    moved(gumbelOf(sequence("gumbel", seed, target)), location, scale, dtype),
  );
}

/**
 * Numbers of a Laplace distribution, with the density e^(−|x − location| / scale) / 2 scale.
 *
 * They are location + scale · log 2u below the median and location − scale · log 2(1 − u) above (Devroye, Non-Uniform
 * Random Variate Generation, 1986, II.2); u is never 0.
 *
 * @param options `seed`, as of `uniform`; `location` (the mean, default 0), `scale` (default 1), `dtype` (default
 *   float32).
 * @throws what `uniform` throws for a seed, a dtype or a shape; ArgumentError for a location or a scale that is not
 *   finite, or a scale below 0.
 * @example
 * ```ts
 * import { laplace } from "@graddiff/core";
 *
 * console.log(laplace([100_000], { seed: 1, scale: 3 }).abs().mean().item().toFixed(1)); // 3.0
 * ```
 */
export function laplace(shape: Shape, options: LocationOptions): Tensor {
  refuseSurplus("laplace", 2, arguments);
  const target = checkShape("laplace", "shape", shape);
  const { seed, location, scale, dtype } = readLocation("laplace", options);
  return drawing(seed, () => {
    const u = open(sequence("laplace", seed, target));
    const size = minimum(u, u.neg().add(1)).mul(2).log();
    return moved(where(u.less(0.5), size, size.neg()), location, scale, dtype);
  });
}

/**
 * The number of standard deviations beyond which a truncated normal is sampled by its tail formula; below, the error
 * function is accurate enough.
 */
const FAR = 4;

/**
 * Returns the inverse of Mills' ratio e^(x²/2) ∫ e^(−t²/2) dt from x on, for x ≥ 4: the continued fraction x + 1/(x +
 * 2/(x + 3/(x + … (NIST DLMF 7.9.1), of which 40 terms have all digits there.
 */
function inverseMills(x: Tensor): Tensor {
  let rest = x;
  for (let k = 40; k > 0; k--) rest = x.add(div(k, rest));
  return rest;
}

/** Returns the same of a number. */
function inverseMillsOf(x: number): number {
  let rest = x;
  for (let k = 40; k > 0; k--) rest = x + k / rest;
  return rest;
}

/**
 * Returns standard normal numbers between bounds from 4 on, from uniform ones: x = √(low² + 2s), where s is exponential
 * but for the factor m(x) / m(low) of Mills' ratio m, so s = E + log m(x) − log m(low) for an exponential E, by
 * Newton's method. Nothing in it overflows or loses its digits, however far the bounds are.
 */
function tail(u: Tensor, low: number, high: number): Tensor {
  const atLow = inverseMillsOf(low);
  // The probability of the interval relative to that of all numbers above `low`.
  const isBounded = Number.isFinite(high);
  const reach = isBounded ? ((high - low) / 2) * (high + low) : 0;
  const part = isBounded ? -expm1_f64(-reach + log_f64(atLow) - log_f64(inverseMillsOf(high))) : 1;
  const energy = log1p(u.mul(-part)).neg();
  const at = (s: Tensor) =>
    s
      .mul(2 / low / low)
      .add(1)
      .sqrt()
      .mul(low);
  let s = energy;
  for (let step = 0; step < 4; step++) {
    const x = at(s);
    const inverse = inverseMills(x);
    const miss = s.add(div(inverse, atLow).log()).sub(energy);
    s = s.sub(miss.mul(x.div(inverse)));
  }
  return at(s);
}

/** Returns standard normal numbers between bounds, from uniform ones. */
function between(u: Tensor, low: number, high: number): Tensor {
  if (low >= FAR) return tail(u, low, high);
  if (high <= -FAR) return tail(u, -high, -low).neg();
  const [from, to] = [erf_f64(low * Math.SQRT1_2), erf_f64(high * Math.SQRT1_2)];
  // Rounding must not reach ±1, where the inverse is infinite.
  const most = 1 - 2 ** -53;
  return erfInv(clip(u.mul(to - from).add(from), -most, most)).mul(Math.SQRT2);
}

/**
 * Numbers of a normal distribution between two bounds, which count in deviations from the mean, as in JAX: the default
 * ±2 leaves out the same share for every deviation. (Those of PyTorch's `trunc_normal_` are numbers of the result.)
 *
 * They are √2 erf⁻¹ of numbers uniform between the values of erf at the bounds (Devroye, Non-Uniform Random Variate
 * Generation, 1986, II.2). Where both bounds are 4 deviations or more away on one side, it is the inverse of the tail
 * by Newton's method. What rounding would bring beyond a bound, in the dtype, is that bound.
 *
 * @param options `seed`, as of `uniform`; `mean` (default 0) and `deviation` (default 1) of the distribution without
 *   bounds. `low` (default −2) and `high` (default 2) in deviations, of which either may be infinite; `dtype` (default
 *   float32).
 * @throws what `uniform` throws for a seed, a dtype or a shape; ArgumentError for a mean or a deviation that is not
 *   finite, a deviation below 0, and bounds that are not in order.
 * @example
 * ```ts
 * import { truncatedNormal } from "@graddiff/core";
 *
 * const weights = truncatedNormal([1000], { seed: 1, deviation: 0.02 });
 * console.log(weights.abs().max().item() <= 0.04); // true
 * ```
 */
export function truncatedNormal(
  shape: Shape,
  options: RandomOptions & {
    readonly mean?: number;
    readonly deviation?: number;
    readonly low?: number;
    readonly high?: number;
  },
): Tensor {
  refuseSurplus("truncatedNormal", 2, arguments);
  const target = checkShape("truncatedNormal", "shape", shape);
  const { seed, mean, deviation, low, high, dtype } = readTruncated("truncatedNormal", options);
  if (!(low < high && low < Number.POSITIVE_INFINITY && high > Number.NEGATIVE_INFINITY)) {
    const expected = "numbers with low < high";
    throw new ArgumentError("truncatedNormal", "low and high", expected, `${low} and ${high}`);
  }
  return drawing(seed, () => {
    const x = clip(between(sequence("truncatedNormal", seed, target), low, high), low, high);
    return moved(x, mean, deviation, dtype);
  });
}
