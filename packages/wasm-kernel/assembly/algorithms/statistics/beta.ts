// The incomplete beta function I_x(a, b), and its inverse. y is 1 − x: whoever knows y better than x gives it.
//
//   a, b ≥ 1000, x near the mean    an expansion in the normal distribution
//   a, b ≥ 1                        Gauss' continued fraction in its even form, of the tail that x is in
//   a < 1, b x ≤ 1.1                the power series (NIST DLMF 8.17.7); the upper tail without cancellation
//   a < 1, b x > 1.1                the continued fraction of the upper tail
//   b < 1                           as for a < 1, with a and b, x and y exchanged
//
// The cases are those of A. DiDonato and A. Morris (ACM Transactions on Mathematical Software 18, 1992, algorithm 708), with
// fewer of them.

import { Real } from "../elements";
import { reciprocalGamma } from "./coefficients";
import { log1pMinus, stirlingRemainder } from "./gamma";
import { normalQuantile } from "./normal";
import { betaSeries, erfc, exp, expm1, log, log1p, magnitude, pow, squareRoot } from "./scalars";

/** 2π */
const TWO_PI: Real = 6.283185307179586;

/** (a + b) x − a, the distance from the mean times a + b. */
function distance(a: Real, b: Real, x: Real, y: Real): Real {
  return x <= y ? (a + b) * x - a : b - (a + b) * y;
}

/** log x, where y = 1 − x may be known better. */
function logOf(x: Real, y: Real): Real {
  return x <= y ? log(x) : log1p(-y);
}

/** x^a. */
function powerOf(x: Real, y: Real, a: Real): Real {
  return x <= y ? pow(x, a) : exp(a * log1p(-y));
}

/** J(a) + J(b) − J(a + b) for Binet's function J. */
function remainders(a: Real, b: Real): Real {
  return stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(a + b);
}

/** Γ(1 + a)⁻¹ − 1 for a from 0 to 1. */
function reciprocalOfFactorial(a: Real): Real {
  return a * (1.0 - a) * reciprocalGamma(2.0 * a - 1.0);
}

/** x^a Γ(a + b) / (Γ(b) Γ(1 + a)) for a < 1 ≤ b. */
function powerOfSmall(a: Real, b: Real, x: Real): Real {
  const n = a + b;
  const rest = (b - 0.5) * log1p(a / b) - a + stirlingRemainder(n) - stirlingRemainder(b);
  return pow(x * n, a) * exp(rest) * (1.0 + reciprocalOfFactorial(a));
}

/** x^a y^b / B(a, b). */
export function powerTermOfBeta(a: Real, b: Real, x: Real, y: Real): Real {
  if (a < 1.0 && b < 1.0) {
    return pow(x, a) * pow(y, b) * a * powerOfBoth(a, b);
  }
  if (a < 1.0) return a * powerOfSmall(a, b, x) * powerOf(y, x, b);
  if (b < 1.0) return b * powerOfSmall(b, a, y) * powerOf(x, y, a);
  const n = a + b;
  const root = squareRoot((a / n) * (b / TWO_PI));
  const way = distance(a, b, x, y);
  const u = way / a;
  const v = -way / b;
  const rest = remainders(a, b);
  // Far from the mean a power has more digits than the exponential function of a large number.
  if (u < -0.4) return root * pow(x * (n / a) * exp(-u), a) * exp(b * log1pMinus(v) - rest);
  if (v < -0.4) return root * pow(y * (n / b) * exp(-v), b) * exp(a * log1pMinus(u) - rest);
  return root * exp(a * log1pMinus(u) + b * log1pMinus(v) - rest);
}

/** Γ(a + b) / (Γ(b) Γ(1 + a)) for a, b < 1. */
function powerOfBoth(a: Real, b: Real): Real {
  const n = a + b;
  const below = n < 1.0 ? 1.0 + reciprocalOfFactorial(n) : (1.0 + reciprocalOfFactorial(n - 1.0)) / n;
  return ((b / n) * ((1.0 + reciprocalOfFactorial(a)) * (1.0 + reciprocalOfFactorial(b)))) / below;
}

