/**
 * The reduction family: elements along some axes become one.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { type NamedReduction, reductionKernel } from "../families/reduction.ts";
import { apply, applyAll } from "../graph/apply.ts";
import {
  type BatchCall,
  type Convention,
  type Derivative,
  type Domain,
  linear,
  type Op,
  type Promotion,
  type RuleContext,
  rule,
  withTangent,
} from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import type { DType } from "../tensor/dtype.ts";
import { at, normalizeAxes, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { add, maximum, minimum } from "./arithmetic.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";

/** The axes of a reduction, and the form of its result. */
export interface ReductionAttributes extends Readonly<Record<string, unknown>> {
  /** The axes counted from the front, ascending. */
  readonly axes: readonly number[];
  /** True if reduced axes stay, with length 1. */
  readonly keepDims: boolean;
}

/** The last argument of every reduction. */
export interface ReductionOptions {
  /** Keep the reduced axes with length 1, so that the result broadcasts against the input. Default false. */
  readonly keepDims?: boolean;
}

/** The reader of {@link ReductionOptions}. */
export const readReduction = optionsReader({ keepDims: optional(flag, false) });

/** One axis or several; all where left out. Negative axes count from the end. */
export type Axes = number | readonly number[];

/** The whole knowledge of a reduction. */
export interface ReductionDefinition {
  readonly name: string;
  readonly symbol: string;
  readonly formula: string;
  readonly promotion: Promotion;
  /** A primitive: the function that combines two elements, and the value before the first. */
  readonly fold?: Omit<NamedReduction<ReductionAttributes>, "axes">;
  /** A composite: the op written in other ops. */
  readonly body?: (x: Tensor, attributes: ReductionAttributes) => Tensor;
  readonly derivative?: Derivative<ReductionAttributes>;
  readonly domain?: Domain;
  /** The value of the derivative where it is not unique. */
  readonly convention?: Convention<ReductionAttributes>;
  /** True if there is a result for no elements. */
  readonly emptyAllowed: boolean;
  /** The dtype of the result, which is no plain number then. Default: that of the input. */
  readonly dtype?: DType;
}

/** A function that reduces a tensor along axes. */
export type Reducer = (x: TensorLike, axes?: Axes, options?: ReductionOptions) => Tensor;

