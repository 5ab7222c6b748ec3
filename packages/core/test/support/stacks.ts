/**
 * Stacks of matrices below and above the block sizes of all factorisations: blocked algorithms begin at 32 rows, and
 * products take 64 and more together.
 */

import { eye, grad, type Tensor, tensor, uniform } from "../../src/index.ts";
import {
  cholesky,
  det,
  eigh,
  eigvalsh,
  expm,
  inv,
  lstsq,
  lu,
  matrixPower,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  triangularSolve,
} from "../../src/linalg.ts";

type Fn = (a: Tensor) => Tensor[];

/** Returns symmetric positive definite matrices, computed from other matrices. */
const positive = (a: Tensor) => {
  const rows = a.shape.at(-1) as number;
  return a.matmul(a.transpose([0, 2, 1])).add(eye(rows).mul(rows));
};

const functions: Readonly<Record<string, Fn>> = {
  inv: (a) => [inv(a)],
  solve: (a) => [solve(a, a.mul(a))],
  det: (a) => [det(a)],
  slogdet: (a) => Object.values(slogdet(a)),
  lu: (a) => Object.values(lu(a)),
  qr: (a) => Object.values(qr(a)),
  expm: (a) => [expm(a.div(a.shape.at(-1) as number))],
  matrixPower: (a) => [matrixPower(a, -2)],
  cholesky: (a) => [cholesky(positive(a))],
  "cholesky where every other matrix fails": (a) => {
    const signs = Array.from({ length: a.shape[0] as number }, (_, i) => (i % 2 === 0 ? 1 : -1));
    return [cholesky(positive(a).mul(tensor(signs).reshape([-1, 1, 1])), { failure: "nan" })];
  },
  triangularSolve: (a) => [triangularSolve(a, a.mul(a))],
  svd: (a) => Object.values(svd(a)),
  eigh: (a) => Object.values(eigh(a.add(a.transpose([0, 2, 1])))),
  eigvalsh: (a) => [eigvalsh(a.add(a.transpose([0, 2, 1])))],
  lstsq: (a) => [lstsq(a, a.mul(a))],
  pinv: (a) => [pinv(a)],
  matrixRank: (a) => [matrixRank(a)],
  "the gradient of cholesky": (a) => [grad((x: Tensor) => cholesky(positive(x)).sum())(a)],
  "the gradient of solve": (a) => [grad((x: Tensor) => solve(x, a).sum())(a)],
  "the gradient of qr": (a) => [grad((x: Tensor) => qr(x).r.square().sum())(a)],
};

const ROWS = [31, 33, 64, 65, 129, 160];
const STACKS = [1, 2, 5, 16];

/** A function of a stack of matrices. */
export interface StackCase {
  readonly name: string;
  readonly fn: Fn;
  readonly rows: number;
  readonly stack: number;
  /** Returns matrices that are well conditioned. */
  readonly matrices: () => Tensor;
}

export const stackCases: readonly StackCase[] = Object.entries(functions).flatMap(([name, fn]) =>
  ROWS.flatMap((rows) =>
    STACKS.map((stack): StackCase => {
      const dtype = (rows + stack) % 2 === 0 ? "float64" : "float32";
      const matrices = () =>
        uniform([stack, rows, rows], { seed: rows, low: -1, dtype }).add(
          eye(rows, rows, { dtype }).mul(rows / 4),
        );
      return { name: `${name} of [${stack}, ${rows}, ${rows}]`, fn, rows, stack, matrices };
    }),
  ),
);
