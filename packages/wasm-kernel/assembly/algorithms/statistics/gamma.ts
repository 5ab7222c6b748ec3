// The incomplete gamma functions P and Q, their inverses, and the remainder of Stirling's series.
//
//   a ≥ 20, |x − a| ≤ 0.4 a     Temme's uniform expansion (N. M. Temme, SIAM J. Math. Anal. 10, 1979; NIST DLMF 8.12)
//   x ≤ a, or x ≤ 1.1           P by its series (DLMF 8.11.4); Q of it, or by a series without cancellation for small a
//   else                        Q by Legendre's continued fraction (DLMF 8.9.2)
//
// The cases are those of A. DiDonato and A. Morris (ACM Transactions on Mathematical Software 12, 1986, algorithm 654).

import { Real } from "../elements";
import {
  BINET_MIDDLE, BINET_SCALE, binetHigh, binetLow, reciprocalGamma, temme0, temme1, temme2, temme3, temme4, temme5,
  temme6, temme7, temme8, temme9, temme10, temme11,
} from "./coefficients";
import { normalQuantile } from "./normal";
import { erfc, exp, expm1, floor, log, log1p, magnitude, pow, series, squareRoot } from "./scalars";

/** √(2π) */
const ROOT_TWO_PI: Real = 2.5066282746310002;

/** The distance of 1 from the next number. */
const EPSILON: Real = 2.220446049250313e-16;

/** log Γ(a) − (a − ½) log a + a − ½ log 2π, Binet's function J(a). */
export function stirlingRemainder(a: Real): Real {
  if (!(a >= 0.0)) return NaN;
  if (a < 0.5) {
    // J(a) = J(a + 1) + (a + ½) log(1 + 1/a) − 1
    return stirlingRemainder(a + 1.0) + ((a + 0.5) * (log1p(a) - log(a)) - 1.0);
  }
  const scaled =
    a < 3.0
      ? binetLow((BINET_SCALE * (a - BINET_MIDDLE)) / (a + BINET_MIDDLE))
      : binetHigh(18.0 / (a * a) - 1.0);
  return scaled / (12.0 * a);
}

/** log(1 + u) − u for u > −1: by r = u / (2 + u) where it would cancel. */
export function log1pMinus(u: Real): Real {
  if (u < -0.4 || u > 0.7) return log1p(u) - u;
  const r = u / (2.0 + u);
  const y = r * r;
  // artanh(r) − r = r (y/3 + y²/5 + …)
  const z = y * y;
  const series =
    0.3333333333333333 + z * (0.14285714285714285 + z * (0.09090909090909091 + z * (0.06666666666666667
    + z * (0.05263157894736842 + z * (0.043478260869565216 + z * 0.037037037037037035)))))
    + y * (0.2 + z * (0.1111111111111111 + z * (0.07692307692307693 + z * (0.058823529411764705
    + z * (0.047619047619047616 + z * (0.04 + z * 0.034482758620689655))))));
  return r * (2.0 * y * series - u);
}

/** The least exponent whose rounding costs few digits, so that one function computes a power and an exponential. */
const LEAST_EXPONENT: Real = -24.0;

/** x^a e^−x / Γ(a + 1). */
export function powerTermOfGamma(a: Real, x: Real): Real {
  if (a < 1.0) {
    const exponent = a * log(x) - x;
    const size = exponent > LEAST_EXPONENT ? exp(exponent) : pow(x, a) * exp(-x);
    return size * (1.0 + a * (1.0 - a) * reciprocalGamma(2.0 * a - 1.0));
  }
  const root = ROOT_TWO_PI * squareRoot(a);
  const remainder = stirlingRemainder(a);
  if (x >= 0.3 * a) return exp(a * log1pMinus((x - a) / a) - remainder) / root;
  const ratio = x / a;
  const exponent = a * (log(ratio) + (1.0 - ratio));
  if (exponent > LEAST_EXPONENT) return exp(exponent - remainder) / root;
  return (pow(ratio * exp(1.0 - ratio), a) * exp(-remainder)) / root;
}

/**
 * Q(a, x) / (a powerTermOfGamma(a, x)) by the continued fraction, from its end: each step makes earlier errors smaller. The rest
 * is a quotient without a division at each step, and its terms are scaled so that they do not overflow.
 */
function fraction(a: Real, x: Real): Real {
  const start = x - a + 1.0;
  // By comparison with mpmath, five in six of these steps have all digits.
  const count = 2.0 * floor(50.0 / x + (a < 20.0 ? 5.0 + 0.25 * a : 11.5));
  const scale = 1.0 / (start + 2.0 * count);
  const square = scale * scale;
  let above: Real = 0.0;
  let below: Real = 1.0;
  // Two steps at once, so that one multiplication and one addition wait for those before.
  for (let k = count; k > 0.0; k -= 2.0) {
    const first = (start + 2.0 * k) * scale;
    const second = (start + 2.0 * (k - 1.0)) * scale;
    const factor = (k - 1.0) * (a - (k - 1.0)) * square;
    const next = (second * first + k * (a - k) * square) * below + second * above;
    above = factor * first * below + factor * above;
    below = next;
  }
  return below / (start * below + above / scale);
}

