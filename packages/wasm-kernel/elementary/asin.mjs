/**
 * asin: a polynomial up to 1/2, and π/2 − 2 arcsin √((1 − x)/2) above, where the root is computed as a sum of two
 * numbers (method of fdlibm's e_asin.c). float32 is computed in float64.
 *
 * The coefficients are Chebyshev fits by mpmath with 60 digits.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { branch, value } from "./steps.mjs";
import { anySize, around, near, TINY, uniform } from "./sweep.mjs";

/** (arcsin(x)/x − 1)/x² in x², for x up to 1/2; errors 2^−34 and 2^−58. */
export const ASIN = {
  f32: [
    0.16666666686147094, 0.07499992383419403, 0.044647675217118564, 0.030268919101073113,
    0.02361371422189475, 0.01056694782140368, 0.03098546039993495,
  ],
  f64: [
    0.16666666666666669, 0.07499999999998425, 0.04464285714637338, 0.030381944137085216,
    0.022372173002005596, 0.017352391265909227, 0.013971235301124539, 0.011478952690257387,
    0.010324318288744113, 0.00545087818772055, 0.017419357964884856, -0.014881409392818066,
    0.02877844261259304,
  ],
};

const QUARTER = Math.PI / 4;
/** π/2 minus the float64 nearest to it. */
const REST = 6.123233995736766e-17;

/** @param {"f32" | "f64"} precision */
function asin(precision) {
  /** arcsin(s)/s − 1 for s² = z. */
  const beyond = (/** @type {Value} */ z) => z.mul(z.horner(ASIN[precision])).named("beyond");
  return (/** @type {Value} */ x) => {
    const size = x.abs().named("size");
    const ofSize = branch(
      size.lt(0.5),
      () => size.add(size.mul(beyond(size.mul(size).named("square")))),
      () => {
        const z = value(1).sub(size).mul(0.5).named("z");
        const root = z.sqrt().named("root");
        const product = root.mul(beyond(z));
        if (precision === "f32") return value(2 * QUARTER).sub(root.add(product).mul(2));
        const head = root.head().named("head");
        const low = z.sub(head.mul(head)).div(root.add(head).max(2 ** -1000));
        // The result is π/2 − 2 (head + low + product). The greatest terms are subtracted first, which is exact.
        const small = product.add(low).mul(2).sub(REST);
        return value(QUARTER).sub(head.mul(2)).sub(small).add(QUARTER);
      },
    ).named("ofSize");
    return ofSize.withSignOf(x);
  };
}

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "asin",
  group: "special",
  precision,
  steps: /** @type {const} */ ("f64"),
  parameters: ["x"],
  comment: "asin x, the arc sine.",
  body: asin(precision),
  worst: { f32: 0.51, f64: 1.2 }[precision],
  checksum: { f32: "c7fe8d0f", f64: "5c6ea0c5" }[precision],
  sweep: {
    oracle: "asin",
    edges: [
      ...TINY,
      ...[0.5, -0.5, 0.7, 1, -1].flatMap((x) => around(x).filter((y) => Math.abs(y) <= 1)),
    ],
    draws: [
      uniform(-1, 1),
      uniform(-0.5, 0.5),
      uniform(0.4, 0.6),
      anySize(-60, 0),
      near(0.999, -60, -10),
    ],
  },
}));
