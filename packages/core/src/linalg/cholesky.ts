/**
 * The Cholesky factorisation.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import { type Op, oneResult, rule, withTangent } from "../graph/op.ts";
import { batchTogether } from "../ops/batching.ts";
import { register } from "../ops/registry.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { positiveDefinite, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, failureOption, matrixKernel } from "./kernels.ts";
import { adjoint, halfLower, lengthsOf, readSquare, symmetric } from "./matrices.ts";
import { solveTriangle } from "./triangular.ts";

/**
 * The derivative is that of Murray, "Differentiation of the Cholesky decomposition" (2016), 3.1 and 3.2: with Φ the
 * lower triangle with half of the diagonal, dL = L Φ(L⁻¹ dA L⁻ᵀ).
 */
const choleskyOp: Op<By> = register<By>({
  name: "cholesky",
  symbol: "chol",
  family: "linear algebra",
  promotion: "float",
  formula: "the lower triangle L of (A + Aᵀ)/2 = L Lᵀ",
  results: oneResult(squareType),
  derivative: withTangent(
    rule((cotangent, { output: l, attributes: { failure } }) => {
      const how = { transposed: true, failure };
      const inner = halfLower(adjoint(l).matmul(cotangent));
      const left = solveTriangle(l, inner, how);
      return symmetric(adjoint(solveTriangle(l, adjoint(left), how)));
    }),
    ([tangent], { output: l, attributes: { failure } }) => {
      if (tangent === undefined) return undefined;
      const left = solveTriangle(l, symmetric(tangent), { failure });
      return l.matmul(halfLower(solveTriangle(l, adjoint(left), { failure })));
    },
  ),
  kernel: matrixKernel<By>({
    name: "cholesky",
    numbers: ({ inputs: [a] }) => [lengthsOf(a)[0]],
    products: ({ inputs: [a] }) => lengthsOf(a),
    flops: ([n = 0]) => (n * n * n) / 3,
    wrong: { expected: "a positive definite matrix", got: "a pivot that is not positive" },
  }),
  batch: batchTogether,
  examples: positiveDefinite,
});

const readCholesky = optionsReader({ upper: optional(flag, false), ...failureOption });

/** The last argument of {@link cholesky}. */
export interface CholeskyOptions extends FailureOptions {
  /** True if the factor is the upper triangle. Default false. */
  readonly upper?: boolean;
}

/**
 * Returns the Cholesky factor of positive definite matrices: the lower triangle L with A = L Lᵀ, or the upper one with
 * A = Uᵀ U.
 *
 * What is factorised is (A + Aᵀ)/2, so the gradient is symmetric.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `upper` (default false), `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns the shape of a; zeros in the other triangle.
 * @throws ArgumentError for a matrix that is not positive definite or not finite, which names the pivot and the matrix
 *   of a stack; ShapeError if a is not square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { cholesky } from "@graddiff/core/linalg";
 *
 * console.log(String(cholesky(tensor([[4, 2], [2, 5]]))));
 * // [[2. 0.]
 * //  [1. 2.]]
 * ```
 */
export function cholesky(a: TensorLike, options?: CholeskyOptions): Tensor {
  refuseSurplus("cholesky", 2, arguments);
  const { upper, ...rest } = readCholesky("cholesky", options);
  const l = apply(choleskyOp, [readSquare("cholesky", a)], failing(rest));
  return upper ? adjoint(l) : l;
}
