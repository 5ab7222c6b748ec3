/**
 * The reduction family: elements along some axes become one.
 */

import { finite, flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { reductionKernel } from "../families/reduction.ts";
import { apply } from "../graph/apply.ts";
import type { Reduction } from "../graph/kernel.ts";
import {
  type BatchRule,
  type Derivative,
  type Interval,
  linear,
  type Op,
  type Promotion,
  type RuleContext,
  rule,
  type TensorType,
} from "../graph/op.ts";
import type { DType } from "../tensor/dtype.ts";
import { at, normalizeAxes, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { add, div, maximum, minimum, square } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { exp, log } from "./transcendental.ts";

/** What a reduction works on. */
export interface ReductionAttributes extends Readonly<Record<string, unknown>> {
  /** From the front, ascending. */
  readonly axes: readonly number[];
  /** Whether reduced axes stay, with length 1. */
  readonly keepDims: boolean;
}

/** The last argument of every reduction. */
export interface ReductionOptions {
  /** Keep the reduced axes with length 1, so that the result broadcasts against the input. Default false. */
  readonly keepDims?: boolean;
}

const readOptions = optionsReader({ keepDims: optional(flag, false) });

/** One axis or several; all where left out. Negative axes count from the end. */
export type Axes = number | readonly number[];

interface ReductionDefinition {
  readonly name: string;
  readonly symbol: string;
  readonly formula: string;
  readonly promotion: Promotion;
  /** A primitive: how two elements become one, and what is there before the first. */
  readonly fold?: Omit<Reduction<ReductionAttributes>, "axes">;
  /** A composite: the op written in other ops. */
  readonly body?: Op<ReductionAttributes>["body"];
  readonly derivative?: Derivative<ReductionAttributes>;
  readonly domain?: Interval;
  /** Whether there is a result for no elements. */
  readonly emptyAllowed: boolean;
}

type Reducer = (x: TensorLike, axes?: Axes, options?: ReductionOptions) => Tensor;

/* @__NO_SIDE_EFFECTS__ */
function reduction(definition: ReductionDefinition): Reducer {
  const { name, promotion, emptyAllowed, domain = [-3, 3], fold, body, ...rest } = definition;
  const op: Op<ReductionAttributes> = register<ReductionAttributes>({
    ...rest,
    name,
    promotion,
    family: "reduction",
    derivative: definition.derivative,
    ...(body && { body }),
    ...(fold && { kernel: reductionKernel({ ...fold, axes: ({ axes }) => axes }) }),
    infer: ([input], { axes, keepDims }) => inferReduction(input, axes, keepDims),
    batch: batchReduction,
    examples: {
      domain,
      cases: [
        { shapes: [[]], attributes: { axes: [], keepDims: false } },
        { shapes: [[5]], attributes: { axes: [0], keepDims: false } },
        { shapes: [[2, 3]], attributes: { axes: [1], keepDims: true } },
        { shapes: [[2, 3]], attributes: { axes: [0], keepDims: false } },
        { shapes: [[2, 3, 4]], attributes: { axes: [0, 2], keepDims: false } },
        { shapes: [[2, 3, 2]], attributes: { axes: [0, 1, 2], keepDims: false } },
        ...(emptyAllowed ? [{ shapes: [[0, 2]], attributes: { axes: [0], keepDims: false } }] : []),
      ],
    },
  });

  return function (x, axes, options) {
    if (arguments.length > 3) refuseSurplus(name, 3, arguments);
    const { keepDims } = readOptions(name, options);
    const [input] = promoteInputs(name, [toTensor(name, "x", x)], promotion);
    if (input === undefined) throw new Error("unreachable");
    const list = normalizeAxes(name, axes, input.rank);
    if (!emptyAllowed) refuseEmpty(name, input, list);
    return apply(op, [input], { axes: list, keepDims });
  };
}

/** @throws ShapeError where there are no elements along the axes. */
function refuseEmpty(op: string, input: Tensor, axes: readonly number[]): void {
  if (!axes.some((axis) => input.shape[axis] === 0)) return;
  throw new ShapeError({
    op,
    argument: "x",
    expected: "at least one element along the reduced axes",
    got: describe(input),
  });
}

function inferReduction(
  input: TensorType | undefined,
  axes: readonly number[],
  keepDims: boolean,
): TensorType {
  const { shape = [], dtype = "float32", weak = false } = input ?? {};
  const reduced = new Set(axes);
  return {
    shape: keepDims
      ? shape.map((length, axis) => (reduced.has(axis) ? 1 : length))
      : shape.filter((_, axis) => !reduced.has(axis)),
    dtype,
    weak,
  };
}

/** The batch is one more axis in front, which stays. */
const batchReduction: BatchRule<ReductionAttributes> = (inputs, _batched, attributes, op) =>
  apply(op, inputs, { ...attributes, axes: attributes.axes.map((axis) => axis + 1) });

/** Repeats a reduced tensor over the axes that were reduced. */
function restore(reduced: Tensor, shape: Shape, { axes }: ReductionAttributes): Tensor {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return reduced.reshape(kept).broadcastTo(shape);
}

function countOf(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * at(shape, axis), 1);
}

type Context = RuleContext<ReductionAttributes>;

function inputOf({ inputs }: Context): Tensor {
  return at(inputs, 0);
}

/**
 * The sum along the given axes, or of all elements. A bool tensor is counted, in int32; an int32
 * sum wraps around beyond 2³¹.
 *
 * The order of summation is fixed (16 lanes for float32, 8 for float64, blocks of 512 added as a
 * tree), so that results have the same bits everywhere and the error grows with the logarithm of
 * the length: 10⁷ times 0.1 in float32 is 10⁶ within 1e-6.
 *
 * @param axes default: all.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(x.sum().item(), String(x.sum(0)), x.sum(1, { keepDims: true }).shape); // 10 [4. 6.] [ 2, 1 ]
 * ```
 */
export const sum: Reducer = reduction({
  name: "sum",
  symbol: "Σ",
  formula: "Σᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: add.op, identity: 0, kernel: "sum" },
  derivative: linear((cotangent, context: Context) =>
    restore(cotangent, inputOf(context).shape, context.attributes),
  ),
  emptyAllowed: true,
});

/**
 * The arithmetic mean along the given axes, or of all elements. int32 gives float32.
 * @throws ShapeError if there are no elements to average.
 */
export const mean: Reducer = reduction({
  name: "mean",
  symbol: "mean",
  formula: "(1/n) Σᵢ xᵢ",
  promotion: "float",
  body: ([x], { axes, keepDims }) => {
    const input = toTensor("mean", "x", x ?? 0);
    return sum(input, axes, { keepDims }).div(countOf(input.shape, axes));
  },
  derivative: linear((cotangent, context: Context) => {
    const { shape } = inputOf(context);
    const { axes } = context.attributes;
    return restore(cotangent.div(countOf(shape, axes)), shape, context.attributes);
  }),
  emptyAllowed: false,
});

/** The elements that are the extreme, as ones among zeros, and how many there are along the axes. */
function extremesOf({ inputs, output, attributes }: Omit<Context, "index">, dtype: DType) {
  const input = at(inputs, 0);
  const chosen = input.equal(restore(output, input.shape, attributes)).cast(dtype);
  return { chosen, count: sum(chosen, attributes.axes, { keepDims: true }) };
}

/** Elements equal to the extreme share the gradient evenly. */
const extremeRule: Derivative<ReductionAttributes> = {
  ...rule((cotangent, context: Context) => {
    const { chosen, count } = extremesOf(context, cotangent.dtype);
    return chosen.mul(cotangent.reshape(count.shape).div(count));
  }),
  tangent: ([tangent], context) => {
    if (tangent === undefined) return undefined;
    const { chosen, count } = extremesOf(context, tangent.dtype);
    const { axes, keepDims } = context.attributes;
    const whole = sum(chosen.mul(tangent), axes, { keepDims });
    return whole.div(count.reshape(whole.shape));
  },
};

/**
 * The greatest element along the given axes, or of all; NaN if one is NaN. Equal greatest
 * elements share the gradient evenly.
 * @throws ShapeError if there are no elements.
 */
export const max: Reducer = reduction({
  name: "max",
  symbol: "max",
  formula: "maxᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: maximum.op, identity: Number.NEGATIVE_INFINITY, kernel: "max" },
  derivative: extremeRule,
  emptyAllowed: false,
});

/**
 * The least element along the given axes, or of all; NaN if one is NaN. Equal least elements
 * share the gradient evenly.
 * @throws ShapeError if there are no elements.
 */
export const min: Reducer = reduction({
  name: "min",
  symbol: "min",
  formula: "minᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: minimum.op, identity: Number.POSITIVE_INFINITY, kernel: "min" },
  derivative: extremeRule,
  emptyAllowed: false,
});

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
  body: ([x], { axes, keepDims }) => {
    const input = toTensor("logSumExp", "x", x ?? 0);
    const greatest = max(input, axes, { keepDims: true }).stopGradient();
    // A greatest element that is infinite is its own result; its difference to itself would be NaN.
    const finite = where(greatest.abs().less(Number.POSITIVE_INFINITY), greatest, 0);
    const total = log(sum(exp(input.sub(finite)), axes, { keepDims: true })).add(finite);
    return keepDims ? total : total.reshape(withoutAxes(total.shape, axes));
  },
  derivative: {
    ...rule((cotangent, context: Context) => {
      const { shape } = inputOf(context);
      const { attributes } = context;
      return restore(cotangent, shape, attributes).mul(sharesOf(context));
    }),
    tangent: ([tangent], context) => {
      const { axes, keepDims } = context.attributes;
      return tangent && sum(tangent.mul(sharesOf(context)), axes, { keepDims });
    },
  },
  emptyAllowed: false,
});