/** log(Γ(a + b) / (Γ(b) Γ(1 + a))) for a < 1, of which no digits cancel if a is small. */
function logOfRatio(a: Real, b: Real): Real {
  let sum: Real = log1p(reciprocalOfFactorial(a));
  let c = b;
  for (; c < 8.0; c += 1.0) sum -= log1p(a / c);
  // The difference of Stirling's series J(n) − J(c), whose terms are those of (1/n^k − 1/c^k) / (1/n − 1/c).
  const n = a + c;
  const r = c / n;
  const w = 1.0 / c / c;
  const s3 = 1.0 + r * (1.0 + r);
  const s5 = 1.0 + r * (1.0 + r * s3);
  const s7 = 1.0 + r * (1.0 + r * s5);
  const s9 = 1.0 + r * (1.0 + r * s7);
  const s11 = 1.0 + r * (1.0 + r * s9);
  const s13 = 1.0 + r * (1.0 + r * s11);
  const series =
    1.0 - w * (0.03333333333333333 * s3 - w * (0.009523809523809525 * s5 - w * (0.0071428571428571425 * s7
    - w * (0.010101010101010102 * s9 - w * (0.023011655011655012 * s11 - w * 0.07692307692307693 * s13)))));
  const difference = (-a / c / n / 12.0) * series;
  return sum + ((c - 0.5) * log1pMinus(a / c) - (0.5 * a) / c + a * log(n)) + difference;
}

/** Returns the lower tail if `lower`, else the upper one, for a < 1 by the power series. */
function small(a: Real, b: Real, x: Real, y: Real, lower: boolean): Real {
  // B_x(a, b) a / x^a − 1 (DLMF 8.17.7)
  const sum = betaSeries(a, b, x);
  const power = b < 1.0 ? pow(x, a) * powerOfBoth(a, b) : powerOfSmall(a, b, x);
  const below = power * (1.0 + sum);
  if (lower) return below;
  if (below < 0.5) return 1.0 - below;
  const change = expm1(a * logOf(x, y) + logOfRatio(a, b));
  return -change - (1.0 + change) * sum;
}

/**
 * I_x(a, b) / powerTermOfBeta(a, b, x, y) by the even form of the continued fraction (DLMF 8.17.22). Its partial numerators and
 * denominators are scaled so that they have no divisions and do not overflow; each fourth convergent is compared.
 */
function fraction(a: Real, b: Real, x: Real, y: Real): Real {
  const s = 1.0 / (a + 1.0);
  const start = 1.0 - distance(a, b, x, y);
  let value = 1.0 / (a * s * start);
  let above: Real = value;
  let below: Real = 1.0;
  let aboveBefore: Real = 0.0;
  let belowBefore = value;
  let scaled: Real = 1.0;
  let m: Real = 1.0;
  while (m < 20000.0) {
    for (let k = 0; k < 4; k++) {
      const c = (a + 2.0 * m) * s;
      const term = m * (b - m) * x;
      const alpha = (a + m - 1.0) * s * ((a + b + m - 1.0) * s) * (term * x) * ((c + s) * scaled);
      const beta = (m * (c - s) + term * s) * (c + s) + (a + m) * s * (start + m * (1.0 + y)) * (c - s);
      const aboveNext = alpha * aboveBefore + beta * above;
      const belowNext = alpha * belowBefore + beta * below;
      aboveBefore = above;
      belowBefore = below;
      above = aboveNext;
      below = belowNext;
      scaled = c - s;
      m += 1.0;
    }
    const scale = 1.0 / below;
    above *= scale;
    aboveBefore *= scale;
    belowBefore *= scale;
    below = 1.0;
    const isFound = magnitude(above - value) <= 4e-16 * above;
    value = above;
    if (isFound) break;
  }
  return value;
}

/**
 * Returns the tail that does not have the mean, `lower` or not, of a and b ≥ 1000. With a u = (a + b) x − a, p = a / n, q = b / n
 * and N = ab / n, x^a y^b is e^(−N ζ² / 2) times its value at the mean, and dx / (x y) = (ζ / w) dζ for u = q w. The
 * coefficients of ζ / w in powers of ζ follow from ζ² / 2 = Σ ((−1)^k q^(k − 1) + p^(k − 1)) w^k / k by Lagrange's inversion.
 * Integrals of its terms follow from each other by parts.
 */
