/**
 * sin and cos, accurate for every finite argument.
 *
 * x = q π/2 + (high + low) with |high| ≤ π/4; then a polynomial of sin or of cos is evaluated; q mod 4 selects the
 * polynomial and the sign. Up to a limit, q π/2 is subtracted in several pieces (Cody and Waite); beyond it, the
 * hand-written reduceArgument.ts subtracts it with exact integers.
 *
 * Method and constants: fdlibm e_rem_pio2.c, k_sin.c and k_cos.c; those of float32, which is
 * computed in float64, from FreeBSD's e_rem_pio2f.c, k_sinf.c and k_cosf.c.
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun
 * Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is
 * freely granted, provided that this notice is preserved. Optimized by Bruce D. Evans.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { branch, reduceBeyond, value } from "./steps.mjs";
import { anyNumber, anySize, around, nearQuarterTurn, TINY, uniform } from "./sweep.mjs";

const TWO_OVER_PI = 6.366197723675814e-1;

/** The angle up to which the reduction by pieces is accurate: q has at most 20 bits (float64) or 27 (float32). */
const LIMIT = { f32: 2 ** 28, f64: 2 ** 20 };

/**
 * π/2 in three pieces of 33 bits, whose products with q are exact, and the rest (e_rem_pio2.c:
 * pio2_1, pio2_2, pio2_3, pio2_3t). All pieces are always subtracted; fdlibm stops early if it can.
 */
const PIECES_F64 = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21];
const REST_F64 = 8.4784276603689e-32;

/** π/2 in 25 bits, and the remainder (e_rem_pio2f.c). */
const PIECE_F32 = { piece: 1.5707963109016418, rest: 1.5893254773528196e-8 };

/** sin x = x + S1 x³ + …, error below 2^−58 (k_sin.c). */
const S = [
  -1.6666666666666632e-1, 8.33333333332249e-3, -1.984126982985795e-4, 2.7557313707070068e-6,
  -2.5050760253406863e-8, 1.58969099521155e-10,
];
/** cos x = 1 − x²/2 + C1 x⁴ + …, error below 2^−58 (k_cos.c). */
const C = [
  4.16666666666666e-2, -1.388888888887411e-3, 2.480158728947673e-5, -2.7557314351390663e-7,
  2.087572321298175e-9, -1.1359647557788195e-11,
];
/** sin x = x + …, error below 2^−37.5 (k_sinf.c). */
const S_F32 = [
  -0.16666666641626524, 0.008333329385889463, -0.00019839334836096632, 0.000002718311493989822,
];
/** cos x = 1 + …, error below 2^−34.1 (k_cosf.c). */
const C_F32 = [
  -0.499999997251031, 0.04166662332373906, -0.001388676377460993, 0.00002439044879627741,
];

/** @param {Value} x */
function reduceForF64(x) {
  const [first = 0, second = 0, third = 0] = PIECES_F64;
  const quadrant = x.mul(TWO_OVER_PI).nearest().named("quadrant0");
  const r1 = x.sub(quadrant.mul(first)).named("r1"); // exact
  const product2 = quadrant.mul(second).named("product2");
  const r2 = r1.sub(product2).named("r2");
  const lost2 = r1.sub(r2).sub(product2);
  const product3 = quadrant.mul(third).named("product3");
  const r3 = r2.sub(product3).named("r3");
  const lost3 = r2.sub(r3).sub(product3);
  const small = quadrant.mul(REST_F64).sub(lost2.add(lost3)).named("small");
  const high = r3.sub(small).named("high0");
  const low = r3.sub(high).sub(small).named("low0");
  return reduceBeyond(x, LIMIT.f64, { quadrant, high, low });
}

/** Reduces a float32 angle to one float64, which is precise enough. @param {Value} x */
function reduceForF32(x) {
  const quadrant = x.mul(TWO_OVER_PI).nearest().named("quadrant0");
  const high = x
    .sub(quadrant.mul(PIECE_F32.piece))
    .sub(quadrant.mul(PIECE_F32.rest))
    .named("high0");
  return reduceBeyond(x, LIMIT.f32, { quadrant, high, low: undefined });
}

