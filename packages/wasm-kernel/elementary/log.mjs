/**
 * log and log1p.
 *
 * Method and constants: fdlibm e_log.c and s_log1p.c in the form of FreeBSD and musl, float32 constants from FreeBSD's
 * e_logf.c.
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun
 * Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is
 * freely granted, provided that this notice is preserved.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { value } from "./steps.mjs";
import { above, anyPositive, anySize, around, near, TINY, uniform } from "./sweep.mjs";

/**
 * e_log.c. x = 2^k m with m from √½ to √2; with f = m − 1 and s = f/(2+f), the polynomial gives
 * (log(1+f) − 2s)/s in s² (error below 2^−58 and 2^−34). `ln2High` ends in so many zero bits
 * that k·ln2High is exact.
 */
const LOG = {
  f32: {
    ln2High: 6.9313812256e-1,
    ln2Low: 9.0580006145e-6,
    polynomial: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
    smallestNormal: 2 ** -126,
    denormalShift: 25,
    tiny: 2 ** -25,
  },
  f64: {
    ln2High: 6.931471803691238e-1,
    ln2Low: 1.9082149292705877e-10,
    polynomial: [
      6.666666666666735e-1, 3.999999999940942e-1, 2.857142874366239e-1, 2.2222198432149784e-1,
      1.818357216161805e-1, 1.5313837699209373e-1, 1.4798198605116586e-1,
    ],
    smallestNormal: 2 ** -1022,
    denormalShift: 54,
    tiny: 2 ** -54,
  },
};

/**
 * Returns the terms of log(1 + f) = f − halfSquare + main, for |f| below √2 − 1.
 * @param {Value} f
 * @param {typeof LOG.f64} constants
 */
function series(f, { polynomial }) {
  const s = f.div(f.add(2)).named("s");
  const z = s.mul(s).named("z");
  const w = z.mul(z).named("w");
  const odd = w.mul(w.horner(polynomial.filter((_, power) => power % 2 === 1)));
  const even = z.mul(w.horner(polynomial.filter((_, power) => power % 2 === 0)));
  const halfSquare = f.mul(0.5).mul(f).named("halfSquare");
  return { halfSquare, main: s.mul(halfSquare.add(even.add(odd))) };
}

/**
 * Returns k ln 2 + log(1 + f) + correction, for |f| below √2 − 1.
 * @param {Value} k
 * @param {Value} f
 * @param {Value | undefined} correction
 * @param {typeof LOG.f64} constants
 */
function assemble(k, f, correction, constants) {
  const { ln2High, ln2Low } = constants;
  const { halfSquare, main } = series(f, constants);
  const low = correction === undefined ? k.mul(ln2Low) : k.mul(ln2Low).add(correction);
  return main.add(low).sub(halfSquare).add(f).add(k.mul(ln2High));
}

/**
 * Returns k and f of x = 2^k (1 + f), for 0 < x < Infinity.
 * @param {Value} x
 * @param {typeof LOG.f64} constants
 */
function split(x, { smallestNormal, denormalShift }) {
  const denormal = x.lt(smallestNormal).named("denormal");
  const scaled = denormal.select(x.mul(2 ** denormalShift), x).named("scaled");
  const exponent = scaled.exponent(Math.SQRT1_2).named("exponent");
  const k = exponent.sub(denormal.select(denormalShift, 0)).named("k");
  return { k, f: scaled.significand(exponent).sub(1).named("f") };
}

/**
 * Returns k and f of a normal number; see `split`.
 * @param {Value} x
 */
function splitNormal(x) {
  const k = x.exponent(Math.SQRT1_2).named("k");
  return { k, f: x.significand(k).sub(1).named("f") };
}

/**
 * Returns log x as high + low, which together have more correct digits than one number; high is x − 1 if k is 0.
 * @param {Value} x between 0 and Infinity
 * @param {"f32" | "f64"} precision
 * @param {"any" | "normal"} range whether x may be denormal
 */