function uniform(a: Real, b: Real, x: Real, y: Real, lower: boolean): Real {
  const n = a + b;
  const p = a / n;
  const e = p * (b / n);
  const s = lower ? (a - b) / n : (b - a) / n;
  const size = p * b;
  const unit = 1.0 / size;
  const way = distance(a, b, x, y);
  const decrease = -(a * log1pMinus(way / a) + b * log1pMinus(-way / b));
  const z = squareRoot(2.0 * unit * decrease);
  const edge = exp(-decrease) * unit;
  const m0 = squareRoot(0.25 * TWO_PI * unit) * erfc(squareRoot(decrease));
  const m1 = edge;
  const m2 = z * edge + unit * m0;
  const m3 = z * z * edge + 2.0 * unit * m1;
  const m4 = z * z * z * edge + 3.0 * unit * m2;
  const z4 = z * z * (z * z);
  const m5 = z4 * edge + 4.0 * unit * m3;
  const m6 = z4 * z * edge + 5.0 * unit * m4;
  const m7 = z4 * z * z * edge + 6.0 * unit * m5;
  const m8 = z4 * z * z * z * edge + 7.0 * unit * m6;
  const m9 = z4 * z4 * edge + 8.0 * unit * m7;
  const m10 = z4 * z4 * z * edge + 9.0 * unit * m8;
  const rest =
    s * (-0.3333333333333333 * m1 - ((2.0 + e) / 135.0) * m3 + ((2.0 - e - e * e) / 5670.0) * m5
    + ((2.0 - e * (3.0 - e * e)) / 51030.0) * m7
    + ((-281.0 + e * (702.5 + e * (-43.5 + e * (48.5 + e * 140.5)))) / 151559100.0) * m9)
    + ((1.0 - e) / 12.0) * m2 + (((1.0 - e) * (1.0 - e)) / 864.0) * m4
    + ((-139.0 + e * (417.0 + e * (15.0 + e * 139.0))) / 777600.0) * m6
    + ((-571.0 + e * (2284.0 + e * (-1698.0 + e * (556.0 - e * 571.0)))) / 261273600.0) * m8
    + ((163879.0 - e * (819395.0 - e * (815398.0 + e * (7994.0 - e * (3997.0 + e * 163879.0))))) / 197522841600.0) * m10;
  return squareRoot(size / TWO_PI) * exp(-remainders(a, b)) * (m0 + rest);
}

/** Returns the lower tail if `lower`, else the upper one. x is neither 0 nor 1, and a and b are above 0. */
export function betaTail(a: Real, b: Real, x: Real, y: Real, lower: boolean): Real {
  if (a < 1.0 ? (b < 1.0 ? x <= (lower ? 0.75 : 0.25) : b * x <= 1.1 && x <= 0.7) : false) return small(a, b, x, y, lower);
  if (b < 1.0 ? (a < 1.0 ? true : a * y <= 1.1 && y <= 0.7) : false) return small(b, a, y, x, !lower);
  const way = distance(a, b, x, y);
  const least = a < b ? a : b;
  if (least >= 1000.0 && magnitude(way) <= 0.05 * least) {
    const side = uniform(a, b, x, y, way < 0.0);
    return lower === way < 0.0 ? side : 1.0 - side;
  }
  const isLower = a < 1.0 ? false : b < 1.0 ? true : way <= 1.0 - 2.0 * x;
  const size = powerTermOfBeta(a, b, x, y);
  if (size === 0.0) return isLower === lower ? 0.0 : 1.0;
  const value = size * (isLower ? fraction(a, b, x, y) : fraction(b, a, y, x));
  return isLower === lower ? value : 1.0 - value;
}

