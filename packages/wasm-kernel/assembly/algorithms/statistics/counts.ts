// Quantiles of Poisson and binomial distributions: the least count whose probability of at most it is at least p. A guess
// from the moments, its tail by the incomplete gamma or beta function, and from there count by count.

import { Real } from "../elements";
import { betaTail, powerTermOfBeta } from "./beta";
import { gammaP, gammaQ, powerTermOfGamma } from "./gamma";
import { normalQuantile } from "./normal";
import { exp, floor, log1p, squareRoot } from "./scalars";

/** The mean up to which counts are tried from 0 on. */
const FEW: Real = 12.0;

/** The probability up to which they are: the sum loses the digits of what is left to 1. */
const SURE: Real = 0.9999999;

/** A guess with the mean, the standard deviation and the skewness (E. Cornish and R. Fisher, 1938), from 0 to most. */
function guess(mean: Real, deviation: Real, skewness: Real, p: Real, most: Real): Real {
  const z = p <= 0.5 ? normalQuantile(p) : -normalQuantile(1.0 - p);
  const k = floor(mean + deviation * (z + (skewness * (z * z - 1.0)) / 6.0) + 0.5);
  return k > 0.0 ? (k < most ? k : most) : 0.0;
}

/**
 * Returns the probability of at most k successes in n trials if `lower`, else of more, for the probability x of one and y = 1 − x. If
 * n is infinite, of events at the rate `mean`.
 */
function tailOf(n: Real, x: Real, y: Real, mean: Real, k: Real, lower: boolean): Real {
  if (n === Infinity) return lower ? gammaQ(k + 1.0, mean) : gammaP(k + 1.0, mean);
  if (k >= n) return lower ? 1.0 : 0.0;
  return betaTail(k + 1.0, n - k, x, y, !lower);
}

/** Returns the probability of k successes. */
function probability(n: Real, x: Real, y: Real, mean: Real, k: Real): Real {
  if (n === Infinity) return powerTermOfGamma(k, mean);
  return powerTermOfBeta(k + 1.0, n - k + 1.0, x, y) / (x * y * (n + 1.0));
}

/** Returns the quantile by halves, from a guess that is far off. */
function halved(n: Real, x: Real, y: Real, mean: Real, start: Real, wanted: Real, lower: boolean): Real {
  // The count is above `low`, and at most `high`.
  let low: Real = -1.0;
  let high = start + 1.0;
  while (high < n) {
    const value = tailOf(n, x, y, mean, high, lower);
    if (lower ? value >= wanted : value <= wanted) break;
    low = high;
    high *= 2.0;
  }
  if (high > n) high = n;
  while (high - low > 1.0) {
    const middle = floor(0.5 * (low + high));
    if (middle === low || middle === high) break;
    const value = tailOf(n, x, y, mean, middle, lower);
    if (lower ? value >= wanted : value <= wanted) high = middle;
    else low = middle;
  }
  return high;
}

/** Returns the least count whose probability of at most it is at least p; p is neither 0 nor 1. */
function quantile(n: Real, x: Real, y: Real, mean: Real, p: Real): Real {
  const isPoisson = n === Infinity;
  const odds = x / y;
  if (mean <= FEW && x <= 0.5 && p < SURE) {
    let each = exp(isPoisson ? -mean : n * log1p(-x));
    let sum = each;
    let k: Real = 0.0;
    while (sum < p && k < n) {
      each *= (isPoisson ? mean : (n - k) * odds) / (k + 1.0);
      k += 1.0;
      sum += each;
    }
    return k;
  }
  const lower = p <= 0.5;
  const wanted = lower ? p : 1.0 - p;
  const deviation = squareRoot(mean * y);
  let k = guess(mean, deviation, (y - x) / deviation, p, n);
  let value = tailOf(n, x, y, mean, k, lower);
  if (!(value > 0.001 * wanted && value < 1000.0 * wanted)) return halved(n, x, y, mean, k, wanted, lower);
  let each = probability(n, x, y, mean, k);
  let last = value;
  if (lower ? value < wanted : value > wanted) {
    while (k < n && (lower ? value < wanted : value > wanted)) {
      each *= (isPoisson ? mean : (n - k) * odds) / (k + 1.0);
      k += 1.0;
      value += lower ? each : -each;
      if (value < 0.5 * last) {
        value = tailOf(n, x, y, mean, k, lower);
        last = value;
      }
    }
    return k;
  }
  while (k > 0.0) {
    const next = value + (lower ? -each : each);
    if (lower ? next < wanted : next > wanted) break;
    value = next;
    each *= k / (isPoisson ? mean : (n - k + 1.0) * odds);
    k -= 1.0;
    if (value < 0.5 * last) {
      value = tailOf(n, x, y, mean, k, lower);
      last = value;
    }
  }
  return k;
}

/** Returns the least count k for which the probability of at most k events at a rate is at least p. */
export function poissonQuantile(rate: Real, p: Real): Real {
  if (!(rate >= 0.0 && rate < Infinity && p >= 0.0 && p <= 1.0)) return NaN;
  if (p === 0.0 || rate === 0.0) return 0.0;
  if (p === 1.0) return Infinity;
  return quantile(Infinity, 0.0, 1.0, rate, p);
}

/** Returns the least count k for which the probability of at most k successes in n trials, each of probability x, is at least p. */
export function binomialQuantile(n: Real, x: Real, p: Real): Real {
  if (!(n >= 0.0 && n < Infinity && floor(n) === n && x >= 0.0 && x <= 1.0 && p >= 0.0 && p <= 1.0)) return NaN;
  if (p === 0.0 || x === 0.0) return 0.0;
  if (p === 1.0 || x === 1.0) return n;
  return quantile(n, x, 1.0 - x, n * x, p);
}
