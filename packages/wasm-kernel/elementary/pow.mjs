/**
 * pow.
 *
 * float64: method and constants of fdlibm e_pow.c, which computes log2 |x| as a sum of two numbers with some 68 correct
 * bits, multiplies it by y, and raises 2 to the product. Heads of products are float32 numbers here (24 bits, rounded)
 * instead of the upper word (21 bits, truncated). float32: e^(y log |x|) in float64, whose error of 2^−45 hardly ever
 * affects the rounded result.
 *
 * Special values are those of IEEE 754 and C99: x^0 = 1^y = 1 even for NaN (Math.pow has
 * NaN for 1^NaN and 1^±Infinity). x^1, x^2, x^−1 and x^½ are correctly rounded. x^3 is (x · x) · x, rounded twice, as in
 * PyTorch and JAX: loops with a constant exponent compute the same in a thirtieth of the time.
 *
 * Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy,
 * modify, and distribute this software is freely granted, provided that this notice is
 * preserved.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { expWithinRange } from "./exp.mjs";
import { logWithinRange } from "./log.mjs";
import { branch, FORMAT, value } from "./steps.mjs";
import { above, around, integer, near, powerTo, uniform } from "./sweep.mjs";

/** The bound beyond which every y is an even integer, and every |x| except 1 gives 0 or Infinity. */
const LARGEST_Y = 2 ** 65;

const SMALLEST_NORMAL = 2 ** -1022;

/** e_pow.c. The significand is in [√¾, √3); above √1.5 log2 is taken relative to 1.5. */
const SQRT_3_4 = Math.sqrt(0.75);
const SQRT_3_2 = Math.sqrt(1.5);
const LOG2_3_2_HIGH = 5.849624872207642e-1;
const LOG2_3_2_LOW = 1.350039202129749e-8;
/** (log x − 2s)/s³ − 2/3 over 3/2 in s², where s = (x−b)/(x+b) with b = 1 or 1.5. */
const L = [
  5.999999999999946e-1, 4.285714285785502e-1, 3.3333332981837743e-1, 2.72728123808534e-1,
  2.3066074577556175e-1, 2.0697501780033842e-1,
];
/** 2/(3 ln 2) as one number, and as a sum of two. */
const CP = 9.617966939259756e-1;
const CP_HIGH = 9.617967009544373e-1;
const CP_LOW = -7.028461650952758e-9;
/** ln 2 as one number, and as a sum of two. */
const LN2 = 6.931471805599453e-1;
const LN2_HIGH = 6.931471824645996e-1;
const LN2_LOW = -1.904654299957768e-9;
/** The polynomial of exp (e_exp.c). */
const P = [
  1.6666666666666602e-1, -2.7777777777015593e-3, 6.613756321437934e-5, -1.6533902205465252e-6,
  4.1381367970572385e-8,
];

/** Returns log2 x as high + low, where high is a head, for 0 < x < Infinity. @param {Value} x */
function log2InTwo(x) {
  const denormal = x.lt(SMALLEST_NORMAL).named("denormal");
  const scaled = denormal.select(x.mul(2 ** 53), x).named("scaled");
  const exponent = scaled.exponent(SQRT_3_4).named("exponent");
  const k = exponent.sub(denormal.select(53, 0)).named("k");
  const m = scaled.significand(exponent).named("m");
  const above = m.gt(SQRT_3_2).named("above");
  const b = above.select(1.5, 1).named("b");
  const baseHigh = above.select(LOG2_3_2_HIGH, 0).named("baseHigh");
  const baseLow = above.select(LOG2_3_2_LOW, 0);

  // s = sHigh + sLow = (m − b)/(m + b)
  const difference = m.sub(b).named("difference");
  const sum = m.add(b).named("sum");
  const inverse = value(1).div(sum).named("inverse");
  const s = difference.mul(inverse).named("s");
  const sHigh = s.head().named("sHigh");
  const sumHigh = sum.head().named("sumHigh");
  const sumLow = m.sub(sumHigh.sub(b)).named("sumLow");
  const sLow = inverse.mul(difference.sub(sHigh.mul(sumHigh)).sub(sHigh.mul(sumLow))).named("sLow");

  // log m = 2s + (2/3) s³ (…), written 2/3 · s (3 + s² + r)
  const s2 = s.mul(s).named("s2");
  const r = s2
    .mul(s2)
    .mul(s2.horner(L))
    .add(sLow.mul(sHigh.add(s)))
    .named("r");
  const sHigh2 = sHigh.mul(sHigh).named("sHigh2");
  const factor = sHigh2.add(3).add(r).head().named("factor");
  const factorLow = r.sub(factor.sub(3).sub(sHigh2));
  const u = sHigh.mul(factor).named("u");
  const v = sLow.mul(factor).add(factorLow.mul(s)).named("v");

  // The sum is multiplied by 2/(3 ln 2).
  const pHigh = u.add(v).head().named("pHigh");
  const pLow = v.sub(pHigh.sub(u)).named("pLow");
  const zHigh = pHigh.mul(CP_HIGH).named("zHigh");
  const zLow = pHigh.mul(CP_LOW).add(pLow.mul(CP)).add(baseLow).named("zLow");
  const high = zHigh.add(zLow).add(baseHigh).add(k).head().named("logHigh");
  const low = zLow.sub(high.sub(k).sub(baseHigh).sub(zHigh)).named("logLow");
  return { high, low };
}

