/**
 * Reductions that leave NaN out, as where values are missing.
 */

import { refuseSurplus } from "../arguments.ts";
import { castLike } from "../ops/cast.ts";
import { isNaN as isNotANumber } from "../ops/classify.ts";
import { where } from "../ops/comparison.ts";
import { any } from "../ops/counting.ts";
import { promoteInputs } from "../ops/promote.ts";
import {
  type Axes,
  max,
  min,
  type Reducer,
  type ReductionOptions,
  readReduction,
  refuseEmpty,
  sum,
} from "../ops/reduction.ts";
import { isFloat } from "../tensor/dtype.ts";
import { normalizeAxes } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/**
 * Returns the sum of the elements along the given axes, or of all, that are not NaN; see {@link sum}. The others have a
 * gradient of 0.
 *
 * @param axes default: all.
 * @returns 0 where all are NaN.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { nanSum, tensor } from "@graddiff/core";
 *
 * console.log(nanSum(tensor([1, NaN, 2])).item()); // 3
 * ```
 */
export function nanSum(x: TensorLike, axes?: Axes, options?: ReductionOptions): Tensor {
  refuseSurplus("nanSum", 3, arguments);
  const { input, isMissing, list, keepDims } = read("nanSum", x, axes, options, "arithmetic");
  return sum(isMissing ? where(isMissing, 0, input) : input, list, { keepDims });
}

/**
 * Returns the mean of the elements along the given axes, or of all, that are not NaN; see {@link mean}.
 *
 * @param axes default: all.
 * @returns floats; NaN where all are NaN.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { nanMean, tensor } from "@graddiff/core";
 *
 * console.log(nanMean(tensor([1, NaN, 2])).item()); // 1.5
 * ```
 */
export function nanMean(x: TensorLike, axes?: Axes, options?: ReductionOptions): Tensor {
  refuseSurplus("nanMean", 3, arguments);
  const { input, isMissing, list, keepDims } = read("nanMean", x, axes, options, "float");
  refuseEmpty("nanMean", input, list);
  const missing = isMissing ?? isNotANumber(input);
  const count = sum(castLike(missing.logicalNot(), input), list, { keepDims });
  return sum(where(missing, 0, input), list, { keepDims }).div(count);
}

/**
 * Returns the greatest of the elements along the given axes, or of all, that are not NaN; see {@link max}. Equal
 * greatest elements share the gradient evenly.
 *
 * @param axes default: all.
 * @returns NaN where all are NaN.
 * @throws ShapeError for an axis out of range, or one without elements.
 * @example
 * ```ts
 * import { nanMax, tensor } from "@graddiff/core";
 *
 * console.log(nanMax(tensor([1, NaN, 2])).item()); // 2
 * ```
 */
export function nanMax(x: TensorLike, axes?: Axes, options?: ReductionOptions): Tensor {
  refuseSurplus("nanMax", 3, arguments);
  return extreme("nanMax", max, Number.NEGATIVE_INFINITY, x, axes, options);
}

/**
 * Returns the least of the elements along the given axes, or of all, that are not NaN; see {@link nanMax}.
 *
 * @param axes default: all.
 * @example
 * ```ts
 * import { nanMin, tensor } from "@graddiff/core";
 *
 * console.log(nanMin(tensor([1, NaN, 2])).item()); // 1
 * ```
 */
export function nanMin(x: TensorLike, axes?: Axes, options?: ReductionOptions): Tensor {
  refuseSurplus("nanMin", 3, arguments);
  return extreme("nanMin", min, Number.POSITIVE_INFINITY, x, axes, options);
}

function read(
  op: string,
  x: TensorLike,
  axes: Axes | undefined,
  options: ReductionOptions | undefined,
  promotion: "arithmetic" | "float",
) {
  const { keepDims } = readReduction(op, options, typeof axes === "number");
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], promotion);
  const list = normalizeAxes(op, axes, input.rank);
  // An int32 is never NaN.
  return {
    input,
    isMissing: isFloat(input.dtype) ? isNotANumber(input) : undefined,
    list,
    keepDims,
  };
}

/** Returns the extreme of the elements that are not NaN: NaN is replaced by the opposite infinity. */
function extreme(
  op: string,
  reduce: Reducer,
  farthest: number,
  x: TensorLike,
  axes: Axes | undefined,
  options: ReductionOptions | undefined,
): Tensor {
  const { input, isMissing, list, keepDims } = read(op, x, axes, options, "arithmetic");
  refuseEmpty(op, input, list);
  if (isMissing === undefined) return reduce(input, list, { keepDims });
  const found = reduce(where(isMissing, farthest, input), list, { keepDims });
  return where(any(isMissing.logicalNot(), list, { keepDims }), found, Number.NaN);
}
