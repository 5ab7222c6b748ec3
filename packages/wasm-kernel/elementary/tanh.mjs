/**
 * tanh: a polynomial below 5/8, and 1 − 2/(e^2x + 1) above. (fdlibm's s_tanh.c uses only expm1 and has an error of up
 * to 2.2 ulp; here the error is up to 1.33 ulp, and 1.15 in float64.)
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { expWithinRange32, halfOfExpPlus } from "./exp.mjs";
import { branch, value } from "./steps.mjs";
import { anySize, around, TINY, uniform } from "./sweep.mjs";

/**
 * (tanh(x)/x − 1)/x² in x², for |x| ≤ 5/8: Chebyshev fits over [0, 0.6251²] by mpmath's
 * `chebyfit` with 60 digits; relative error of the whole below 2^−59 and 2^−30.
 * From `one` on tanh rounds to 1.
 */
const TANH = {
  f32: {
    polynomial: [
      -0.3333333317185257, 0.13333303513275116, -0.05395924924423637, 0.021768834575464004,
      -0.008343670243188423, 0.0022924329399944586,
    ],
    one: 11,
  },
  f64: {
    polynomial: [
      -0.3333333333333333, 0.13333333333333042, -0.053968253967895945, 0.021869488518963486,
      -0.00886323510226143, 0.0035921217387183133, -0.0014557753139508673, 0.0005896601624385516,
      -0.00023758904745975405, 0.00009256795180588519, -0.00003119747652802973,
      6.483399282073518e-6,
    ],
    one: 24,
  },
};

/** @param {"f32" | "f64"} precision */
function tanh(precision) {
  const { polynomial, one } = TANH[precision];
  // 2/(e^2x + 1) is at most 0.45, so that in float32 its rounding errors are small beside the result.
  const complement = (/** @type {Value} */ twice) =>
    precision === "f32"
      ? value(2).div(expWithinRange32(twice).add(1))
      : value(1).div(halfOfExpPlus(twice, 1, precision));
  return (/** @type {Value} */ x) => {
    const size = x.abs().min(one).named("size");
    const ofSize = branch(
      size.lt(0.625),
      () => {
        const z = size.mul(size).named("z");
        return size.add(size.mul(z.mul(z.horner(polynomial))));
      },
      () => value(1).sub(complement(size.add(size).named("twice"))),
    ).named("ofSize");
    return ofSize.withSignOf(x);
  };
}

/** @type {import("./sweep.mjs").Sweep} */
const SWEEP = {
  oracle: "tanh",
  edges: [1, -1, 100, -1e300, ...TINY, ...around(0.625), ...around(-0.625), ...around(24), 19, 20],
  draws: [uniform(-1, 1), uniform(-4, 4), uniform(0.5, 0.75), uniform(-25, 25), anySize(-60, 5)],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "tanh",
  precision,
  steps: precision,
  parameters: ["x"],
  comment: "tanh x, the hyperbolic tangent.",
  body: tanh(precision),
  worst: { f32: 1.35, f64: 1.2 }[precision],
  checksum: { f32: "be8d0bf1", f64: "0dc03ed1" }[precision],
  sweep: SWEEP,
}));
