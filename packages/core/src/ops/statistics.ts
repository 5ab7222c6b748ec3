/**
 * Reductions of several steps: the logarithm of a sum of exponentials, variance and norms.
 */

import { anyNumber, finite, flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import { type Op, type RuleContext, rule, withTangent } from "../graph/op.ts";
import { at, normalizeAxes, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { div, square } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { promoteInputs } from "./promote.ts";
import {
  type Axes,
  batchReduction,
  countOf,
  max,
  mean,
  min,
  type Reducer,
  type ReductionAttributes,
  type ReductionOptions,
  reducedType,
  reduction,
  refuseEmpty,
  restore,
  sum,
} from "./reduction.ts";
import { register } from "./registry.ts";
import { exp, log } from "./transcendental.ts";

type Context = RuleContext<ReductionAttributes>;

/**
 * log Σᵢ e^xᵢ along the given axes, or of all elements, computed from differences to the greatest, so that
 * nothing overflows. −∞ where all elements are.
 *
 * @param axes default: all.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { logSumExp, tensor } from "@graddiff/core";
 *
 * console.log(logSumExp(tensor([1000, 1000], { dtype: "float64" })).item()); // 1000.6931471805599
 * ```
 */
export const logSumExp: Reducer = reduction({
  name: "logSumExp",
  symbol: "log Σ exp",
  formula: "log Σᵢ e^xᵢ",
  promotion: "float",
  body: (x, { axes, keepDims }) => {
    const greatest = max(x, axes, { keepDims: true }).stopGradient();
    // An infinite greatest element is the result; its difference to itself would be NaN.
    const finite = where(greatest.abs().less(Number.POSITIVE_INFINITY), greatest, 0);
    const total = log(sum(exp(x.sub(finite)), axes, { keepDims: true })).add(finite);
    return keepDims ? total : total.reshape(withoutAxes(total.shape, axes));
  },
  derivative: withTangent(
    rule((cotangent, context: Context) => {
      const { shape } = at(context.inputs, 0);
      const { attributes } = context;
      return restore(cotangent, shape, attributes).mul(sharesOf(context));
    }),
    ([tangent], context) => {
      const { axes, keepDims } = context.attributes;
      return tangent && sum(tangent.mul(sharesOf(context)), axes, { keepDims });
    },
  ),
  convention: {
    text: "NaN where all elements are −∞",
    points: [
      [
        [-Infinity, -Infinity],
        [NaN, NaN],
      ],
    ],
    attributes: { axes: [0], keepDims: false },
  },
  emptyAllowed: false,
});

/** Returns the part that each element has in a sum of exponentials. */
function sharesOf({ inputs, output, attributes }: Omit<Context, "index">): Tensor {
  const input = at(inputs, 0);
  return exp(input.sub(restore(output, input.shape, attributes)));
}

function withoutAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

interface Spread extends ReductionAttributes {
  /** The number that is subtracted from the number of elements in the divisor of the squares. */
  readonly correction: number;
}

/** The last argument of {@link variance} and {@link standardDeviation}. */
export interface VarianceOptions extends ReductionOptions {
  /** Taken off the number of elements; 1 for an unbiased estimate from a sample. Default 0. */
  readonly correction?: number;
}

const readVarianceOptions = optionsReader({
  keepDims: optional(flag, false),
  correction: optional(finite, 0),
});

/** x less its mean along axes. */
function centred(x: Tensor, { axes }: Spread): Tensor {
  return x.sub(mean(x, axes, { keepDims: true }));
}

/** Returns the number of elements less the correction, and 0 where that is greater. */
function freedomOf(x: Tensor, { axes, correction }: Spread): number {
  return Math.max(0, countOf(x.shape, axes) - correction);
}

type SpreadFunction = (x: TensorLike, axes?: Axes, options?: VarianceOptions) => Tensor;

/* @__NO_SIDE_EFFECTS__ */
function spread(
  fields: Pick<Op<Spread>, "name" | "symbol" | "formula" | "derivative" | "convention"> & {
    readonly of: (x: Tensor, attributes: Spread) => Tensor;
  },
): SpreadFunction {
  const { of, ...rest } = fields;
  const { name } = rest;
  const op: Op<Spread> = register<Spread>({
    ...rest,
    family: "reduction",
    promotion: "float",
    results: ([input], attributes) => [reducedType(input, attributes)],
    body: (inputs, attributes) => [of(at(inputs, 0), attributes)],
    batch: batchReduction,
    examples: {
      domain: [-3, 3],
      cases: [
        { shapes: [[5]], attributes: { axes: [0], keepDims: false, correction: 0 } },
        { shapes: [[2, 3]], attributes: { axes: [1], keepDims: true, correction: 1 } },
        { shapes: [[2, 3, 4]], attributes: { axes: [0, 2], keepDims: false, correction: 0.5 } },
      ],
    },
  });
  return function (x, axes, options) {
    refuseSurplus(name, 3, arguments);
    const { keepDims, correction } = readVarianceOptions(name, options, typeof axes === "number");
    const [input] = promoteInputs(name, [toTensor(name, "x", x)], "float");
    const list = normalizeAxes(name, axes, input.rank);
    refuseEmpty(name, input, list);
    return apply(op, [input], { axes: list, keepDims, correction });
  };
}

/** Returns the sum of squared differences to the mean, over their number less the correction. */
function varianceOf(x: Tensor, attributes: Spread): Tensor {
  const { axes, keepDims } = attributes;
  return sum(square(centred(x, attributes)), axes, { keepDims }).div(freedomOf(x, attributes));
}

/**
 * The variance along the given axes, or of all elements: the mean of squared differences to the mean. It divides by their
 * number n; `{ correction: 1 }` divides by n − 1, as PyTorch's `var` does by default.
 *
 * @param axes default: all.
 * @param options `correction` (default 0, as in the array API), `keepDims`.
 * @returns floats; NaN or infinite where there are no more elements than `correction`.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { tensor, variance } from "@graddiff/core";
 *
 * const x = tensor([1, 2, 3, 4]);
 * console.log(variance(x).item(), variance(x, 0, { correction: 1 }).item()); // 1.25 1.6666666269302368
 * ```
 */
export const variance: SpreadFunction = spread({
  name: "variance",
  symbol: "var",
  formula: "Σᵢ (xᵢ − x̄)² / n, or n − correction",
  of: varianceOf,
  derivative: withTangent(
    rule((cotangent, { inputs, attributes }: RuleContext<Spread>) => {
      const x = at(inputs, 0);
      const whole = restore(cotangent, x.shape, attributes);
      return whole.mul(centred(x, attributes)).mul(div(2, freedomOf(x, attributes)));
    }),
    ([tangent], { inputs, attributes }) => {
      const x = at(inputs, 0);
      const { axes, keepDims } = attributes;
      const along = tangent && sum(tangent.mul(centred(x, attributes)), axes, { keepDims });
      return along?.mul(div(2, freedomOf(x, attributes)));
    },
  ),
});

/**
 * The standard deviation along the given axes, or of all elements: the square root of {@link variance}, so of a
 * division by n. `{ correction: 1 }` divides by n − 1, as PyTorch's `std` does by default.
 *
 * Its gradient is 0 where it is 0, as in PyTorch.
 *
 * @param axes default: all.
 * @param options `correction` (default 0, as in the array API), `keepDims`.
 * @returns floats; NaN or infinite where there are no more elements than `correction`.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { standardDeviation, tensor } from "@graddiff/core";
 *
 * console.log(standardDeviation(tensor([1, 3, 1, 3])).item()); // 1
 * ```
 */
export const standardDeviation: SpreadFunction = spread({
  name: "standardDeviation",
  symbol: "std",
  formula: "√(Σᵢ (xᵢ − x̄)² / n), or n − correction",
  of: (x, attributes) => powerOfPositive(varianceOf(x, attributes), 0.5),
  convention: {
    text: "0 where the result is 0",
    points: [
      [
        [2, 2],
        [0, 0],
      ],
    ],
    attributes: { axes: [0], keepDims: false, correction: 0 },
  },
});

/** x to a power for x > 0; 0 for 0, with a derivative of 0. NaN stays. */
function powerOfPositive(x: Tensor, exponent: number): Tensor {
  const isZero = x.equal(0);
  const positive = where(isZero, 1, x);
  return where(isZero, 0, exponent === 0.5 ? positive.sqrt() : positive.pow(exponent));
}

interface Norm extends ReductionAttributes {
  readonly order: number;
}

/** The last argument of {@link norm}. */
export interface NormOptions extends ReductionOptions {
  /** The order of the norm: 2 (the default), 1, Infinity, −Infinity, 0 or any other number. */
  readonly order?: number;
}

const readNormOptions = optionsReader({
  keepDims: optional(flag, false),
  order: optional(anyNumber, 2),
});

function normOf(x: Tensor, { axes, keepDims, order }: Norm): Tensor {
  const options = { keepDims };
  const sizes = x.abs();
  switch (order) {
    case 0:
      return sum(x.notEqual(0).cast(x.dtype), axes, options);
    case 1:
      return sum(sizes, axes, options);
    case 2:
      return powerOfPositive(sum(square(x), axes, options), 0.5);
    case Number.POSITIVE_INFINITY: {
      // The greatest size of none is 0, as in NumPy: no size is less.
      const isEmpty = axes.some((axis) => at(x.shape, axis) === 0);
      return (isEmpty ? sum : max)(sizes, axes, options);
    }
    case Number.NEGATIVE_INFINITY:
      return min(sizes, axes, options);
    default: {
      // A negative power of 0 is infinite, and the norm 0.
      const powers = powerOfPositive(sizes, order);
      const all = order > 0 ? powers : where(x.equal(0), Number.POSITIVE_INFINITY, powers);
      return powerOfPositive(sum(all, axes, options), 1 / order);
    }
  }
}

const normOp: Op<Norm> = register<Norm>({
  name: "norm",
  symbol: "‖( )‖",
  family: "reduction",
  promotion: "float",
  formula: "(Σᵢ |xᵢ|^p)^(1/p)",
  results: ([input], attributes) => [reducedType(input, attributes)],
  body: (inputs, attributes) => [normOf(at(inputs, 0), attributes)],
  convention: {
    text: "0 where the norm or, below order 2, an element is 0; equal extremes share it evenly",
    points: [
      [
        [0, 0],
        [0, 0],
      ],
    ],
    attributes: { axes: [0], keepDims: false, order: 2 },
  },
  batch: batchReduction,
  examples: {
    domain: [
      [-3, -0.5],
      [0.5, 3],
    ],
    cases: [2, 1, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3, 0.5, -1.5].map(
      (order, i) => ({
        shapes: [i % 2 === 0 ? [2, 3] : [2, 3, 4]],
        attributes: { axes: i % 3 === 0 ? [0, 1] : [1], keepDims: i % 2 === 1, order },
      }),
    ),
  },
});

/**
 * Returns the vector norm along the given axes, or of all elements: (Σᵢ |xᵢ|^p)^(1/p) for the order p. Order Infinity
 * is the greatest size, 0 of none, −Infinity the least, and 0 the number of elements that are not 0.
 *
 * The gradient of order 2 is 0 where the norm is 0, as in PyTorch; that of the infinite orders is shared evenly by the
 * elements of that size.
 *
 * @param axes default: all.
 * @param options `order` (default 2), `keepDims` (default false).
 * @returns floats.
 * @throws ShapeError for an axis out of range, or for the order −Infinity one without elements.
 * @example
 * ```ts
 * import { norm, tensor } from "@graddiff/core";
 *
 * const x = tensor([[3, 4], [0, -2]]);
 * console.log(String(norm(x, 1)), norm(x, 0, { order: 1 }).toArray()); // [5. 2.] [ 3, 6 ]
 * ```
 */
export function norm(x: TensorLike, axes?: Axes, options?: NormOptions): Tensor {
  refuseSurplus("norm", 3, arguments);
  const { keepDims, order } = readNormOptions("norm", options, typeof axes === "number");
  const [input] = promoteInputs("norm", [toTensor("norm", "x", x)], "float");
  const list = normalizeAxes("norm", axes, input.rank);
  if (order === Number.NEGATIVE_INFINITY) refuseEmpty("norm", input, list);
  return apply(normOp, [input], { axes: list, keepDims, order });
}
