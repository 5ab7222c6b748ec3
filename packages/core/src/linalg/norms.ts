/**
 * Norms of matrices.
 */

import { flag, oneOf, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { max, min, sum } from "../ops/reduction.ts";
import { norm } from "../ops/statistics.ts";
import { expandDims } from "../ops/view.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { type By, type FailureOptions, failing, failureOption } from "./kernels.ts";
import { readMatrix } from "./matrices.ts";
import { singularValues } from "./svd.ts";

/** The orders of {@link matrixNorm}. */
const ORDERS = ["frobenius", "nuclear", 1, -1, 2, -2, Infinity, -Infinity] as const;

type Order = (typeof ORDERS)[number];

/** The last argument of {@link matrixNorm}. */
export interface MatrixNormOptions extends FailureOptions {
  /** Default "frobenius". */
  readonly order?: Order;
  /** True if the axes of matrices stay, with length 1. Default false. */
  readonly keepDims?: boolean;
}

const readNorm = optionsReader({
  order: optional<Order>(oneOf<Order>(...ORDERS), "frobenius"),
  keepDims: optional(flag, false),
  ...failureOption,
});

/**
 * Returns the norm of matrices: the root of the sum of squares ("frobenius"), the sum ("nuclear"), the greatest (2) or
 * the least (−2) of the singular values. Or it is the greatest (1) or the least (−1) sum of a column's sizes, or that
 * of a row's (Infinity, −Infinity). Of none the sum and the greatest are 0.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `order` (default "frobenius"), `keepDims` (default false), `failure` of singular values (default "error";
 *   "nan" for NaN where a matrix fails).
 * @returns the shape [...].
 * @throws ArgumentError for another order; ShapeError for less than two axes, or a least one of none.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { matrixNorm } from "@graddiff/core/linalg";
 *
 * const a = tensor([[3, 0], [4, 0]]);
 * console.log(matrixNorm(a).item(), matrixNorm(a, { order: 1 }).item()); // 5 7
 * ```
 */
export function matrixNorm(a: TensorLike, options?: MatrixNormOptions): Tensor {
  refuseSurplus("matrixNorm", 2, arguments);
  const { order, keepDims, ...rest } = readNorm("matrixNorm", options);
  const matrices = readMatrix("matrixNorm", a);
  const value = normOf(matrices, order, { by: "matrixNorm", ...failing(rest) });
  return keepDims ? expandDims(expandDims(value, -1), -1) : value;
}

function normOf(a: Tensor, order: Order, by: By): Tensor {
  switch (order) {
    case "frobenius":
      return norm(a, [-2, -1]);
    case "nuclear":
      return sum(singularValues(a, by), -1);
    case 2:
    case -2:
      return extremeOf(singularValues(a, by), order, a);
    default:
      return extremeOf(sum(a.abs(), Math.abs(order) === 1 ? -2 : -1), order, a);
  }
}

/**
 * Returns the greatest of sizes, or for negative orders the least. The greatest of none is 0, as in NumPy, since no
 * size is less.
 */
function extremeOf(sizes: Tensor, order: number, a: Tensor): Tensor {
  const isEmpty = at(sizes.shape, sizes.rank - 1) === 0;
  if (order > 0) return isEmpty ? sum(sizes, -1) : max(sizes, -1);
  if (!isEmpty) return min(sizes, -1);
  const expected = `at least one ${Math.abs(order) === 2 ? "singular value" : order === -1 ? "column" : "row"} for the order ${order}, which is the least of them`;
  throw new ShapeError("matrixNorm", "a", expected, `the shape ${formatShape(a.shape)}`);
}
