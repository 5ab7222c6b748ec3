/**
 * Activation functions that are no methods of Tensor, written in other ops. int32 gives float32, but for `relu6`.
 */

import { finite, numberThat, oneOf, optional, optionsReader } from "../arguments.ts";
import { partials } from "../graph/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sigmoid, softplus } from "./activation.ts";
import { maximum, minimum, reciprocal } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Unary, type UnaryWith, unary, unaryWith } from "./elementwise.ts";
import { normalCdf } from "./normal.ts";
import { slopeOfSigmoid } from "./slopes.ts";
import { expm1, tanh } from "./transcendental.ts";

/** Returns x where it is not positive, else 0: a safe input for the branch that is not selected. */
function notPositive(x: Tensor): Tensor {
  return where(x.greater(0), 0, x);
}

/**
 * min(max(x, 0), 6). Its derivative at 0 and 6 is 0.
 *
 * @example
 * ```ts
 * import { relu6, tensor } from "@graddiff/core";
 *
 * console.log(String(relu6(tensor([-1, 3, 8])))); // [0. 3. 6.]
 * ```
 */
export const relu6: Unary = unary({
  name: "relu6",
  formula: "min(max(x, 0), 6)",
  body: (x) => minimum(maximum(x, 0), 6),
  derivative: partials((_x, value) => value.greater(0).logicalAnd(value.less(6)).cast(value.dtype)),
  convention: {
    points: [
      [0, 0],
      [6, 0],
    ],
  },
  domain: [
    [-3, -0.5],
    [0.5, 5.5],
    [6.5, 9],
  ],
  edges: [
    [2, 2],
    [-2, 0],
    [7, 6],
    [NaN, NaN],
    [Infinity, 6],
  ],
});

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions {
  /** The factor of negative numbers. Default 0.01. */
  readonly slope?: number;
}

const readSlope = optionsReader({ slope: optional(finite, 0.01) });

/**
 * x where it is positive, else slope · x. Its derivative at 0 is the slope.
 *
 * @throws ArgumentError for a slope that is no finite number.
 * @example
 * ```ts
 * import { leakyRelu, tensor } from "@graddiff/core";
 *
 * console.log(String(leakyRelu(tensor([-2, 3]), { slope: 0.5 }))); // [-1.  3.]
 * ```
 */
export const leakyRelu: UnaryWith<LeakyReluOptions> = unaryWith({
  name: "leakyRelu",
  formula: "x, or slope · x for x ≤ 0",
  promotion: "float",
  read: readSlope,
  body: (x, { slope }) => where(x.greater(0), x, x.mul(slope)),
  convention: { text: "the slope at 0", points: [[0, 0.5]], attributes: { slope: 0.5 } },
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  settings: [{ slope: 0.01 }, { slope: -2 }],
  exact: [{ inputs: [[-2, 0, 3]], attributes: { slope: 0.5 }, results: [[-1, 0, 3]] }],
});

/** Options of {@link elu}. */
export interface EluOptions {
  /** The absolute value of the lower limit. Default 1. */
  readonly alpha?: number;
}

const readAlpha = optionsReader({ alpha: optional(finite, 1) });

/**
 * x where it is positive, else alpha · (e^x − 1). Its derivative at 0 is alpha.
 *
 * @example
 * ```ts
 * import { elu, tensor } from "@graddiff/core";
 *
 * console.log(String(elu(tensor([-1, 0, 2])))); // [-0.63212055  0.          2.        ]
 * ```
 */
export const elu: UnaryWith<EluOptions> = unaryWith({
  name: "elu",
  formula: "x, or α (e^x − 1) for x ≤ 0",
  promotion: "float",
  read: readAlpha,
  body: (x, { alpha }) => where(x.greater(0), x, expm1(notPositive(x)).mul(alpha)),
  convention: { text: "α at 0", points: [[0, 2]], attributes: { alpha: 2 } },
  domain: [
    [-2, -0.5],
    [0.5, 3],
  ],
  settings: [{ alpha: 1 }, { alpha: 2.5 }],
  exact: [
    { inputs: [[-Infinity, 0, 3, 1000]], attributes: { alpha: 2 }, results: [[-2, 0, 3, 1000]] },
  ],
});

/** Options of {@link celu}. */
export interface CeluOptions {
  /** The absolute value of the lower limit, and the divisor of x in its exponent; not 0. Default 1. */
  readonly alpha?: number;
}

const readDivisor = optionsReader({
  alpha: optional(
    numberThat((value) => Number.isFinite(value) && value !== 0, "a finite number other than 0"),
    1,
  ),
});

/**
 * x where it is positive, else alpha · (e^(x / alpha) − 1), an `elu` without a kink. Its derivative at 0 is 1.
 *
 * @example
 * ```ts
 * import { celu, tensor } from "@graddiff/core";
 *
 * console.log(String(celu(tensor([-1, 0, 2])))); // [-0.63212055  0.          2.        ]
 * ```
 */