/** Defines a reduction. */
/* @__NO_SIDE_EFFECTS__ */
export function reduction(definition: ReductionDefinition): Reducer {
  const {
    name,
    promotion,
    emptyAllowed,
    domain = [-3, 3],
    fold,
    body,
    dtype,
    ...rest
  } = definition;
  const op: Op<ReductionAttributes> = register<ReductionAttributes>({
    ...rest,
    name,
    promotion,
    family: "reduction",
    derivative: definition.derivative,
    ...(body && { body: (inputs, attributes) => [body(at(inputs, 0), attributes)] }),
    ...(fold && { kernel: reductionKernel({ ...fold, axes: ({ axes }) => axes }) }),
    results: ([input], attributes) => {
      const type = reducedType(input, attributes);
      return [dtype === undefined ? type : { ...type, dtype, weak: false }];
    },
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
    refuseSurplus(name, 3, arguments);
    const { keepDims } = readReduction(name, options, typeof axes === "number");
    const [input] = promoteInputs(name, [toTensor(name, "x", x)], promotion);
    const list = normalizeAxes(name, axes, input.rank);
    if (!emptyAllowed) refuseEmpty(name, input, list);
    return apply(op, [input], { axes: list, keepDims });
  };
}

/** @throws ShapeError where there are no elements along the axes. */
export function refuseEmpty(op: string, input: Tensor, axes: readonly number[]): void {
  if (!axes.some((axis) => input.shape[axis] === 0)) return;
  throw new ShapeError(op, "x", "at least one element along the reduced axes", describe(input));
}

/** Returns the type of an input that is reduced. */
export function reducedType(
  input: TensorType | undefined,
  { axes, keepDims }: ReductionAttributes,
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

/** Returns the batch rule: the batch is one more axis in front, which stays. */
export function batchReduction<A extends ReductionAttributes>(call: BatchCall<A>) {
  const { op, inputs, attributes } = call;
  return applyAll(op, inputs, { ...attributes, axes: attributes.axes.map((axis) => axis + 1) });
}

/** Repeats a reduced tensor over the axes that were reduced. */
export function restore(reduced: Tensor, shape: Shape, { axes }: ReductionAttributes): Tensor {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return reduced.reshape(kept).broadcastTo(shape);
}

/** Returns the number of elements that become one. */
export function countOf(shape: Shape, axes: readonly number[]): number {
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
 * tree). So results have the same bits everywhere, and the error grows with the logarithm of
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
 * @example
 * ```ts
 * import { mean, tensor } from "@graddiff/core";
 *
 * console.log(mean(tensor([[3, 1], [0, 2]])).item(), String(mean(tensor([[3, 1], [0, 2]]), 0))); // 1.5 [1.5 1.5]
 * ```
 */
export const mean: Reducer = reduction({
  name: "mean",
  symbol: "mean",
  formula: "(1/n) Σᵢ xᵢ",
  promotion: "float",
  body: (x, { axes, keepDims }) => sum(x, axes, { keepDims }).div(countOf(x.shape, axes)),
  derivative: linear((cotangent, context: Context) => {
    const { shape } = inputOf(context);
    const { axes } = context.attributes;
    return restore(cotangent.div(countOf(shape, axes)), shape, context.attributes);
  }),
  emptyAllowed: false,
});

/** Returns the elements that are the extreme, as ones among zeros, and how many there are along the axes. */
function extremesOf({ inputs, output, attributes }: Omit<Context, "index">, dtype: DType) {
  const input = at(inputs, 0);
  const chosen = input.equal(restore(output, input.shape, attributes)).cast(dtype);
  return { chosen, count: sum(chosen, attributes.axes, { keepDims: true }) };
}

/** Elements equal to the extreme share the gradient evenly. */
const extremeRule: Derivative<ReductionAttributes> = withTangent(
  rule((cotangent, context: Context) => {
    const { chosen, count } = extremesOf(context, cotangent.dtype);
    return chosen.mul(cotangent.reshape(count.shape).div(count));
  }),
  ([tangent], context) => {
    if (tangent === undefined) return undefined;
    const { chosen, count } = extremesOf(context, tangent.dtype);
    const { axes, keepDims } = context.attributes;
    const whole = sum(chosen.mul(tangent), axes, { keepDims });
    return whole.div(count.reshape(whole.shape));
  },
);

/**
 * The greatest element along the given axes, or of all; NaN if one is NaN. Equal greatest
 * elements share the gradient evenly.
 * @throws ShapeError if there are no elements.
 * @example
 * ```ts
 * import { max, tensor } from "@graddiff/core";
 *
 * console.log(max(tensor([[3, 1], [0, 2]])).item(), String(max(tensor([[3, 1], [0, 2]]), 1))); // 3 [3. 2.]
 * ```
 */
export const max: Reducer = reduction({
  name: "max",
  symbol: "max",
  formula: "maxᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: maximum.op, identity: Number.NEGATIVE_INFINITY, kernel: "max" },
  derivative: extremeRule,
  convention: {
    text: "equal extremes share it evenly",
    points: [
      [
        [1, 2, 2],
        [0, 0.5, 0.5],
      ],
    ],
    attributes: { axes: [0], keepDims: false },
  },
  emptyAllowed: false,
});

/**
 * The least element along the given axes, or of all; NaN if one is NaN. Equal least elements
 * share the gradient evenly.
 * @throws ShapeError if there are no elements.
 * @example
 * ```ts
 * import { min, tensor } from "@graddiff/core";
 *
 * console.log(min(tensor([[3, 1], [0, 2]])).item(), String(min(tensor([[3, 1], [0, 2]]), 1))); // 0 [1. 0.]
 * ```
 */
export const min: Reducer = reduction({
  name: "min",
  symbol: "min",
  formula: "minᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: minimum.op, identity: Number.POSITIVE_INFINITY, kernel: "min" },
  derivative: extremeRule,
  convention: {
    text: "equal extremes share it evenly",
    points: [
      [
        [1, 2, 1],
        [0.5, 0, 0.5],
      ],
    ],
    attributes: { axes: [0], keepDims: false },
  },
  emptyAllowed: false,
});
