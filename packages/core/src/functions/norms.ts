/**
 * Layers' normalizations: elements become numbers with mean 0 and variance 1, or with a mean square of 1.
 */

import {
  anyNumber,
  finite,
  integer,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  type Reader,
  refuseSurplus,
} from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { promoteInputs } from "../ops/promote.ts";
import { type Axes, mean } from "../ops/reduction.ts";
import { norm, variance } from "../ops/statistics.ts";
import { reshape, spreadAxes } from "../ops/view.ts";
import { at, normalizeAxes, normalizeAxis, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** The options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** The axes over which is normalized. Default the last. */
  readonly axes?: Axes;
  /** The factor of the result: as long as these axes. Default: nothing. */
  readonly weight?: Tensor;
  /** The number that is added to the mean square or to the variance, so that nothing is divided by 0. */
  readonly epsilon?: number;
}

/** The options of {@link layerNorm}. */
export interface LayerNormOptions extends RmsNormOptions {
  /** The tensor that is added to the result, of the lengths of these axes. Default: none. */
  readonly bias?: Tensor;
}

/** The options of {@link groupNorm}. */
export interface GroupNormOptions extends Omit<LayerNormOptions, "axes"> {}

const tensorOrNothing: Reader<Tensor | undefined> = optional<Tensor | undefined>(
  toTensor,
  undefined,
);
const readAxes = optional(oneOrMany(integer), -1);
const readLayerNorm = optionsReader({
  axes: readAxes,
  weight: tensorOrNothing,
  bias: tensorOrNothing,
  epsilon: optional(finite, 1e-5),
});
const readRmsNorm = optionsReader({
  axes: readAxes,
  weight: tensorOrNothing,
  epsilon: optional<number | undefined>(finite, undefined),
});
const readGroupNorm = optionsReader({
  weight: tensorOrNothing,
  bias: tensorOrNothing,
  epsilon: optional(finite, 1e-5),
});

function readInput(op: string, x: TensorLike): Tensor {
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], "float");
  return input;
}

/** Returns the axes over which is normalized. @throws ShapeError where there are no elements along them. */
function axesOf(op: string, { shape }: Tensor, axes: Axes): readonly number[] {
  const list = normalizeAxes(op, axes, shape.length);
  if (list.every((axis) => at(shape, axis) > 0)) return list;
  const expected = "at least one element along the normalized axes";
  throw new ShapeError(op, "x", expected, formatShape(shape));
}

/** Returns for lengths along some axes of a shape the shape that broadcasts against it. */
function along(
  op: string,
  argument: string,
  tensor: Tensor,
  shape: Shape,
  axes: readonly number[],
): Tensor {
  const lengths = axes.map((axis) => at(shape, axis));
  if (formatShape(tensor.shape) !== formatShape(lengths)) {
    const expected = `the shape ${formatShape(lengths)}, that of the normalized axes`;
    throw new ShapeError(op, argument, expected, formatShape(tensor.shape));
  }
  return reshape(
    tensor,
    shape.map((length, axis) => (axes.includes(axis) ? length : 1)),
  );
}

/** x times a weight, and a bias added to it, each along some axes. */
function scaled(
  op: string,
  x: Tensor,
  axes: readonly number[],
  { weight, bias }: { readonly weight?: Tensor | undefined; readonly bias?: Tensor | undefined },
): Tensor {
  const product = weight ? x.mul(along(op, "weight", weight, x.shape, axes)) : x;
  return bias ? product.add(along(op, "bias", bias, x.shape, axes)) : product;
}

/** (x − mean) / √(variance + ε) */
function standardized(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const kept = { keepDims: true };
  const deviation = variance(x, axes, kept).add(epsilon).sqrt();
  return x.sub(mean(x, axes, kept)).div(deviation);
}

/**
 * (x − mean) / √(variance + ε) over some axes, times `weight`, plus `bias`. The variance is that of all elements, not
 * an estimate (correction 0).
 *
 * @param x int32 and bools become float32.
 * @param options `axes` (default −1), `weight` and `bias` (each of the lengths of these axes, in the order of x),
 *   `epsilon` (1e−5).
 * @returns floats of the shape of x.
 * @throws ShapeError for axes out of range or without elements, and for a weight or bias of another shape.
 * @example
 * ```ts
 * import { layerNorm, tensor } from "@graddiff/core";
 *
 * console.log(layerNorm(tensor([[1, 3], [10, 30]]), { epsilon: 0 }).toArray()); // [ [ -1, 1 ], [ -1, 1 ] ]
 * ```
 */
export function layerNorm(x: TensorLike, options?: LayerNormOptions): Tensor {
  refuseSurplus("layerNorm", 2, arguments);
  const input = readInput("layerNorm", x);
  const { axes, epsilon, ...rest } = readLayerNorm("layerNorm", options);
  const list = axesOf("layerNorm", input, axes);
  return scaled("layerNorm", standardized(input, list, epsilon), list, rest);
}

