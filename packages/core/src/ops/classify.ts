/**
 * Numbers that are none: NaN and the infinities.
 */

import { anyNumber, numberThat, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import { partials } from "../graph/op.ts";
import { isFloat } from "../tensor/dtype.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { PIECEWISE, where } from "./comparison.ts";
import { defineElementwise, type Unary, type UnaryWith, unary, unaryWith } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";

/* @__NO_SIDE_EFFECTS__ */
function question(name: string, formula: string, body: (x: Tensor) => Tensor, answers: number[]) {
  return unary({
    name,
    formula,
    promotion: "comparison",
    body,
    derivative: PIECEWISE,
    domain: [-3, 3],
    edges: [1, NaN, Infinity, -Infinity, -0].map((x, i) => [x, answers[i] ?? 0]),
  });
}

/**
 * True where x is NaN, as a bool tensor; int32 and bool never are.
 *
 * @example
 * ```ts
 * import { isNaN, tensor } from "@graddiff/core";
 *
 * console.log(String(isNaN(tensor([1, Infinity, NaN])))); // [False False  True]
 * ```
 */
const isNotANumber: Unary = question("isNaN", "x ≠ x", (x) => x.notEqual(x), [0, 1, 0, 0, 0]);

/**
 * True where x is neither NaN nor infinite, as a bool tensor; int32 and bool always are.
 *
 * @example
 * ```ts
 * import { isFinite, tensor } from "@graddiff/core";
 *
 * console.log(String(isFinite(tensor([1, Infinity, NaN])))); // [ True False False]
 * ```
 */
const isNumber: Unary = question("isFinite", "|x| < ∞", (x) => x.sub(x).equal(0), [1, 0, 0, 0, 1]);

export { isNotANumber as isNaN, isNumber as isFinite };

/**
 * True where x is Infinity or −Infinity, as a bool tensor; int32 and bool never are.
 *
 * @example
 * ```ts
 * import { isInfinite, tensor } from "@graddiff/core";
 *
 * console.log(String(isInfinite(tensor([1, Infinity, NaN])))); // [False  True False]
 * ```
 */
export const isInfinite: Unary = question(
  "isInfinite",
  "|x| = ∞",
  (x) => x.sub(x).notEqual(0).logicalAnd(x.equal(x)),
  [0, 0, 1, 1, 0],
);

/** The numbers in the place of NaN and infinities. */
export interface Replacements {
  /** The number for NaN. Default 0. */
  readonly nan?: number;
  /** The number for Infinity. Default the greatest number of the dtype. */
  readonly posInf?: number;
  /** The number for −Infinity. Default the least number of the dtype. */
  readonly negInf?: number;
}

const readReplacements = optionsReader({
  nan: optional(anyNumber, 0),
  posInf: optional(anyNumber, undefined),
  negInf: optional(anyNumber, undefined),
});

const GREATEST = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE } as const;

/**
 * x, with numbers in the place of NaN and the infinities; int32 stays as it is. The gradient passes where x is
 * finite, and is 0 elsewhere.
 *
 * @example
 * ```ts
 * import { nanToNum, tensor } from "@graddiff/core";
 *
 * console.log(String(nanToNum(tensor([NaN, Infinity, 2]), { posInf: 9 }))); // [0. 9. 2.]
 * ```
 */
export const nanToNum: UnaryWith<Replacements> = unaryWith({
  name: "nanToNum",
  formula: "numbers for NaN and ±∞",
  read: readReplacements,
  body: (x, { nan, posInf, negInf }) => {
    if (!isFloat(x.dtype)) return x.add(0);
    const greatest = GREATEST[x.dtype];
    const high = where(x.equal(Number.POSITIVE_INFINITY), posInf ?? greatest, x);
    const low = where(x.equal(Number.NEGATIVE_INFINITY), negInf ?? -greatest, high);
    return where(x.notEqual(x), nan, low);
  },
  derivative: partials((x) => isNumber(x).cast(x.dtype)),
  convention: {
    text: "0 where x is not finite",
    points: [
      [NaN, 0],
      [Infinity, 0],
      [-Infinity, 0],
    ],
    attributes: { nan: 0, posInf: undefined, negInf: undefined },
  },
  domain: [-3, 3],
  settings: [
    { nan: 0, posInf: undefined, negInf: undefined },
    { nan: 1, posInf: 2, negInf: -Infinity },
  ],
  exact: [
    {
      inputs: [[NaN, Infinity, -Infinity, 2, -0]],
      attributes: { nan: 5, posInf: 6, negInf: -7 },
      results: [[5, 6, -7, 2, -0]],
    },
  ],
});

/** The tolerances of {@link isClose}. */
export interface Nearness {
  /** Relative to the size of y. Default 1e-5. */
  readonly relative?: number;
  /** Absolute. Default 1e-8. */
  readonly absolute?: number;
}

const tolerance = numberThat((value) => value >= 0, "a number from 0");
const readNearness = optionsReader({
  relative: optional(tolerance, 1e-5),
  absolute: optional(tolerance, 1e-8),
});

const isCloseOp = defineElementwise({
  name: "isClose",
  formula: "|x − y| ≤ absolute + relative · |y|",
  promotion: "comparison",
  body: (x: Tensor, y: Tensor, { relative, absolute }: Required<Nearness>) => {
    const [a, b] = isFloat(x.dtype) ? [x, y] : [x.cast("float64"), y.cast("float64")];
    const isNear = a.sub(b).abs().lessEqual(b.abs().mul(relative).add(absolute));
    // Infinities are close to themselves alone.
    return isNear.logicalAnd(isNumber(b)).logicalOr(a.equal(b));
  },
  derivative: PIECEWISE,
  domain: [-3, 3],
  cases: [
    [[], []],
    [[2, 3], [3]],
    [[0], []],
  ],
  settings: [
    { relative: 1e-5, absolute: 1e-8 },
    { relative: 0.5, absolute: 0.25 },
  ],
  exact: [
    {
      inputs: [
        [1, 1, Infinity, Infinity, 1, NaN, -3],
        [1.25, 2, Infinity, -Infinity, Infinity, NaN, -3],
      ],
      attributes: { relative: 0.25, absolute: 0 },
      results: [[1, 0, 1, 0, 0, 0, 1]],
    },
  ],
});

/**
 * True where x and y differ by at most `absolute + relative · |y|`, element by element and broadcast, as a bool tensor.
 * NaN is close to nothing, an infinity to itself. `allClose` asks it of all at once.
 *
 * @example
 * ```ts
 * import { isClose, tensor } from "@graddiff/core";
 *
 * console.log(isClose(tensor([1, 2]), 1.1, { relative: 0.1 }).toArray()); // [ true, false ]
 * ```
 */
export const isClose: {
  (x: TensorLike, y: TensorLike, options?: Nearness): Tensor;
  readonly op: Op;
} = /* @__PURE__ */ Object.assign(
  (x: TensorLike, y: TensorLike, options: unknown = undefined, ...more: unknown[]) => {
    if (more.length > 0) refuseSurplus("isClose", 3, [x, y, options, ...more]);
    const inputs = [toTensor("isClose", "x", x), toTensor("isClose", "y", y)];
    return apply(
      isCloseOp,
      promoteInputs("isClose", inputs, "comparison"),
      readNearness("isClose", options),
    );
  },
  { op: isCloseOp },
);