/** I_x(a, b) if `lower`, else 1 − I_x(a, b). */
function incompleteBeta(a: Real, b: Real, x: Real, lower: boolean): Real {
  if (!(a >= 0.0 && b >= 0.0 && x >= 0.0 && x <= 1.0)) return NaN;
  if ((a === 0.0 && b === 0.0) || (a === Infinity && b === Infinity)) return NaN;
  if (x === 0.0 || x === 1.0) return lower === (x === 1.0) ? 1.0 : 0.0;
  if (a === 0.0 || b === Infinity) return lower ? 1.0 : 0.0;
  if (b === 0.0 || a === Infinity) return lower ? 0.0 : 1.0;
  return betaTail(a, b, x, 1.0 - x, lower);
}

/** I_x(a, b) = B_x(a, b) / B(a, b), the regularised incomplete beta function. */
export function betaI(a: Real, b: Real, x: Real): Real {
  return incompleteBeta(a, b, x, true);
}

/** 1 − I_x(a, b). */
export function betaIComplement(a: Real, b: Real, x: Real): Real {
  return incompleteBeta(a, b, x, false);
}

/** (1 − x) / x with log x = logarithm, or a logarithm that x does not underflow at. */
function inverseOdds(logarithm: Real): Real {
  return expm1(-(logarithm < -690.0 ? -690.0 : logarithm));
}

/** Returns the odds x / y of a first guess for I_x(a, b) = p, from the distribution near its mean or at its ends. */
function start(a: Real, b: Real, p: Real, q: Real): Real {
  if (a >= 1.0 && b >= 1.0) {
    // M. Abramowitz and I. Stegun, Handbook of mathematical functions, 26.5.22
    const normal = p <= q ? -normalQuantile(p) : normalQuantile(q);
    const first = 1.0 / (2.0 * a - 1.0);
    const second = 1.0 / (2.0 * b - 1.0);
    const h = 2.0 / (first + second);
    const l = (normal * normal - 3.0) / 6.0;
    const w = (normal * squareRoot(h + l)) / h - (second - first) * (l + 0.8333333333333334 - 0.6666666666666666 / h);
    if (magnitude(w) < 300.0) return (a / b) * exp(-2.0 * w);
  }
  const n = a + b;
  const below = exp(a * log(a / n)) / a;
  const above = exp(b * log(b / n)) / b;
  const both = below + above;
  if (p * both < below) return 1.0 / inverseOdds(log(a * both * p) / a);
  return inverseOdds(log(b * both * q) / b);
}

/**
 * Returns the x with I_x(a, b) = p = 1 − q, by Newton's method for the logarithm of the smaller tail in the log-odds of x, of which it
 * is a concave function.
 */
function inverse(a: Real, b: Real, p: Real, q: Real): Real {
  if (!(a > 0.0 && b > 0.0 && a < Infinity && b < Infinity && p >= 0.0 && q >= 0.0)) return NaN;
  if (p === 0.0) return 0.0;
  if (q === 0.0) return 1.0;
  const isLower = p <= q;
  const wanted = isLower ? p : q;
  let low: Real = 0.0;
  let high: Real = Infinity;
  let odds = start(a, b, p, q);
  for (let step = 0; step < 200; step++) {
    const y = 1.0 / (1.0 + odds);
    const x = odds * y;
    if (x === 0.0) return 0.0;
    if (y === 0.0) return 1.0;
    const value = betaTail(a, b, x, y, isLower);
    if (value > wanted === isLower) high = odds;
    else low = odds;
    const error = log(value / wanted);
    const size = error * (value / powerTermOfBeta(a, b, x, y));
    const change = isLower ? -size : size;
    const next = odds * exp(change);
    if (magnitude(change) < 1e-8 && magnitude(error) < 1e-8) return x * exp(change) / (1.0 + x * expm1(change));
    if (next > low && next < high) odds = next;
    else if (high === Infinity) odds *= 16.0;
    else if (low === 0.0) odds *= 0.0625;
    else odds = squareRoot(low) * squareRoot(high);
  }
  return odds / (1.0 + odds);
}

/** Returns the x with I_x(a, b) = p. */
export function betaIInverse(a: Real, b: Real, p: Real): Real {
  return inverse(a, b, p, 1.0 - p);
}

/** Returns the x with 1 − I_x(a, b) = q. */
export function betaIComplementInverse(a: Real, b: Real, q: Real): Real {
  return inverse(a, b, 1.0 - q, q);
}