export function logInTwo(x, precision, range) {
  const constants = LOG[precision];
  const { k, f } = range === "any" ? split(x, constants) : splitNormal(x);
  const { halfSquare, main } = series(f, constants);
  const doublings = k.mul(constants.ln2High).named("doublings");
  const high = doublings.add(f).named("high");
  const lost = doublings.sub(high).add(f);
  const low = lost.add(main.add(k.mul(constants.ln2Low)).sub(halfSquare)).named("low");
  return { high, low };
}

/** @param {"f32" | "f64"} precision */
function log(precision) {
  const constants = LOG[precision];
  return (/** @type {Value} */ x) => {
    const { k, f } = split(x, constants);
    const ordinary = assemble(k, f, undefined, constants);
    const ofLargest = x.lt(Infinity).select(ordinary, x); // Infinity and NaN stay what they are
    return x.gt(0).select(ofLargest, x.eq(0).select(-Infinity, NaN));
  };
}

/** Returns log x in float64 for 0 ≤ x ≤ Infinity, except for denormal x. @param {Value} x */
export function logWithinRange(x) {
  const { k, f } = splitNormal(x);
  const ordinary = assemble(k, f, undefined, LOG.f64);
  return x.eq(0).select(-Infinity, x.lt(Infinity).select(ordinary, x));
}

/** @param {"f32" | "f64"} precision */
function log1p(precision) {
  const constants = LOG[precision];
  return (/** @type {Value} */ x) => {
    const u = x.add(1).named("u");
    // The rounding error of u = 1 + x, relative to u: log(1+x) = log u + (1+x−u)/u.
    const larger = x.max(1).named("larger");
    const correction = x.min(1).sub(u.sub(larger)).div(u);
    const exponent = u.exponent(Math.SQRT1_2).named("k");
    const near = exponent.eq(0).named("near");
    const f = near.select(x, u.significand(exponent).sub(1)).named("f");
    const ordinary = assemble(exponent, f, near.select(0, correction), constants);
    // Also keeps −0.
    const ofSmall = x.abs().lt(constants.tiny).select(x, ordinary);
    const ofLargest = x.lt(Infinity).select(ofSmall, x);
    return x.gt(-1).select(ofLargest, x.eq(-1).select(-Infinity, value(NaN)));
  };
}

/** @type {import("./sweep.mjs").Sweep} */
const LOG_SWEEP = {
  oracle: "log",
  edges: [1, 2, 10, Math.E, Number.MAX_VALUE, ...TINY.filter((x) => x > 0)].concat(
    [1, Math.sqrt(0.5), Math.SQRT2].flatMap((x) => around(x)),
  ),
  draws: [anyPositive(), near(1, -52, -2), uniform(0.5, 2), uniform(0, 2.2e-308)],
};

/** @type {import("./sweep.mjs").Sweep} */
const LOG1P_SWEEP = {
  oracle: "log1p",
  edges: [1, Number.MAX_VALUE, ...TINY, 2 ** -52 - 1, 2 ** -53 - 1].concat(
    [Math.SQRT2 - 1, Math.sqrt(0.5) - 1, 1].flatMap((x) => around(x)),
  ),
  draws: [
    anyPositive(),
    anySize(-60, -0.01),
    uniform(-0.5, 1),
    above(-1, -52, -1),
    uniform(0, 1000),
  ],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).flatMap((precision) => [
  {
    name: "log",
    precision,
    steps: precision,
    parameters: ["x"],
    comment: "log x, the natural logarithm.",
    body: log(precision),
    worst: { f32: 0.85, f64: 0.85 }[precision],
    checksum: { f32: "bbed3596", f64: "ae78f973" }[precision],
    sweep: LOG_SWEEP,
  },
  {
    name: "log1p",
    precision,
    steps: precision,
    parameters: ["x"],
    comment: "log(1 + x), without the loss of small x.",
    body: log1p(precision),
    worst: { f32: 1, f64: 0.9 }[precision],
    checksum: { f32: "708e5faa", f64: "847dd7e1" }[precision],
    sweep: LOG1P_SWEEP,
  },
]);
