/**
 * exp and expm1, and the exponential for tanh.
 *
 * Method and constants: fdlibm e_exp.c and s_expm1.c, float32 constants from FreeBSD's e_expf.c
 * and s_expm1f.c (conversion by Ian Lance Taylor, Cygnus Support). Comments at the lines describe the differences: this
 * code has no branches, and the last additions of expm1 keep their rounding errors.
 *
 * Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft,
 * a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this
 * software is freely granted, provided that this notice is preserved.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { value } from "./steps.mjs";
import { anySize, around, TINY, uniform } from "./sweep.mjs";

/** 1/ln 2, with which the number of doublings is found. */
const INVERSE_LN2 = Math.LOG2E;

/**
 * e_exp.c. `ln2High` ends in so many zero bits that n·ln2High is exact. The polynomial gives
 * r − r(e^r+1)/(e^r−1)+2 in r² (a Remez approximation, error below 2^−59 and 2^−27).
 * Beyond `least` and `most` the result is 0 or Infinity. At `least` both halves of 2^n are 0 (see `pow2`), since a
 * product that underflows takes processors 100 times as long, and −Infinity is frequent in masked scores.
 */
const EXP = {
  f32: {
    ln2High: 6.9314575195e-1,
    ln2Low: 1.4286067653e-6,
    polynomial: [1.666662544e-1, -2.7667332906e-3],
    least: -176.1,
    most: 89,
  },
  f64: {
    ln2High: 6.931471803691238e-1,
    ln2Low: 1.9082149292705877e-10,
    polynomial: [
      1.6666666666666602e-1, -2.7777777777015593e-3, 6.613756321437934e-5, -1.6533902205465252e-6,
      4.1381367970572385e-8,
    ],
    least: -1418.2,
    most: 710,
  },
};

/**
 * Splits x into n ln 2 + (high − low) with an integer n.
 * @param {Value} x
 * @param {{ ln2High: number, ln2Low: number }} constants
 */
function reduce(x, { ln2High, ln2Low }) {
  const n = x.mul(INVERSE_LN2).nearest().named("n");
  const high = x.sub(n.mul(ln2High)).named("high");
  const low = n.mul(ln2Low).named("low");
  return { n, high, low };
}

/**
 * Returns e^(high − low) as sum + rest. fdlibm adds 1 + ((quotient − low) + high); here the error of 1 + high is kept
 * (Dekker's Fast2Sum), so that little more than the last rounding remains.
 * @param {Value} high
 * @param {Value} low
 * @param {typeof EXP.f64} constants
 */
function expInTwo(high, low, constants) {
  const r = high.sub(low).named("r");
  const z = r.mul(r).named("z");
  const c = r.sub(z.mul(z.horner(constants.polynomial))).named("c");
  const quotient = r.mul(c).div(value(2).sub(c));
  const sum = value(1).add(high).named("sum");
  const lost = value(1).sub(sum).add(high);
  return { sum, rest: lost.add(quotient.sub(low)) };
}

/**
 * Returns n and y of e^x = 2^n y, before the scaling.
 * @param {Value} x
 * @param {typeof EXP.f64} constants
 */
function significandOfExp(x, constants) {
  const { n, high, low } = reduce(x, constants);
  const { sum, rest } = expInTwo(high, low, constants);
  return { n, y: sum.add(rest).named("y") };
}

/**
 * Returns y 2^n, multiplied in two steps, since neither 2^1024 nor 2^−1074 is a normal number: the first product is
 * exact and the second rounds once, also when it is denormal.
 * @param {Value} y
 * @param {Value} n
 */
export function scaled(y, n) {
  const half = n.mul(0.5).nearest().named("half");
  return y.mul(half.pow2()).mul(n.sub(half).pow2());
}

/** @param {"f32" | "f64"} precision */
function exp(precision) {
  const constants = EXP[precision];
  return (/** @type {Value} */ x) => {
    const { n, y } = significandOfExp(x.max(constants.least).min(constants.most), constants);
    return scaled(y, n);
  };
}

