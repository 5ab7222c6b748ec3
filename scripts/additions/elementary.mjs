/** The addition of an elementary function with a new algorithm. */

export const most = 4;
export const name = "hyperbolicCosine";

/** The command that computes the golden values. It needs the system's python3-mpmath. */
export const generate = [["/usr/bin/python3", "packages/core/test/golden/elementary.py"]];

export const edits = [
  {
    file: "packages/core/src/ops/transcendental.ts",
    append: `
/** The hyperbolic cosine. */
export const hyperbolicCosine: Unary = unary({
  name: "hyperbolicCosine",
  formula: "(e^x + e^−x) / 2",
  promotion: "float",
  compute: { float64: hyperbolicCosine_f64, float32: hyperbolicCosine_f32 },
  derivative: partials((x) => x.exp().sub(x.neg().exp()).div(2)),
  domain: [-2, 2],
  edges: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, Infinity],
    [-1000, Infinity],
    [NaN, NaN],
  ],
});
`,
  },
  {
    file: "packages/core/src/ops/transcendental.ts",
    after: "  cos_f64,\n",
    insert: "  hyperbolicCosine_f32,\n  hyperbolicCosine_f64,\n",
  },
  {
    file: "packages/wasm-kernel/elementary/hyperbolicCosine.mjs",
    append: `/**
 * cosh x = (y + 1/y)/2, where y = e^|x| is the square of e^(|x|/2), which does not overflow.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { expWithinRange } from "./exp.mjs";
import { value } from "./steps.mjs";
import { around, TINY, uniform } from "./sweep.mjs";

/** @param {Value} x */
function cosh(x) {
  const root = expWithinRange(x.abs().min(1400).mul(0.5)).named("root");
  const half = root.mul(0.5).mul(root).named("half");
  return half.add(value(0.25).div(half));
}

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).map((precision) => ({
  name: "hyperbolicCosine",
  precision,
  steps: /** @type {const} */ ("f64"),
  parameters: ["x"],
  comment: "The hyperbolic cosine.",
  body: cosh,
  worst: { f32: 0.51, f64: 3 }[precision],
  checksum: { f32: "b682d84a", f64: "1633bbe2" }[precision],
  sweep: {
    oracle: "cosh",
    edges: [1, -1, ...TINY, ...around(710.4758600739439)],
    draws: [uniform(-1, 1), uniform(-20, 20), uniform(-710, 710)],
  },
}));
`,
  },
  {
    file: "packages/core/src/run/webgpu/wgsl.ts",
    after: '  expm1: call("expm1_"),\n',
    insert: '  hyperbolicCosine: call("hyperbolicCosine_"),\n',
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  hyperbolicCosine: same("Cosh"),\n',
  },
];