export const celu: UnaryWith<CeluOptions> = unaryWith({
  name: "celu",
  formula: "x, or α (e^(x/α) − 1) for x ≤ 0",
  promotion: "float",
  read: readDivisor,
  body: (x, { alpha }) => where(x.greater(0), x, expm1(notPositive(x).div(alpha)).mul(alpha)),
  domain: [
    [-2, -0.5],
    [0.5, 3],
  ],
  settings: [{ alpha: 1 }, { alpha: 2.5 }],
  exact: [
    { inputs: [[-Infinity, 0, 3, 1000]], attributes: { alpha: 2 }, results: [[-2, 0, 3, 1000]] },
  ],
});

const SCALE = 1.0507009873554805;
const SCALED_ALPHA = 1.7580993408473766;

/**
 * λ x where it is positive, else λ α (e^x − 1), with the λ and α that keep means at 0 and variances at 1 (G. Klambauer
 * et al., Self-Normalizing Neural Networks, 2017). Its derivative at 0 is λ α.
 *
 * @example
 * ```ts
 * import { selu, tensor } from "@graddiff/core";
 *
 * console.log(String(selu(tensor([-1, 0, 2])))); // [-1.1113307  0.         2.101402 ]
 * ```
 */
export const selu: Unary = unary({
  name: "selu",
  formula: "λ x, or λ α (e^x − 1) for x ≤ 0",
  promotion: "float",
  body: (x) => where(x.greater(0), x.mul(SCALE), expm1(notPositive(x)).mul(SCALED_ALPHA)),
  convention: { text: "λ α at 0", points: [[0, SCALED_ALPHA]] },
  domain: [
    [-2, -0.5],
    [0.5, 3],
  ],
  edges: [
    [0, 0],
    [1, SCALE],
    [-Infinity, -SCALED_ALPHA],
    [NaN, NaN],
  ],
});

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** "none", or "tanh" for the approximation of many models. Default "none". */
  readonly approximation?: "none" | "tanh";
}

const readApproximation = optionsReader({
  approximation: optional(oneOf("none", "tanh"), "none"),
});

/** √(2/π) */
const ROOT = 0.7978845608028654;

/** The |x| from which σ(2 √(2/π) x) is 1 or 0 in both precisions, and x³, which may overflow, is left out. */
const FAR = 480;

/**
 * x · Φ(x) with the normal distribution Φ; or approximately x (1 + tanh √(2/π) (x + 0.044715 x³)) / 2 (D. Hendrycks
 * and K. Gimpel, Gaussian Error Linear Units, 2016).
 *
 * @throws ArgumentError for another approximation.
 * @example
 * ```ts
 * import { gelu, tensor } from "@graddiff/core";
 *
 * console.log(String(gelu(tensor([-1, 0, 2])))); // [-0.15865526  0.          1.9544997 ]
 * ```
 */
export const gelu: UnaryWith<GeluOptions> = unaryWith({
  name: "gelu",
  formula: "x · Φ(x)",
  promotion: "float",
  read: readApproximation,
  body: (x, { approximation }) => {
    if (approximation === "none") return x.mul(normalCdf(x));
    // (1 + tanh u) / 2 is σ(2u), which keeps its digits for negative u.
    const near = where(x.abs().less(FAR), x, 0);
    const u = x.add(near.square().mul(near).mul(0.044715)).mul(2 * ROOT);
    return x.mul(sigmoid(u));
  },
  domain: [-3, 3],
  settings: [{ approximation: "none" }, { approximation: "tanh" }],
});

/**
 * x · tanh(log(1 + e^x)) (D. Misra, Mish, 2019).
 *
 * @example
 * ```ts
 * import { mish, tensor } from "@graddiff/core";
 *
 * console.log(String(mish(tensor([-1, 0, 2])))); // [-0.30340147  0.          1.943959  ]
 * ```
 */
export const mish: Unary = unary({
  name: "mish",
  formula: "x · tanh(softplus x)",
  promotion: "float",
  body: (x) => x.mul(softplus(x).tanh()),
  derivative: partials((x) => {
    // tanh(softplus x) and its derivative, in q = e^−|x|: as (1 + e^x)² − 1 over (1 + e^x)² + 1.
    const isPositive = x.greater(0);
    const q = where(isPositive, x.neg(), x).exp();
    const double = q.mul(2);
    const power = where(isPositive, double.square(), q.mul(4));
    const below = where(
      isPositive,
      q.square().mul(2).add(double).add(1),
      q.square().add(double).add(2),
    );
    const n = q.mul(q.add(2));
    const value = where(isPositive, power.mul(-0.5).div(below).add(1), n.div(below));
    const slope = power.mul(q.add(1)).div(below.square());
    return value.add(x.mul(slope));
  }),
  domain: [
    [-3, -0.3],
    [0.3, 3],
  ],
  edges: [
    [0, 0],
    [100, 100],
    [-1000, -0],
    [NaN, NaN],
  ],
});

/**
 * min(max(x + 3, 0), 6) / 6. Its derivative at −3 and 3 is 0.
 *
 * @example
 * ```ts
 * import { hardSigmoid, tensor } from "@graddiff/core";
 *
 * console.log(String(hardSigmoid(tensor([-4, 0, 1.5])))); // [0.   0.5  0.75]
 * ```
 */