/** Q of small a and x: 1 − x^a / Γ(a + 1) and the rest of the series of P, without cancellation. */
function smallUpper(a: Real, x: Real): Real {
  let term: Real = 1.0;
  let sum: Real = 0.0;
  for (let n: Real = 1.0; n < 100.0; n += 1.0) {
    term *= -x / n;
    const next = term / (a + n);
    sum += next;
    if (magnitude(next) <= 0.1 * EPSILON * magnitude(sum)) break;
  }
  // x^a / Γ(a + 1) − 1 = (x^a − 1)(1 + g) + g
  const g = a * (1.0 - a) * reciprocalGamma(2.0 * a - 1.0);
  const power = expm1(a * log(x));
  return -(power * (1.0 + g) + g) - a * (1.0 + power) * (1.0 + g) * sum;
}

/** Temme's expansion: the tail of x ≤ a if `lower`, else the other one. */
function uniform(a: Real, x: Real, lower: boolean): Real {
  const exponent = -log1pMinus((x - a) / a);
  const size = squareRoot(2.0 * exponent);
  const t = x < a ? -size : size;
  const w = 1.0 / a;
  let sum: Real = 0.0;
  if (a < 1000.0) {
    sum = w * (temme6(t) + w * (temme7(t) + w * (temme8(t) + w * (temme9(t) + w * (temme10(t) + w * temme11(t))))));
    sum = w * (temme4(t) + w * (temme5(t) + sum));
  }
  sum = temme0(t) + w * (temme1(t) + w * (temme2(t) + w * (temme3(t) + sum)));
  const rest = (exp(-a * exponent) / (ROOT_TWO_PI * squareRoot(a))) * sum;
  const argument = squareRoot(a * exponent);
  if (lower === x < a) return 0.5 * erfc(argument) + (lower ? -rest : rest);
  return 0.5 * erfc(-argument) + (lower ? -rest : rest);
}

/** P(a, x) if `lower`, else Q(a, x). */
function incompleteGamma(a: Real, x: Real, lower: boolean): Real {
  if (!(a >= 0.0 && x >= 0.0)) return NaN;
  if (a === 0.0 || x === Infinity) {
    if (a === Infinity || (a === 0.0 && x === 0.0)) return NaN;
    return lower ? 1.0 : 0.0;
  }
  if (x === 0.0 || a === Infinity) return lower ? 0.0 : 1.0;
  if (a >= 20.0 && magnitude(x - a) <= 0.4 * a) return uniform(a, x, lower);
  if (x > a && x > 1.1) {
    const upper = a * powerTermOfGamma(a, x) * fraction(a, x);
    return lower ? 1.0 - upper : upper;
  }
  if (!lower && a < 1.0 && (x > 0.5 ? a < 1.1 * x : a < -0.4 / log(x))) return smallUpper(a, x);
  // DLMF 8.11.4
  const below = powerTermOfGamma(a, x) * series(a, x);
  return lower ? below : 1.0 - below;
}

/** P(a, x) = γ(a, x) / Γ(a), the lower regularised incomplete gamma function. */
export function gammaP(a: Real, x: Real): Real {
  return incompleteGamma(a, x, true);
}

/** Q(a, x) = Γ(a, x) / Γ(a), the upper one. */
export function gammaQ(a: Real, x: Real): Real {
  return incompleteGamma(a, x, false);
}

/** Returns the x with P(a, x) = p and Q(a, x) = q, by Newton's method for the logarithm of the smaller, in log x. */
function inverse(a: Real, p: Real, q: Real): Real {
  if (!(a > 0.0 && a < Infinity && p >= 0.0 && q >= 0.0)) return NaN;
  if (p === 0.0) return 0.0;
  if (q === 0.0) return Infinity;
  const isLower = p <= q;
  const wanted = isLower ? p : q;
  let low: Real = 0.0;
  let high: Real = Infinity;
  let x = start(a, p, q);
  for (let step = 0; step < 200; step++) {
    const value = incompleteGamma(a, x, isLower);
    if (value > wanted === isLower) high = x;
    else low = x;
    const slope = (a * powerTermOfGamma(a, x)) / value;
    const change = log(value / wanted) / slope;
    const next = x * exp(isLower ? -change : change);
    if (magnitude(change) < 1e-9) return next;
    if (next > low && next < high) {
      if (next === x) return x;
      x = next;
    } else if (high === Infinity) x *= 4.0;
    else if (low === 0.0) x *= 0.0625;
    else x = squareRoot(low) * squareRoot(high);
    if (x === 0.0) return x;
  }
  return x;
}

/** A first guess: that of E. B. Wilson and M. M. Hilferty, or x^a / Γ(a + 1) where that is p. */
function start(a: Real, p: Real, q: Real): Real {
  if (a >= 1.0) {
    const normal = p <= q ? normalQuantile(p) : -normalQuantile(q);
    const root = 1.0 - 1.0 / (9.0 * a) + normal / (3.0 * squareRoot(a));
    if (root > 0.3) return a * root * root * root;
  }
  const logarithm = logGamma1p(a);
  const low = exp((log(p) + logarithm) / a);
  if (low < 0.5 * (a + 1.0)) return low > 1e-305 ? low : 1e-305;
  return a - log(q) < 700.0 ? a - log(q) : 700.0;
}

/** log Γ(a + 1), for a guess. */
function logGamma1p(a: Real): Real {
  const b = a + 1.0;
  return (b - 0.5) * log(b) - b + 0.9189385332046727 + stirlingRemainder(b);
}

/** Returns the x with P(a, x) = p. */
export function gammaPInverse(a: Real, p: Real): Real {
  return inverse(a, p, 1.0 - p);
}

/** Returns the x with Q(a, x) = q. */
export function gammaQInverse(a: Real, q: Real): Real {
  return inverse(a, 1.0 - q, q);
}
