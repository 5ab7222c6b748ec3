/**
 * `@graddiff/core/linalg`: factorisations of matrices and what is made of them, over stacks of matrices, with
 * derivatives in both modes, and the same bits on every runner. It is a separate entry, so a program without it has
 * none of it.
 */

// The methods of Tensor, for a program that imports nothing else.
import "./functions/index.ts";

export { type CholeskyOptions, cholesky } from "./linalg/cholesky.ts";
export { eigh, eigvalsh } from "./linalg/eigh.ts";
export { expm } from "./linalg/expm.ts";
export type { FailureOptions } from "./linalg/kernels.ts";
export {
  lstsq,
  matrixRank,
  type PseudoInverseOptions,
  pinv,
  type ToleranceOptions,
} from "./linalg/leastSquares.ts";
export { lu } from "./linalg/lu.ts";
export { type MatrixNormOptions, matrixNorm } from "./linalg/norms.ts";
export { type QrOptions, qr } from "./linalg/qr.ts";
export { det, inv, matrixPower, slogdet, solve } from "./linalg/solve.ts";
export { type SvdOptions, svd } from "./linalg/svd.ts";
export { type TriangularSolveOptions, triangularSolve } from "./linalg/triangular.ts";