/** Returns 2^(high + low), for |low| far below |high|. @param {Value} high @param {Value} low */
function exp2OfTwo(high, low) {
  // 2^±1100 is Infinity or 0, and low then no longer matters.
  const pHigh = high.max(-1100).min(1100).named("powerHigh");
  const pLow = low.max(-1).min(1).named("powerLow");
  const n = pLow.add(pHigh).nearest().named("n");
  const rest = pHigh.sub(n).named("rest");
  const t = pLow.add(rest).head().named("t");
  const u = t.mul(LN2_HIGH).named("uExp");
  const v = pLow.sub(t.sub(rest)).mul(LN2).add(t.mul(LN2_LOW)).named("vExp");
  const z = u.add(v).named("z");
  const w = v.sub(z.sub(u)).named("w");
  const z2 = z.mul(z).named("z2");
  const c = z.sub(z2.mul(z2.horner(P))).named("c");
  const r = z
    .mul(c)
    .div(c.sub(2))
    .sub(w.add(z.mul(w)));
  const y = value(1).sub(r.sub(z)).named("y");
  const half = n.mul(0.5).nearest().named("half");
  return y.mul(half.pow2()).mul(n.sub(half).pow2());
}

/** Returns |x|^y in float64, without the special values. @param {Value} size @param {Value} y */
function powerF64(size, y) {
  const { high, low } = log2InTwo(size);
  const yHigh = y.head().named("yHigh");
  const productLow = y.sub(yHigh).mul(high).add(y.mul(low));
  const power = exp2OfTwo(yHigh.mul(high), productLow).named("power");
  const atZero = y.lt(0).select(Infinity, 0);
  const atInfinity = y.lt(0).select(0, Infinity);
  return size.eq(0).select(atZero, size.eq(Infinity).select(atInfinity, power));
}

/** Returns |x|^y of two float32, without the special values. @param {Value} size @param {Value} y */
function powerF32(size, y) {
  return expWithinRange(logWithinRange(size).mul(y).max(-150).min(150));
}

/** True if a number ≥ 0 has no fraction. @param {Value} size */
function isInteger(size) {
  const { integersFrom } = FORMAT.f64;
  return size.ge(integersFrom).or(size.add(integersFrom).sub(integersFrom).eq(size));
}

/** @param {"f32" | "f64"} precision */
function pow(precision) {
  return (/** @type {Value} */ x, /** @type {Value} */ y) => {
    const size = x.abs().named("size");
    const finiteY = y.max(-LARGEST_Y).min(LARGEST_Y).named("finiteY");
    const power = precision === "f32" ? powerF32(size, finiteY) : powerF64(size, finiteY);
    const ofSize = power.named("ofSize");

    const ofNegative = () => {
      const ySize = y.abs().named("ySize");
      const integer = isInteger(ySize).named("integer");
      const odd = integer.and(isInteger(ySize.mul(0.5)).not());
      const hasNone = integer.or(x.eq(0)).or(x.eq(-Infinity)).not();
      return hasNone.select(NaN, odd.select(ofSize.neg(), ofSize));
    };
    const signed = branch(x.isNegative(), ofNegative, () => ofSize).named("signed");

    const square = x.mul(x).named("square");
    // In float64 the square of a float32 is exact, and its head is the square as float32 rounds it.
    const cube = (precision === "f32" ? square.head() : square).mul(x);
    const product = y.eq(3).select(cube, y.eq(2).select(square, y.eq(1).select(x, signed)));
    const inverse = y.eq(-1).select(value(1).div(x), product);
    const root = y.eq(0.5).and(x.gt(0)).select(x.sqrt(), inverse);
    const withNaN = x.isNaN().or(y.isNaN()).select(NaN, root);
    return y.eq(0).or(x.eq(1)).select(1, withNaN);
  };
}

/** @type {import("./sweep.mjs").Sweep} */
const SWEEP = {
  oracle: "power",
  edges: [
    ...[-300, -22, -1, 1, 2, 22, 23, 300, 308].map((y) => [10, y]),
    ...[-1074, -1073, -1022, 1023].map((y) => [2, y]),
    ...[SQRT_3_4, SQRT_3_2].flatMap((edge) => around(edge)).map((x) => [x, 1.3]),
    ...around(1024 / Math.log2(1.5)).map((y) => [1.5, y]),
    ...[1074, 1075, 1022].flatMap((edge) => around(edge)).map((y) => [0.5, y]),
    ...[5e-324, 1e-310, 1e308].flatMap((x) => [-0.9, 0.1, 0.5, 1, 2].map((y) => [x, y])),
    [1 + 2 ** -52, 2 ** 52],
    [1 - 2 ** -53, -(2 ** 60)],
    [1 + 2 ** -52, 3e18],
    [-8, 3],
  ],
  draws: [
    [above(0, -1000, 1000), powerTo(-1080, 1030)],
    [near(1, -52, -2), powerTo(-1076, 1025)],
    [integer(-40, 40), integer(-60, 60)],
    [uniform(0, 10), uniform(-10, 10)],
    [uniform(0.8, 1.3), uniform(-2000, 2000)],
  ],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "pow",
  precision,
  steps: /** @type {const} */ ("f64"),
  parameters: ["x", "y"],
  comment: "x^y; 1 for y = 0 or x = 1, even if the other is NaN.",
  body: pow(precision),
  worst: { f32: 0.51, f64: 0.9 }[precision],
  checksum: { f32: "feccb53d", f64: "ea703ad9" }[precision],
  sweep: SWEEP,
}));
