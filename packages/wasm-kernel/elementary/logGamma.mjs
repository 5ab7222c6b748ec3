/**
 * logGamma, the logarithm of |Γ|.
 *
 * From 7/2 on it is Stirling's formula (NIST DLMF 5.11.1), with a fitted polynomial in place of the series. From 0 to
 * 7/2 it is a polynomial around the zero at 2, log Γ(2 + u) = u P(u), after one shift log Γ(z) = log Γ(z ± k) ± log ….
 * There u is exact, so results near 1 and 2, where log Γ is 0, keep their digits: near 1 both terms are multiples of z
 * − 1. Below 0 it uses the reflection Γ(−z) Γ(z) = −π / (z sin πz) (DLMF 5.5.3); between its poles log |Γ| has zeros,
 * near which two terms cancel. Logarithms are sums of two numbers, since Stirling's formula multiplies them by z.
 *
 * All coefficients are Chebyshev fits by mpmath with 70 to 100 digits.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { logInTwo } from "./log.mjs";
import { branch, FORMAT, seldom, value } from "./steps.mjs";
import { anyPositive, anySize, around, near, TINY, uniform } from "./sweep.mjs";

/** The argument from which on Stirling's formula is used. */
const STIRLING = 3.5;

/** (log 2π − 1)/2 */
const HALF_LOG = 0.4189385332046727;

const LOG_GAMMA = {
  f32: {
    /** P: log Γ(2 + u) / u in u from −0.65 to 0.5; error 2^−33. */
    nearTwo: [
      0.4227843351856892, 0.32246703339690946, -0.06735231717493893, 0.020580809178933554,
      -0.00738507200608806, 0.0028905919286816577, -0.001197815817248332, 0.0005078459104468704,
      -0.00020061898400522342, 0.0001108106715068412, -0.0000832523838904749,
    ],
    /** z (log Γ(z) − (z − ½) log z + z − ½ log 2π) in 1/z²; error 2^−32. */
    correction: [
      0.08333333312860593, -0.002777695783530361, 0.000788441374484065, -0.00048517816800686266,
    ],
    /** (sin πr / πr − 1) / r² in r²; error 2^−31. */
    sine: [
      -1.644934066574123, 0.8117423703914005, -0.19075006415369822, 0.026128072061184743,
      -0.0022550892144868606,
    ],
    /** The argument up to which log |Γ(−z)| and log Γ(z) round to the same number. */
    tiny: 2 ** -30,
  },
  f64: {
    /** Error 2^−58. */
    nearTwo: [
      0.42278433509846713, 0.3224670334241132, -0.06735230105319681, 0.020580808427790535,
      -0.0073855510288024714, 0.0028905103303562374, -0.0011927539067676613, 0.000509669536604259,
      -0.00022315485297170882, 0.00009945730748839559, -0.000044925226574762113,
      0.000020509351299499147, -0.000009445750700145849, 0.000004361196022887505,
      -0.000002017252206171886, 0.0000010076661166177289, -4.872000172971955e-7,
      1.0000573904022632e-7, -8.527263838291768e-8, 1.5347109890812898e-7,
    ],
    /** Error 2^−55. */
    correction: [
      0.08333333333333331, -0.002777777777738238, 0.0007936507771001398, -0.0005952353805006351,
      0.0008415212349805795, -0.0019061003260138095, 0.006049651273607277, -0.021959580937826486,
      0.06735571132885702, -0.11232817910968217,
    ],
    /** Error 2^−58. */
    sine: [
      -1.6449340668482264, 0.8117424252833519, -0.1907518241219414, 0.026147847813081743,
      -0.002346080963525959, 0.00014842817836379502, -0.000006972961128185442, 2.45918692848767e-7,
    ],
    tiny: 2 ** -60,
  },
};

/**
 * Returns log Γ(z) for z ≥ 0, and NaN for NaN.
 * @param {Value} z
 * @param {"f32" | "f64"} precision
 */