/** Returns sin(high + low), as in k_sin.c. @param {Value} high @param {Value} low */
function sinKernelF64(high, low) {
  const z = high.mul(high).named("z");
  const w = z.mul(z).named("w");
  const [s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0] = S;
  const r = z.horner([s2, s3, s4]).add(z.mul(w).mul(z.horner([s5, s6])));
  const v = z.mul(high).named("v");
  return high.sub(
    z
      .mul(low.mul(0.5).sub(v.mul(r)))
      .sub(low)
      .sub(v.mul(s1)),
  );
}

/** Returns cos(high + low), as in k_cos.c. @param {Value} high @param {Value} low */
function cosKernelF64(high, low) {
  const z = high.mul(high).named("z");
  const w = z.mul(z).named("w");
  const r = z.mul(z.horner(C.slice(0, 3))).add(w.mul(w).mul(z.horner(C.slice(3))));
  const half = z.mul(0.5).named("half");
  const main = value(1).sub(half).named("main");
  return main.add(
    value(1)
      .sub(main)
      .sub(half)
      .add(z.mul(r).sub(high.mul(low))),
  );
}

/** @param {Value} x */
function sinKernelF32(x) {
  const z = x.mul(x).named("z");
  return x.mul(z.mul(z.horner(S_F32)).add(1));
}

/** @param {Value} x */
function cosKernelF32(x) {
  const z = x.mul(x).named("z");
  return z.mul(z.horner(C_F32)).add(1);
}

/**
 * Returns a description of sin of the angle plus `turns` quarter turns: cos x = sin(x + π/2).
 * @param {"f32" | "f64"} precision
 * @param {0 | 1} turns
 */
function sine(precision, turns) {
  return (/** @type {Value} */ x) => {
    const { quadrant, high, low } = precision === "f32" ? reduceForF32(x) : reduceForF64(x);
    // q mod 4, as −2, −1, 0, 1 or 2.
    const q = quadrant.sub(quadrant.mul(0.25).nearest().mul(4)).named("q");
    const crosswise = q.abs().eq(1);
    const sin = () => (low === undefined ? sinKernelF32(high) : sinKernelF64(high, low));
    const cos = () => (low === undefined ? cosKernelF32(high) : cosKernelF64(high, low));
    const size = turns === 0 ? branch(crosswise, cos, sin) : branch(crosswise, sin, cos);
    const negative = q.eq(turns === 0 ? -1 : 1).or(q.abs().eq(2));
    return negative.select(size.named("size").neg(), size);
  };
}

/**
 * 6381956970095103 · 2^797 is nearer to a multiple of π/2 than any other float64 (J.-M. Muller,
 * Elementary Functions).
 */
const WORST_ANGLE = 6381956970095103 * 2 ** 797;

const ANGLES = [WORST_ANGLE, -WORST_ANGLE, Number.MAX_VALUE, 1e22, 2 ** 120, ...TINY].concat(
  [0.25, 0.5, 1, 0.75].flatMap((turns) => around(turns * Math.PI)),
  around(LIMIT.f64),
  around((LIMIT.f64 * Math.PI) / 2),
);

const DRAWS = [
  anyNumber(),
  nearQuarterTurn(),
  nearQuarterTurn(),
  uniform(-10, 10),
  uniform(-1.05e6, 1.05e6),
  anySize(-30, 60),
];

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).flatMap((precision) => [
  {
    name: "sin",
    precision,
    steps: /** @type {const} */ ("f64"),
    parameters: ["x"],
    comment: "sin x of an angle in radians.",
    body: sine(precision, 0),
    worst: { f32: 0.51, f64: 0.85 }[precision],
    checksum: { f32: "380b80d6", f64: "4a279e5b" }[precision],
    sweep: { oracle: "sin", edges: ANGLES, draws: DRAWS },
  },
  {
    name: "cos",
    precision,
    steps: /** @type {const} */ ("f64"),
    parameters: ["x"],
    comment: "cos x of an angle in radians.",
    body: sine(precision, 1),
    worst: { f32: 0.51, f64: 0.85 }[precision],
    checksum: { f32: "283bd1a0", f64: "0cf54889" }[precision],
    sweep: { oracle: "cos", edges: [0, ...ANGLES], draws: DRAWS },
  },
]);