/** Returns e^x in float64 for |x| up to 700, where one scaling is enough. @param {Value} x */
export function expWithinRange(x) {
  const { n, y } = significandOfExp(x, EXP.f64);
  return y.mul(n.pow2());
}

/**
 * (e^r − 1 − r)/r² in r, a Chebyshev fit over ±ln 2/2 by mpmath's `chebyfit` with 40 digits; its error
 * is 0.004 ulp of e^r.
 */
const FLOAT32_TAIL = [
  0.5000000013465808, 0.16666666681623232, 0.041666464925285904, 0.0083333109254809,
  0.001393364999630925, 0.00019890990824673654,
];

/**
 * Returns e^x in float32 for |x| up to 80, with an error of up to one ulp. Without fdlibm's division, it takes two
 * thirds of the time of `halfOfExpPlus`.
 * @param {Value} x
 */
export function expWithinRange32(x) {
  const { n, high, low } = reduce(x, EXP.f32);
  const r = high.sub(low).named("r");
  const tail = r.mul(r).mul(r.horner(FLOAT32_TAIL));
  return value(1).add(r.add(tail)).mul(n.pow2());
}

/**
 * Returns n, sum and rest of e^(−x²) = 2^n (sum + rest) in float64, for x from 2^−10 to 30. The square is exact: its
 * greater part is the square of the head of x, which ends in so many zero bits that its reduction is exact.
 * @param {Value} x
 */
export function expOfMinusSquare(x) {
  const { ln2High, ln2Low } = EXP.f64;
  const xHead = x.head().named("xHead");
  const square = xHead.mul(xHead).named("square");
  const squareLow = x.sub(xHead).mul(x.add(xHead)).named("squareLow");
  const halvings = square.mul(INVERSE_LN2).nearest().named("halvings");
  const high = halvings.mul(ln2High).sub(square).named("high");
  const low = squareLow.sub(halvings.mul(ln2Low)).named("low");
  return { n: halvings.neg().named("n"), ...expInTwo(high, low, EXP.f64) };
}

/**
 * Returns n, sum and rest of e^(−x²) = 2^n (sum + rest) in float32, for x from 2^−10 to 11. The square is exact: its
 * greater part is the square of the first twelve bits of x (Veltkamp's splitting).
 * @param {Value} x
 */
export function expOfMinusSquare32(x) {
  const { ln2High, ln2Low } = EXP.f32;
  const shifted = x.mul(2 ** 12 + 1).named("shifted");
  const xHead = shifted.sub(shifted.sub(x)).named("xHead");
  const square = xHead.mul(xHead).named("square");
  const squareLow = x.sub(xHead).mul(x.add(xHead)).named("squareLow");
  const halvings = square.mul(INVERSE_LN2).nearest().named("halvings");
  const high = halvings.mul(ln2High).sub(square).named("high");
  const low = squareLow.sub(halvings.mul(ln2Low)).named("low");
  const r = high.sub(low).named("r");
  const tail = r.mul(r).mul(r.horner(FLOAT32_TAIL));
  const sum = value(1).add(high).named("sum");
  const lost = value(1).sub(sum).add(high);
  return { n: halvings.neg().named("n"), sum, rest: lost.add(tail.sub(low)).named("rest") };
}

/** s_expm1.c; the polynomial is 6/r (e^r+1)/(e^r−1) − … in r²/2, error below 2^−61. */
const EXPM1 = {
  f32: {
    ln2High: 6.9313812256e-1,
    ln2Low: 9.0580006145e-6,
    polynomial: [1, -3.3333212137e-2, 1.5807170421e-3],
    least: -30,
    most: 89,
    tiny: 2 ** -25,
  },
  f64: {
    ln2High: 6.931471803691238e-1,
    ln2Low: 1.9082149292705877e-10,
    polynomial: [
      1, -3.333333333333313e-2, 1.5873015872548146e-3, -7.93650757867488e-5, 4.008217827329362e-6,
      -2.0109921818362437e-7,
    ],
    least: -60,
    most: 710,
    tiny: 2 ** -54,
  },
};

