/**
 * Reductions to booleans, counts and indices.
 */

import { flag, integer, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { none } from "../graph/op.ts";
import { arange } from "../tensor/create.ts";
import { normalizeAxis, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { where } from "./comparison.ts";
import {
  max,
  min,
  type Reducer,
  type ReductionAttributes,
  type ReductionOptions,
  reduction,
  sum,
} from "./reduction.ts";

/** Returns the number of elements that are not 0, as int32. */
function countOfNonZero(x: Tensor, { axes, keepDims }: ReductionAttributes): Tensor {
  return sum(x.notEqual(0), axes, { keepDims });
}

/**
 * Returns the number of elements that are not 0 along the given axes, or of all. NaN counts.
 *
 * @param axes default: all.
 * @returns int32.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([0, 2, 0, 3]).countNonZero().item()); // 2
 * ```
 */
export const countNonZero: Reducer = reduction({
  name: "countNonZero",
  symbol: "# ≠ 0",
  formula: "how many xᵢ ≠ 0",
  promotion: "same",
  dtype: "int32",
  body: (x, attributes) => countOfNonZero(x, attributes),
  derivative: none("its result is a number of elements"),
  emptyAllowed: true,
});

/**
 * True if one element at least is not 0 along the given axes, or of all; of none it is false. NaN is not 0.
 *
 * @param axes default: all.
 * @returns bool.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([[0, 0], [0, 2]]).greater(1).any(1).toArray()); // [ false, true ]
 * ```
 */
export const any: Reducer = reduction({
  name: "any",
  symbol: "any",
  formula: "x₀ or x₁ or …",
  promotion: "same",
  dtype: "bool",
  body: (x, attributes) => countOfNonZero(x, attributes).greater(0),
  derivative: none("its result is true or false"),
  emptyAllowed: true,
});

/**
 * True if no element is 0 along the given axes, or of all; of none it is true. NaN is not 0.
 *
 * @param axes default: all.
 * @returns bool.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(String(tensor([1, 2, 3]).greater(0).all())); // True
 * ```
 */
export const all: Reducer = reduction({
  name: "all",
  symbol: "all",
  formula: "x₀ and x₁ and …",
  promotion: "same",
  dtype: "bool",
  body: (x, { axes, keepDims }) => sum(x.equal(0), axes, { keepDims }).equal(0),
  derivative: none("its result is true or false"),
  emptyAllowed: true,
});

/** Returns the index of the first extreme, counted in row-major order of the axes. */
function indexOf(x: Tensor, extreme: Tensor, { axes, keepDims }: ReductionAttributes): Tensor {
  const counted = x.shape.map((length, axis) => (axes.includes(axis) ? length : 1));
  const size = sizeOf(counted);
  const indices = arange(0, size, { dtype: "int32" }).reshape(counted);
  const isExtreme = x.equal(extreme).logicalOr(x.notEqual(x));
  return min(where(isExtreme, indices, size), axes, { keepDims });
}

/** A function that finds an extreme along an axis. */
export type IndexOfExtreme = (x: TensorLike, axis?: number, options?: ReductionOptions) => Tensor;

/* @__NO_SIDE_EFFECTS__ */
function indexOfExtreme(name: string, which: string, extreme: Reducer): IndexOfExtreme {
  const reduce = reduction({
    name,
    symbol: name,
    formula: `the index of the first ${which}`,
    promotion: "arithmetic",
    dtype: "int32",
    body: (x, attributes) =>
      indexOf(x, extreme(x, attributes.axes, { keepDims: true }), attributes),
    derivative: none("its result is an index"),
    emptyAllowed: false,
  });
  return function (x, axis, options) {
    refuseSurplus(name, 3, arguments);
    const input = toTensor(name, "x", x);
    const along = readAxis(name, "axis", axis);
    const axes = along === undefined ? undefined : normalizeAxis(name, along, input.rank);
    return reduce(input, axes, readKeepDims(name, options));
  };
}

const readKeepDims = optionsReader({ keepDims: optional(flag, false) });
const readAxis = optional<number | undefined>(integer, undefined);

/**
 * Returns the index of the greatest element along an axis; that of the first of equal ones, and of the first NaN if
 * there is one.
 *
 * @param axis default: all elements, counted in row-major order.
 * @param options `keepDims` (default false).
 * @returns int32.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 5, 2], [7, 0, 7]]);
 * console.log(x.argMax().item(), String(x.argMax(1))); // 3 [1 0]
 * ```
 */
export const argMax: IndexOfExtreme = indexOfExtreme("argMax", "greatest element", max);

/**
 * Returns the index of the least element along an axis; that of the first of equal ones, and of the first NaN if there
 * is one.
 *
 * @param axis default: all elements, counted in row-major order.
 * @param options `keepDims` (default false).
 * @returns int32.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { argMin, tensor } from "@graddiff/core";
 *
 * console.log(argMin(tensor([3, 1, 2])).item()); // 1
 * console.log(String(argMin(tensor([[3, 1], [0, 2]]), 1))); // [1 0]
 * ```
 */
export const argMin: IndexOfExtreme = indexOfExtreme("argMin", "least element", min);
