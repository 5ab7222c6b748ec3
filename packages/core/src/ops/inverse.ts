/**
 * The inverse trigonometric functions, element by element. int32 gives float32. Errors are in units in the last
 * place, the worst that sweeps have found.
 */

import { specialKernels } from "../families/kernelGroups.ts";
import { asin_f32, asin_f64, atan2_f32, atan2_f64 } from "../generated/elementary/elementary.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, reciprocal, sqrt } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";
import { hypot } from "./pairs.ts";
import { oneMinusSquare } from "./slopes.ts";

/** 1 / √(1 − x²) */
function slopeOfAsin(x: Tensor): Tensor {
  return div(1, sqrt(oneMinusSquare(x)));
}

/**
 * The angle whose sine is x, from −π/2 to π/2; NaN beyond ±1. The error is at most 1 unit in the last place. Its
 * derivative at ±1 is Infinity.
 *
 * @example
 * ```ts
 * import { asin } from "@graddiff/core";
 *
 * console.log(asin(0.5).item().toFixed(12)); // 0.523598775598
 * ```
 */
export const asin: Unary = unary({
  name: "asin",
  formula: "arcsin x",
  promotion: "float",
  compute: { float64: asin_f64, float32: asin_f32 },
  group: specialKernels,
  derivative: partials(slopeOfAsin),
  convention: {
    points: [
      [1, Infinity],
      [-1, Infinity],
    ],
  },
  domain: [-0.9, 0.9],
  edges: [
    [0, 0],
    [-0, -0],
    [1, 1.5707963267948966],
    [-1, -1.5707963267948966],
    [1.5, NaN],
    [-Infinity, NaN],
    [NaN, NaN],
    [-1.401298464324817e-45, -1.401298464324817e-45],
  ],
});

/** π/2 less its nearest number of the dtype. */
function restOf(x: Tensor): number {
  return x.dtype === "float32" ? -4.371139000186241e-8 : 6.123233995736766e-17;
}

/**
 * The angle whose cosine is x, from 0 to π; NaN beyond ±1. The error is at most 1.5 units in the last place. Its
 * derivative at ±1 is −Infinity.
 *
 * @example
 * ```ts
 * import { acos, tensor } from "@graddiff/core";
 *
 * console.log(String(acos(tensor([0, 1])))); // [1.5707964 0.       ]
 * ```
 */
export const acos: Unary = unary({
  name: "acos",
  formula: "arccos x",
  promotion: "float",
  body: (x) => {
    // Near ±1 by half the angle, whose sine is √((1 − |x|) / 2).
    const isNear = x.abs().greater(0.5);
    const half = x.abs().neg().add(1).mul(0.5);
    const angle = asin(where(isNear, sqrt(half), x));
    const twice = angle.mul(2);
    const rest = restOf(x);
    const behind = twice
      .sub(2 * rest)
      .neg()
      .add(Math.PI);
    const middle = angle
      .sub(rest)
      .neg()
      .add(Math.PI / 2);
    return where(isNear, where(x.less(0), behind, twice), middle);
  },
  derivative: partials((x) => slopeOfAsin(x).neg()),
  convention: {
    points: [
      [1, -Infinity],
      [-1, -Infinity],
    ],
  },
  domain: [-0.9, 0.9],
  edges: [
    [1, 0],
    [0, 1.5707963267948966],
    [1.5, NaN],
    [NaN, NaN],
  ],
});

/** Returns the constants. A function, since esbuild does not remove unused code that reads Math. */
/* @__NO_SIDE_EFFECTS__ */
function edgesOfAtan2(): readonly (readonly number[])[] {
  return [
    [0, 1, 0],
    [-0, 1, -0],
    [0, 0, 0],
    [0, -0, Math.PI],
    [-0, -0, -Math.PI],
    [0, -1, Math.PI],
    [-0, -1, -Math.PI],
    [1, 0, 1.5707963267948966],
    [-1, -0, -1.5707963267948966],
    [1, 1, 0.7853981633974483],
    [-1, -1, -2.356194490192345],
    [Infinity, Infinity, 0.7853981633974483],
    [Infinity, -Infinity, 2.356194490192345],
    [1, Infinity, 0],
    [1, -Infinity, Math.PI],
    [Infinity, 1, 1.5707963267948966],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [NaN, 0, NaN],
    [Infinity, NaN, NaN],
    [NaN, Infinity, NaN],
    [0, NaN, NaN],
  ];
}

/**
 * The angle of the point (x, y) from the first axis, from −π to π, broadcast: arctan y / x in the quadrant of the
 * point. The first argument is y. Zeros have signs, as in IEEE 754. The error is at most 2 units in the last place.
 *
 * Its gradient is NaN at (0, 0), as in PyTorch.
 *
 * @example
 * ```ts
 * import { atan2, tensor } from "@graddiff/core";
 *
 * console.log(String(atan2(tensor([0, 1, -1]), tensor([-1, 0, 0])))); // [ 3.1415927  1.5707964 -1.5707964]
 * ```
 */
export const atan2: Binary = binary({
  name: "atan2",
  formula: "the angle of (y, x)",
  promotion: "float",
  compute: { float64: atan2_f64, float32: atan2_f32 },
  group: specialKernels,
  derivative: partials(
    (y, x) => {
      const size = hypot(x, y);
      return x.div(size).div(size);
    },
    (y, x) => {
      const size = hypot(x, y);
      return y.div(size).div(size).neg();
    },
  ),
  convention: { points: [[0, 0, NaN, NaN]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: edgesOfAtan2(),
});

/**
 * The angle whose tangent is x, from −π/2 to π/2. The error is at most 2 units in the last place.
 *
 * @example
 * ```ts
 * import { atan, tensor } from "@graddiff/core";
 *
 * console.log(String(atan(tensor([0, 1])))); // [0.        0.7853982]
 * ```
 */
export const atan: Unary = unary({
  name: "atan",
  formula: "arctan x",
  promotion: "float",
  body: (x) => atan2(x, 1),
  derivative: partials((x) => {
    // The square of large numbers, or that of the second derivative, would overflow.
    const isFar = x.abs().greater(1e8);
    const far = reciprocal(where(isFar, x, 1)).square();
    return where(isFar, far, div(1, where(isFar, 0, x).square().add(1)));
  }),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [-0, -0],
    [1, 0.7853981633974483],
    [Infinity, 1.5707963267948966],
    [-Infinity, -1.5707963267948966],
    [NaN, NaN],
  ],
});