function ofPositive(z, precision) {
  const { nearTwo, correction } = LOG_GAMMA[precision];
  const isLarge = z.ge(STIRLING).named("isLarge");
  const belowHalf = z.lt(0.5).named("belowHalf");
  const aboveTwo = z.ge(2.5).named("aboveTwo");
  // The limit is 1.35, since at 3/2 the terms would be three times the result, and u P(u) has a smaller error.
  const belowTwo = z.lt(1.35).named("belowTwo");
  // The factor or divisor of Γ for the shift.
  const factor = belowHalf.select(
    z.mul(z.add(1)),
    belowTwo.select(z, aboveTwo.select(z.sub(1), 1)),
  );
  const { high, low } = logInTwo(isLarge.select(z, factor).named("argument"), precision, "any");
  const finite = branch(
    isLarge,
    () => {
      const inverse = value(1).div(z).named("inverse");
      const rest = inverse.mul(inverse.mul(inverse).named("w").horner(correction)).add(HALF_LOG);
      const lessHalf = z.sub(0.5).named("lessHalf");
      // The logarithm is rounded to one number first, so that the product does not overflow where the result does not.
      const log = high.add(low).named("log");
      const logRest = high.sub(log).add(low);
      return lessHalf.mul(log.sub(1)).add(lessHalf.mul(logRest).add(rest));
    },
    () => {
      const shift = belowHalf.select(0, belowTwo.select(1, aboveTwo.select(3, 2)));
      const u = z.sub(shift).named("u");
      const shifted = u.mul(u.horner(nearTwo)).named("shifted");
      return belowTwo.select(shifted.sub(high).sub(low), shifted.add(high).add(low));
    },
  );
  return z.eq(0).select(Infinity, z.lt(Infinity).select(finite, z));
}

/**
 * Returns log |Γ(−z)| for z > 0.
 * @param {Value} z
 * @param {Value} positive log Γ(z)
 * @param {"f32" | "f64"} precision
 */
function ofNegative(z, positive, precision) {
  const { sine, tiny } = LOG_GAMMA[precision];
  const { integersFrom } = FORMAT[precision];
  // All numbers above `integersFrom` are integers; adding and subtracting it rounds lesser numbers to an integer.
  const size = z.min(integersFrom).named("size");
  const r = size.sub(size.add(integersFrom).sub(integersFrom)).abs().named("r");
  const r2 = r.mul(r).named("r2");
  const sineOverPi = r.add(r.mul(r2.mul(r2.horner(sine))));
  const product = size.mul(sineOverPi).named("product");
  const { high, low } = logInTwo(product, precision, "normal");
  const reflected = high.add(positive).add(low).neg();
  return z.lt(tiny).select(positive, product.eq(0).select(Infinity, reflected));
}

/** @param {"f32" | "f64"} precision */
function logGamma(precision) {
  return (/** @type {Value} */ x) => {
    const z = x.abs().named("z");
    const positive = ofPositive(z, precision).named("positive");
    const isNegative = x.lt(0).named("isNegative");
    return seldom(
      isNegative,
      () => ofNegative(z, positive, precision),
      () => positive,
    );
  };
}

/** The largest number with a finite result. */
const LARGEST = 2.5599833278516383e305;

/** @type {import("./sweep.mjs").Sweep} */
const SWEEP = {
  oracle: "loggamma",
  edges: [10, 100, 1e10, 1e300, 1.79e308, -0.5, -1.5, -2.5, -3.5, -100.5, ...TINY].concat(
    // The arguments where the method changes, and the zeros below 0 that are farthest from a pole.
    [0.5, 1, 1.35, 2, 2.5, 3.5, LARGEST, -2.4570247382208006, -2.747682646727413, -3.14358088834998]
      .flatMap((x) => around(x))
      .filter((x) => x !== 1 && x !== 2),
  ),
  draws: [
    uniform(0, 4),
    near(1, -52, -2),
    near(2, -52, -2),
    uniform(2, 12),
    anyPositive(),
    uniform(-3, 0),
    uniform(-20, 0),
    anySize(-60, 8),
  ],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "logGamma",
  group: "special",
  precision,
  steps: precision,
  parameters: ["x"],
  comment: "log |Γ(x)|.",
  body: logGamma(precision),
  worst: { f32: 3.9, f64: 3.6 }[precision],
  cancelsBelow: -2,
  checksum: { f32: "0ededdcb", f64: "a8b0faba" }[precision],
  sweep: SWEEP,
}));