/**
 * Returns half of (e^x + shift), for shift 1 or −1 and x between `least` and `most`, with an error of little more than
 * the last rounding. It is half, because 2^n itself overflows for the largest results.
 *
 * s_expm1.c: e^r − 1 = r − e, where e is far smaller than r. Then e^x + shift is
 * (2^n + shift) + 2^n r − 2^n e. fdlibm branches here over n to keep digits; here the first sum is kept as two numbers
 * instead (Dekker's Fast2Sum: the first term is the larger one, or zero).
 * @param {Value} x
 * @param {1 | -1} shift
 * @param {"f32" | "f64"} precision
 */
export function halfOfExpPlus(x, shift, precision) {
  const constants = EXPM1[precision];
  const { n, high, low } = reduce(x, constants);
  const r = high.sub(low).named("r");
  const c = high.sub(r).sub(low).named("c");
  const halfR = r.mul(0.5).named("halfR");
  const z = r.mul(halfR).named("z");
  const p = z.horner(constants.polynomial).named("p");
  const t = value(3).sub(p.mul(halfR)).named("t");
  const quotient = z.mul(p.sub(t).div(value(6).sub(r.mul(t))));
  const e = r.mul(quotient.sub(c)).sub(c).sub(z).named("e");
  const scale = n.sub(1).pow2().named("scale");
  const first = scale.add(shift / 2).named("first");
  const second = scale.mul(r).named("second");
  const sum = first.add(second).named("sum");
  const lost = first.sub(sum).add(second);
  return sum.add(lost.sub(scale.mul(e)));
}

/** @param {"f32" | "f64"} precision */
function expm1(precision) {
  const { least, most, tiny } = EXPM1[precision];
  return (/** @type {Value} */ x) => {
    const half = halfOfExpPlus(x.max(least).min(most), -1, precision);
    // For a tiny x the result is x, which also keeps −0, and denormals whose half is no float.
    return x.abs().lt(tiny).select(x, half.add(half));
  };
}

/** The arguments at which e^x overflows and underflows, and at which the nearest multiple of ln 2 changes. */
const EDGES = [
  709.782712893384, -745.1332191019411, -708.3964185322641, 0.34657359027997264,
  -0.34657359027997264, 1.0397207708399179, 354.891356446692,
].flatMap((x) => around(x));

/** @type {import("./sweep.mjs").Sweep} */
const EXP_SWEEP = {
  oracle: "exp",
  edges: [0, 1, -1, ...TINY, ...EDGES],
  draws: [uniform(-745, 709.7), uniform(-745, -708), uniform(-2, 2), anySize(-60, 9)],
};

/** @type {import("./sweep.mjs").Sweep} */
const EXPM1_SWEEP = {
  oracle: "expm1",
  edges: [1, -1, ...TINY, ...EDGES],
  draws: [uniform(-60, 709.7), uniform(-3, 3), uniform(-0.5, 1.2), anySize(-60, 6)],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).flatMap((precision) => [
  {
    name: "exp",
    precision,
    steps: precision,
    parameters: ["x"],
    comment: "e^x.",
    body: exp(precision),
    worst: { f32: 0.8, f64: 0.8 }[precision],
    checksum: { f32: "b76fc53b", f64: "9ff00f3d" }[precision],
    sweep: EXP_SWEEP,
  },
  {
    name: "expm1",
    precision,
    steps: precision,
    parameters: ["x"],
    comment: "e^x − 1, without the cancellation near 0.",
    body: expm1(precision),
    worst: { f32: 1.1, f64: 1.05 }[precision],
    checksum: { f32: "6318af5c", f64: "bd73d458" }[precision],
    sweep: EXPM1_SWEEP,
  },
]);