/** The part that each element has in a sum of exponentials. */
function sharesOf({ inputs, output, attributes }: Omit<Context, "index">): Tensor {
  const input = at(inputs, 0);
  return exp(input.sub(restore(output, input.shape, attributes)));
}

function withoutAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

interface Spread extends ReductionAttributes {
  /** What is taken off the number of elements that the squares are divided by. */
  readonly correction: number;
}

/** The last argument of {@link variance}. */
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

/** 2 / (n − correction). */
function slopeOf(x: Tensor, { axes, correction }: Spread): Tensor {
  return div(2, countOf(x.shape, axes) - correction);
}

const varianceOp: Op<Spread> = register<Spread>({
  name: "variance",
  symbol: "var",
  family: "reduction",
  promotion: "float",
  formula: "Σᵢ (xᵢ − x̄)² / (n − c)",
  infer: ([input], { axes, keepDims }) => inferReduction(input, axes, keepDims),
  body: ([x], attributes) => {
    const input = toTensor("variance", "x", x ?? 0);
    const { axes, keepDims, correction } = attributes;
    const squares = sum(square(centred(input, attributes)), axes, { keepDims });
    return squares.div(countOf(input.shape, axes) - correction);
  },
  derivative: {
    ...rule((cotangent, { inputs, attributes }: RuleContext<Spread>) => {
      const x = at(inputs, 0);
      const whole = restore(cotangent, x.shape, attributes);
      return whole.mul(centred(x, attributes)).mul(slopeOf(x, attributes));
    }),
    tangent: ([tangent], { inputs, attributes }) => {
      const x = at(inputs, 0);
      const { axes, keepDims } = attributes;
      const along = tangent && sum(tangent.mul(centred(x, attributes)), axes, { keepDims });
      return along?.mul(slopeOf(x, attributes));
    },
  },
  batch: (inputs, _batched, attributes, op) =>
    apply(op, inputs, { ...attributes, axes: attributes.axes.map((axis) => axis + 1) }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[5]], attributes: { axes: [0], keepDims: false, correction: 0 } },
      { shapes: [[2, 3]], attributes: { axes: [1], keepDims: true, correction: 1 } },
      { shapes: [[2, 3, 4]], attributes: { axes: [0, 2], keepDims: false, correction: 0.5 } },
    ],
  },
});

/**
 * The variance along the given axes, or of all elements: the mean of squared differences to the mean.
 *
 * @param axes default: all.
 * @param options `correction` (default 0, as in the array API; PyTorch's default is 1), `keepDims`.
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
export function variance(x: TensorLike, axes?: Axes, options?: VarianceOptions): Tensor {
  if (arguments.length > 3) refuseSurplus("variance", 3, arguments);
  const { keepDims, correction } = readVarianceOptions("variance", options);
  const [input] = promoteInputs("variance", [toTensor("variance", "x", x)], "float");
  if (input === undefined) throw new Error("unreachable");
  const list = normalizeAxes("variance", axes, input.rank);
  refuseEmpty("variance", input, list);
  return apply(varianceOp, [input], { axes: list, keepDims, correction });
}