export const hardSigmoid: Unary = unary({
  name: "hardSigmoid",
  formula: "relu6(x + 3) / 6",
  promotion: "float",
  body: (x) => relu6(x.add(3)).div(6),
  derivative: partials((x) => x.abs().less(3).cast(x.dtype).div(6)),
  convention: {
    points: [
      [-3, 0],
      [3, 0],
    ],
  },
  domain: [
    [-6, -3.5],
    [-2.5, 2.5],
    [3.5, 6],
  ],
  edges: [
    [0, 0.5],
    [3, 1],
    [-4, 0],
    [Infinity, 1],
    [NaN, NaN],
  ],
});

/**
 * x · min(max(x + 3, 0), 6) / 6. Its derivative at −3 is −1/2, and at 3 it is 3/2.
 *
 * @example
 * ```ts
 * import { hardSwish, tensor } from "@graddiff/core";
 *
 * console.log(String(hardSwish(tensor([-4, 0, 3])))); // [-0.  0.  3.]
 * ```
 */
export const hardSwish: Unary = unary({
  name: "hardSwish",
  formula: "x · relu6(x + 3) / 6",
  promotion: "float",
  body: (x) => x.mul(relu6(x.add(3))).div(6),
  // NaN is in the middle.
  derivative: partials((x) => where(x.less(-3), 0, where(x.greater(3), 1, x.div(3).add(0.5)))),
  convention: {
    points: [
      [-3, -0.5],
      [3, 1.5],
    ],
  },
  domain: [
    [-6, -3.5],
    [-2.5, 2.5],
    [3.5, 6],
  ],
  edges: [
    [0, 0],
    [3, 3],
    [-3, -0],
    [-4, -0],
    [Infinity, Infinity],
    [NaN, NaN],
  ],
});

/**
 * log σ(x), which neither underflows nor loses small values: −softplus(−x).
 *
 * @example
 * ```ts
 * import { logSigmoid, tensor } from "@graddiff/core";
 *
 * console.log(String(logSigmoid(tensor([-1, 0, 2])))); // [-1.3132617 -0.6931472 -0.126928 ]
 * ```
 */
export const logSigmoid: Unary = unary({
  name: "logSigmoid",
  formula: "log(1 / (1 + e^−x))",
  promotion: "float",
  body: (x) => softplus(x.neg()).neg(),
  domain: [-4, 4],
  edges: [
    [-1000, -1000],
    [-Infinity, -Infinity],
    [Infinity, -0],
    [NaN, NaN],
  ],
});

/**
 * x / (1 + |x|).
 *
 * @example
 * ```ts
 * import { softsign, tensor } from "@graddiff/core";
 *
 * console.log(String(softsign(tensor([-1, 0, 3])))); // [-0.5   0.    0.75]
 * ```
 */
export const softsign: Unary = unary({
  name: "softsign",
  formula: "x / (1 + |x|)",
  promotion: "float",
  body: (x) => x.div(x.abs().add(1)),
  // The square of a quotient: a square of 1 + |x| would overflow.
  derivative: partials((x) => reciprocal(x.abs().add(1)).square()),
  domain: [
    [-3, -0.5],
    [0.5, 3],
  ],
  edges: [
    [0, 0],
    [-1, -0.5],
    [3, 0.75],
    [NaN, NaN],
  ],
});

/** (x − tanh x) / x³ in x²: its Taylor series, for |x| up to 1/4. */
const SHRINK = [
  0.3333333333333333, -0.13333333333333333, 0.05396825396825397, -0.021869488536155203,
  0.008863235529902197, -0.003592128036572481, 0.0014558343870513183, -0.000590027440945586,
  0.00023912911424355248, -0.00009691537956929451,
];

/**
 * x − tanh x, without the cancellation near 0.
 *
 * @example
 * ```ts
 * import { tanhshrink, tensor } from "@graddiff/core";
 *
 * console.log(String(tanhshrink(tensor([-1, 0, 2])))); // [-0.23840582  0.          1.0359724 ]
 * ```
 */
export const tanhshrink: Unary = unary({
  name: "tanhshrink",
  formula: "x − tanh x",
  promotion: "float",
  body: (x) => {
    const square = x.square();
    const series = SHRINK.reduceRight<Tensor>(
      (sum, coefficient) => sum.mul(square).add(coefficient),
      square.mul(0),
    );
    return where(x.abs().less(0.25), x.mul(square).mul(series), x.sub(tanh(x)));
  },
  derivative: partials((x) => {
    // Far out as 1 − 4 σ′(2x), whose derivative keeps its digits.
    const twice = x.mul(2);
    const far = slopeOfSigmoid(twice, sigmoid(twice)).mul(-4).add(1);
    return where(x.abs().less(2), tanh(x).square(), far);
  }),
  domain: [
    [-5, -2.2],
    [-1.8, -0.3],
    [-0.2, 0.2],
    [0.3, 1.8],
    [2.2, 5],
  ],
  edges: [
    [0, 0],
    [100, 99],
    [-Infinity, -Infinity],
    [NaN, NaN],
  ],
});
