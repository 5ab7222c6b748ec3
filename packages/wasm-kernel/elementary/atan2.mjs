/**
 * atan2, from which other inverse trigonometric functions are computed.
 *
 * Let n/d be the smaller of |x| and |y| over the greater. Up to tan π/8 the angle is arctan n/d, and above it π/4 +
 * arctan (n − d)/(n + d), so that one quotient and one polynomial serve both cases (W. J. Cody and W. Waite, Software
 * Manual for the Elementary Functions, 1980, chapter 11). Then a multiple of π/4 for the octant is added, as a sum of
 * two numbers. float32 is computed in float64.
 *
 * The coefficients are Chebyshev fits by mpmath with 60 digits.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { value } from "./steps.mjs";
import { anyNumber, anySize, around, uniform } from "./sweep.mjs";

/** (arctan(t)/t − 1)/t² in t², for t up to tan π/8; errors 2^−33 and 2^−57. */
export const ATAN = {
  f32: [
    -0.3333333327919426, 0.1999997723777395, -0.1428415006563401, 0.11071344117900768,
    -0.08624520273456275, 0.05047736342027177,
  ],
  f64: [
    -0.3333333333333333, 0.19999999999995513, -0.1428571428466482, 0.11111111015117626,
    -0.09090904572487347, 0.07692183059894114, -0.06664509603255386, 0.05858132894427922,
    -0.05085365922344248, 0.03922923713835943, -0.01917392228554793,
  ],
};

/** tan π/8 */
const TURN = 0.41421356237309503;

/** π/4 in 50 bits, so that its multiples are exact, and the remainder. */
const QUARTER = 0.7853981633974483;
const REST = 3.061616997868383e-17;

/** The numbers above which n and d are scaled, since n + d may overflow. */
const LARGE = 2 ** 1000;

/** @param {"f32" | "f64"} precision */
function atan2(precision) {
  return (/** @type {Value} */ y, /** @type {Value} */ x) => {
    const height = y.abs().named("height");
    const width = x.abs().named("width");
    const isSteep = height.gt(width).named("isSteep");
    const most = isSteep.select(height, width).named("most");
    const scale = precision === "f32" ? value(1) : most.gt(LARGE).select(0.25, 1);
    const d = most.mul(scale).named("d");
    const n = isSteep.select(width, height).mul(scale).named("n");
    const isFar = n.gt(d.mul(TURN)).or(n.eq(Infinity)).named("isFar");
    const quotient = isFar.select(n.sub(d), n).div(isFar.select(n.add(d), d));
    // Two zeros, and two infinities, have no quotient. If d is 0, n is used, which may be NaN.
    const areInfinite = n.eq(Infinity).and(d.eq(Infinity));
    const t = d.eq(0).select(n, areInfinite.select(0, quotient)).named("t");
    const z = t.mul(t).named("z");
    const angle = t.add(t.mul(z.mul(z.horner(ATAN[precision])))).named("angle");

    // The number of quarters π/4 that are added, and the sign with which the angle is added.
    const quarters = isFar.select(1, 0).named("quarters");
    const turned = isSteep.select(value(2).sub(quarters), quarters).named("turned");
    const isBehind = x.isNegative().named("isBehind");
    const base = isBehind.select(value(4).sub(turned), turned).named("base");
    const toRight = isSteep.select(angle.neg(), angle).named("toRight");
    const beside = isBehind.select(toRight.neg(), toRight);
    const size = base.mul(QUARTER).add(beside.add(base.mul(REST)));
    return size.abs().named("size").withSignOf(y);
  };
}

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "atan2",
  group: "special",
  precision,
  steps: /** @type {const} */ ("f64"),
  parameters: ["y", "x"],
  comment: "atan2(y, x), the angle of (x, y) from the first axis.",
  body: atan2(precision),
  worst: { f32: 0.51, f64: 1.85 }[precision],
  checksum: { f32: "6c8b9eef", f64: "6dcd151d" }[precision],
  sweep: {
    oracle: "atan2",
    edges: [
      ...around(TURN).map((y) => [y, 1]),
      ...around(1).map((y) => [y, 1]),
      ...around(1).map((y) => [-1, -y]),
      [1e300, 1e-300],
      [1e308, 1.7e308],
      [1.7e308, -1.7e308],
      [1e-310, 3e-310],
      [-5e-324, 5e-324],
      [1, -1e300],
      [1e-300, -1],
      [3, 4],
    ],
    draws: [
      [uniform(-2, 2), uniform(-2, 2)],
      [uniform(-1, 1), uniform(1, 1)],
      [anySize(-30, 30), uniform(-1, 1)],
      [anyNumber(), anyNumber()],
      [uniform(0.4, 0.43), uniform(1, 1)],
    ],
  },
}));
