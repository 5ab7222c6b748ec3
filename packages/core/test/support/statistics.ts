/**
 * Tests whether numbers have a distribution: those of Kolmogorov and Smirnov and of Pearson, and the distribution
 * function of gamma distributions.
 */

import { exp_f64, log_f64, logGamma_f64 } from "../../src/generated/elementary/elementary.ts";

/**
 * Returns √n times the greatest distance between the distribution function of a sample and the claimed one (Kolmogorov,
 * 1933). It is above 1.95 for one in 1000 samples of the claimed distribution.
 */
export function kolmogorov(sample: ArrayLike<number>, distribution: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  const count = sorted.length;
  let greatest = 0;
  sorted.forEach((x, i) => {
    const below = distribution(x);
    greatest = Math.max(greatest, below - i / count, (i + 1) / count - below);
  });
  return greatest * Math.sqrt(count);
}

/** The bound of {@link kolmogorov}. */
export const RARE = 1.95;

/**
 * Returns Pearson's χ² of counts and expected counts, transformed to a standard normal deviate (Wilson and Hilferty,
 * 1931). It is above 3.1 for one in 1000 samples.
 */
export function pearson(counts: readonly number[], expected: readonly number[]): number {
  const square = counts.reduce((sum, count, i) => {
    const mean = expected[i] ?? Number.NaN;
    return sum + (count - mean) ** 2 / mean;
  }, 0);
  const freedom = counts.length - 1;
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(square / freedom) - (1 - spread)) / Math.sqrt(spread);
}

/** Returns how often each integer from 0 up to, but without, `length` occurs. */
export function counted(numbers: ArrayLike<number>, length: number): number[] {
  const counts = new Array<number>(length).fill(0);
  for (const number of Array.from(numbers)) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

/** Returns the density of a gamma distribution. */
export function gammaDensity(alpha: number, z: number): number {
  return exp_f64((alpha - 1) * log_f64(z) - z - logGamma_f64(alpha));
}

/** Returns the distribution function of a gamma distribution: the series of NIST DLMF 8.7.1. */
export function gammaDistribution(alpha: number, z: number): number {
  if (z <= 0) return 0;
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-18 * sum || n < z; n++) {
    term *= z / (alpha + n);
    sum += term;
  }
  return sum * exp_f64(alpha * log_f64(z) - z - logGamma_f64(alpha + 1));
}

/** Returns a quantile of a gamma distribution, by Newton's method from a number nearby. */
export function gammaQuantile(alpha: number, probability: number, near: number): number {
  let z = near;
  for (let step = 0; step < 30; step++) {
    z -= (gammaDistribution(alpha, z) - probability) / gammaDensity(alpha, z);
  }
  return z;
}

/** Returns the distribution function of the logarithm of a gamma number, where that may underflow. */
export function logGammaDistribution(alpha: number, x: number): number {
  if (x > -50) return gammaDistribution(alpha, exp_f64(x));
  return exp_f64(alpha * x - logGamma_f64(alpha + 1));
}
