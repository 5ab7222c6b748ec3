/**
 * Bessel functions of the orders 0 and 1, element by element. int32 gives float32.
 */

import {
  besselI0eKernel,
  besselI1eKernel,
  besselJ0Kernel,
  besselJ1Kernel,
} from "../families/statistics.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { where } from "./comparison.ts";
import { type Unary, unary } from "./elementwise.ts";

/** f(x) / x of an odd function whose slope at 0 is 1/2. */
function overX(value: Tensor, x: Tensor): Tensor {
  const isZero = x.equal(0);
  return where(isZero, 0.5, value.div(where(isZero, 1, x)));
}

/**
 * e^(−|x|) I₀(x), the modified Bessel function of the first kind, scaled (NIST DLMF 10.25). The error is at most 4 units in the
 * last place in float64.
 *
 * @example
 * ```ts
 * import { besselI0e } from "@graddiff/core";
 *
 * console.log(besselI0e(1000).item().toFixed(12)); // 0.012617240456
 * ```
 */
export const besselI0e: Unary = unary({
  name: "besselI0e",
  symbol: "I₀ᵉ",
  formula: "e^−|x| I₀(x)",
  promotion: "float",
  kernel: besselI0eKernel,
  derivative: partials((x, output) => besselI1e(x).sub(x.sign().mul(output))),
  convention: { points: [[0, 0]] },
  domain: [
    [-3, -0.5],
    [0.5, 3],
    [13, 15],
  ],
  edges: [
    [0, 1],
    [Infinity, 0],
    [-Infinity, 0],
    [NaN, NaN],
  ],
});

/**
 * e^(−|x|) I₁(x), the modified Bessel function of order 1, scaled (NIST DLMF 10.25). The error is at most 8 units in the last
 * place in float64. Its derivative loses the digits of 2x.
 *
 * @example
 * ```ts
 * import { besselI1e } from "@graddiff/core";
 *
 * console.log(besselI1e(1).item().toFixed(12)); // 0.207910415350
 * ```
 */
export const besselI1e: Unary = unary({
  name: "besselI1e",
  symbol: "I₁ᵉ",
  formula: "e^−|x| I₁(x)",
  promotion: "float",
  kernel: besselI1eKernel,
  derivative: partials((x, output) => besselI0e(x).sub(x.sign().mul(output)).sub(overX(output, x))),
  domain: [
    [-3, -0.5],
    [0.5, 3],
    [13, 15],
  ],
  edges: [
    [0, 0],
    [Infinity, 0],
    [-Infinity, -0],
    [NaN, NaN],
  ],
});

/**
 * J₀(x), the Bessel function of the first kind (NIST DLMF 10.2). The error is at most 4 units in the last place in float64,
 * beside its zeros of 1.
 *
 * @example
 * ```ts
 * import { besselJ0 } from "@graddiff/core";
 *
 * console.log(besselJ0(1).item().toFixed(12)); // 0.765197686558
 * ```
 */
export const besselJ0: Unary = unary({
  name: "besselJ0",
  symbol: "J₀",
  formula: "J₀(x)",
  promotion: "float",
  kernel: besselJ0Kernel,
  derivative: partials((x) => besselJ1(x).neg()),
  domain: [
    [-3, 3],
    [6, 8],
    [10, 14],
  ],
  edges: [
    [0, 1],
    [Infinity, 0],
    [-Infinity, 0],
    [NaN, NaN],
  ],
});

/**
 * J₁(x), the Bessel function of order 1 (NIST DLMF 10.2). The error is at most 4 units in the last place in float64, beside
 * its zeros of 1.
 *
 * @example
 * ```ts
 * import { besselJ1 } from "@graddiff/core";
 *
 * console.log(besselJ1(1).item().toFixed(12)); // 0.440050585745
 * ```
 */
export const besselJ1: Unary = unary({
  name: "besselJ1",
  symbol: "J₁",
  formula: "J₁(x)",
  promotion: "float",
  kernel: besselJ1Kernel,
  derivative: partials((x, output) => besselJ0(x).sub(overX(output, x))),
  domain: [
    [-3, 3],
    [6, 8],
    [10, 14],
  ],
  edges: [
    [0, 0],
    [Infinity, 0],
    [-Infinity, -0],
    [NaN, NaN],
  ],
});
