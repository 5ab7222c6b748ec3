/** The joint variation of variables: covariance and correlation. */

import { finite, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { matmul } from "../ops/contraction.ts";
import { promoteInputs } from "../ops/promote.ts";
import { mean } from "../ops/reduction.ts";
import { norm } from "../ops/statistics.ts";
import { reshape } from "../ops/view.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { swapAxes } from "./arranging.ts";

/** The options of {@link covariance}. */
export interface CovarianceOptions {
  /**
   * The number that is subtracted from the number of observations in the divisor of sums. Default 1: an unbiased
   * estimate.
   */
  readonly correction?: number;
}

const readOptions = optionsReader({ correction: optional(finite, 1) });

/** Rows less their means, and back from a matrix of one row and column to a scalar. */
function centred(op: string, x: TensorLike) {
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], "float");
  const count = input.shape.at(-1);
  if (count === undefined || count === 0) {
    const expected = "[…, variables, observations] with at least one observation";
    const got = input.rank === 0 ? "a scalar" : formatShape(input.shape);
    throw new ShapeError(op, "x", expected, got);
  }
  const rows = input.rank === 1 ? reshape(input, [1, count]) : input;
  const products = (matrix: Tensor) => {
    const all = matmul(matrix, swapAxes(matrix, -1, -2));
    return input.rank === 1 ? reshape(all, []) : all;
  };
  return { rows: rows.sub(mean(rows, -1, { keepDims: true })), products, count };
}

/**
 * Returns the covariances of variables: the sum of the products of their differences to their means, over the number of
 * observations less the correction, as in NumPy's and PyTorch's `cov`.
 *
 * @param x [variables, observations], with any leading axes; or the observations of one variable.
 * @param options `correction` (default 1, whereas that of {@link variance} is 0).
 * @returns [variables, variables] after the leading axes, a scalar of one vector; NaN or infinite where there are no more
 *   observations than `correction`.
 * @throws ShapeError for no observations.
 * @example
 * ```ts
 * import { covariance, tensor } from "@graddiff/core";
 *
 * console.log(covariance(tensor([[1, 2, 3], [2, 4, 6]])).toArray()); // [ [ 1, 2 ], [ 2, 4 ] ]
 * ```
 */
export function covariance(x: TensorLike, options?: CovarianceOptions): Tensor {
  refuseSurplus("covariance", 2, arguments);
  const { correction } = readOptions("covariance", options);
  const { rows, products, count } = centred("covariance", x);
  return products(rows).div(Math.max(0, count - correction));
}

/**
 * Returns the correlations of variables (Pearson's coefficients), from −1 to 1: {@link covariance} over the product of
 * both standard deviations, as NumPy's and PyTorch's `corrcoef`.
 *
 * @param x [variables, observations], with any leading axes; or the observations of one variable.
 * @returns [variables, variables] after the leading axes, a scalar of one vector; NaN for a variable that is constant.
 * @throws ShapeError for no observations.
 * @example
 * ```ts
 * import { correlation, tensor } from "@graddiff/core";
 *
 * const x = tensor([[0, 1, 2], [1, 0, 0]]);
 * console.log(correlation(x).toString({ digits: 3 }));
 * // [[ 1.    -0.866]
 * //  [-0.866  1.   ]]
 * ```
 */
export function correlation(x: TensorLike): Tensor {
  refuseSurplus("correlation", 1, arguments);
  const { rows, products } = centred("correlation", x);
  return products(rows.div(norm(rows, -1, { keepDims: true }))).clip(-1, 1);
}