/** The distance of 1 to the next number. */
const EPSILON = { float32: 1.1920928955078125e-7, float64: 2.220446049250313e-16 };

/**
 * x / √(mean of x² + ε) over some axes, times `weight`: what layerNorm is without the mean.
 *
 * @param x int32 and bools become float32.
 * @param options `axes` (default −1), `weight` (of the lengths of these axes). `epsilon` is by default, as in PyTorch,
 *   the distance of 1 to the next number of the dtype, 1.19e−7 for float32.
 * @returns floats of the shape of x.
 * @throws ShapeError for axes out of range or without elements, and for a weight of another shape.
 * @example
 * ```ts
 * import { rmsNorm, tensor } from "@graddiff/core";
 *
 * console.log(String(rmsNorm(tensor([1, 7]), { epsilon: 0 }))); // [0.2 1.4]
 * ```
 */
export function rmsNorm(x: TensorLike, options?: RmsNormOptions): Tensor {
  refuseSurplus("rmsNorm", 2, arguments);
  const input = readInput("rmsNorm", x);
  const { axes, epsilon, weight } = readRmsNorm("rmsNorm", options);
  const list = axesOf("rmsNorm", input, axes);
  const constant = epsilon ?? EPSILON[input.dtype as keyof typeof EPSILON];
  const root = mean(input.square(), list, { keepDims: true }).add(constant).sqrt();
  return scaled("rmsNorm", input.div(root), list, { weight });
}

/**
 * (x − mean) / √(variance + ε) over the elements of a group of channels of an example, times a `weight` and plus a
 * `bias` for each channel.
 *
 * @param x [batch, channels, …]. int32 and bools become float32.
 * @param groups into how many groups the channels are divided: 1 normalizes over examples, as many as channels over
 *   planes.
 * @param options `weight` and `bias` ([channels]), `epsilon` (1e−5).
 * @returns floats of the shape of x.
 * @throws ShapeError for fewer than two axes, channels that the groups do not divide, or a weight or bias of another
 *   shape.
 * @example
 * ```ts
 * import { groupNorm, tensor } from "@graddiff/core";
 *
 * const x = tensor([[[1, 3], [5, 7]]]);
 * console.log(groupNorm(x, 2, { epsilon: 0 }).toArray()); // [ [ [ -1, 1 ], [ -1, 1 ] ] ]
 * ```
 */
export function groupNorm(x: TensorLike, groups: number, options?: GroupNormOptions): Tensor {
  refuseSurplus("groupNorm", 3, arguments);
  const input = readInput("groupNorm", x);
  const count = positiveInteger("groupNorm", "groups", groups);
  const { epsilon, ...rest } = readGroupNorm("groupNorm", options);
  const [batch = 0, channels = 0, ...lengths] = input.shape;
  if (input.rank < 2 || channels % count !== 0) {
    const expected = `[batch, channels, …] with a number of channels that ${count} divides`;
    throw new ShapeError("groupNorm", "x", expected, formatShape(input.shape));
  }
  const split = [batch, count, channels / count, ...lengths];
  const grouped = spreadAxes("groupNorm", "x", input, split);
  const within = grouped.shape.map((_, axis) => axis).slice(2);
  const axes = axesOf("groupNorm", grouped, within);
  const result = reshape(standardized(grouped, axes, epsilon), input.shape);
  return scaled("groupNorm", result, [1], rest);
}

/** The last argument of {@link normalize}. */
export interface NormalizeOptions {
  /** The order of the norm; see `norm`. Default 2. */
  readonly order?: number;
  /** The least that is divided by. Default 1e-12. */
  readonly epsilon?: number;
}

const readNormalize = optionsReader({
  order: optional(anyNumber, 2),
  epsilon: optional(finite, 1e-12),
});

/**
 * x divided by its norm along an axis, which gives vectors of norm 1. Norms below epsilon count as epsilon, as in
 * PyTorch.
 *
 * @param axis default the last.
 * @param options `order` of the norm (default 2), `epsilon` (default 1e-12).
 * @returns floats of the shape of x.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { normalize, tensor } from "@graddiff/core";
 *
 * console.log(String(normalize(tensor([3, 4])))); // [0.6 0.8]
 * ```
 */
export function normalize(x: TensorLike, axis?: number, options?: NormalizeOptions): Tensor {
  refuseSurplus("normalize", 3, arguments);
  const { order, epsilon } = readNormalize("normalize", options);
  const [input] = promoteInputs("normalize", [toTensor("normalize", "x", x)], "float");
  const along = normalizeAxis("normalize", readLastAxis("normalize", "axis", axis), input.rank);
  return input.div(norm(input, along, { order, keepDims: true }).maximum(epsilon));
}

const readLastAxis = optional(integer, -1);
