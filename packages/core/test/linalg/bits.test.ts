/**
 * The law of bits: factors of Cholesky and LU, and solutions of triangular systems, have the bits of plain loops on
 * either runner, whatever the blocks are.
 */

import { afterEach, describe, test } from "vitest";
import { setRunner, stack, type Tensor, tensor, uniform } from "../../src/index.ts";
import { cholesky, eigh, eigvalsh, lu, qr, svd, triangularSolve } from "../../src/linalg.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, WHOLE } from "../support/sampling.ts";

afterEach(() => setRunner("wasm"));

/** Lengths beyond those of recursion bases, tiles and rows, and beyond the number of terms that products pack. */
const LENGTHS = [5, 16, 67, ...(WHOLE ? [300] : [])];

/** The rows and columns of matrices to decompose. */
const SIZES = [
  [70, 70],
  [90, 40],
  [40, 90],
] as const;

type Round = (x: number) => number;
const DTYPES: [dtype: "float32" | "float64", round: Round][] = [
  ["float32", Math.fround],
  ["float64", (x) => x],
];

function rowsOf(x: Tensor): number[][] {
  return x.toArray() as number[][];
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] as number;
}

/** Returns a − Σ x[k] y[k], where each difference is rounded. */
function remainder(start: number, terms: number, round: Round, term: (k: number) => number) {
  let sum = start;
  for (let k = 0; k < terms; k++) sum = round(sum - round(term(k)));
  return sum;
}

function plainCholesky(a: number[][], round: Round): number[][] {
  const l = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = remainder(at(a, i, j), j, round, (k) => at(l, i, k) * at(l, j, k));
      (l[i] as number[])[j] = round(i === j ? Math.sqrt(sum) : sum / at(l, j, j));
    }
  }
  return l;
}

/** Returns L and U of a matrix whose rows need no exchange. */
function plainLu(a: number[][], round: Round): { l: number[][]; u: number[][] } {
  const l = a.map((row, i) => row.map((_, j) => Number(i === j)));
  const u = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < a.length; j++) {
      const sum = remainder(at(a, i, j), Math.min(i, j), round, (k) => at(l, i, k) * at(u, k, j));
      if (j < i) (l[i] as number[])[j] = round(sum / at(u, j, j));
      else (u[i] as number[])[j] = sum;
    }
  }
  return { l, u };
}

function plainSolve(l: number[][], b: number[][], round: Round): number[][] {
  const x = b.map((row) => row.map(() => 0));
  b.forEach((row, i) => {
    row.forEach((start, column) => {
      const sum = remainder(start, i, round, (k) => at(l, i, k) * at(x, k, column));
      (x[i] as number[])[column] = round(sum / at(l, i, i));
    });
  });
  return x;
}

/** Returns a diagonally dominant matrix. */
function dominant(n: number, dtype: "float32" | "float64", seed: number): Tensor {
  const x = uniform([n, n], { seed, low: -1, high: 1, dtype });
  return x.add(
    tensor(
      Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? n : 0))),
      { dtype },
    ),
  );
}

describe.each(DTYPES)("in %s", (dtype, round) => {
  test.each(LENGTHS)("factors of %i rows are those of the plain loops", (n) => {
    const a = dominant(n, dtype, n);
    const symmetric = a.add(a.transpose());
    const right = uniform([n, 5], { seed: n + 1, low: -1, high: 1, dtype });
    for (const runner of ["js", "wasm"] as const) {
      setRunner(runner);
      expectSameBits(
        cholesky(symmetric),
        tensor(plainCholesky(rowsOf(symmetric), round), { dtype }),
      );
      const factors = lu(a);
      const plain = plainLu(rowsOf(a), round);
      expectSameBits(factors.l, tensor(plain.l, { dtype }));
      expectSameBits(factors.u, tensor(plain.u, { dtype }));
      const solved = plainSolve(rowsOf(a), rowsOf(right), round);
      expectSameBits(triangularSolve(a, right), tensor(solved, { dtype }));
      // With rows and columns reversed, a lower triangle is an upper one.
      const turned = triangularSolve(a.flip(), right.flip(0), { lower: false });
      expectSameBits(turned.flip(0), tensor(solved, { dtype }));
      const onTheRight = triangularSolve(a.transpose(), right.transpose(), {
        lower: false,
        left: false,
      });
      expectSameBits(onTheRight.transpose(), tensor(solved, { dtype }));
    }
  });

  test.each(sampled(SIZES, 3, dtype === "float32" ? 0 : 1))(
    "decompositions of %i × %i matrices have one set of bits",
    (m, n) => {
      const a = uniform([2, m, n], { seed: m, low: -1, high: 1, dtype });
      const square = uniform([m, m], { seed: n, low: -1, high: 1, dtype });
      const run = () => {
        const { q, r } = qr(a);
        const complete = qr(a, { mode: "complete" });
        const { u, s, vt } = svd(a);
        const full = svd(a, { fullMatrices: true });
        const { values, vectors } = eigh(square);
        return [q, r, complete.q, complete.r, u, s, vt, full.u, full.s, full.vt, values, vectors];
      };
      setRunner("js");
      const expected = run();
      setRunner("wasm");
      run().forEach((result, i) => {
        expectSameBits(result, expected[i] as Tensor);
      });
      expectSameBits(eigvalsh(square), eigh(square).values);
    },
  );

  test("each matrix of a stack has the bits that it has alone", () => {
    const matrices = [1, 2, 3].map((seed) => dominant(20, dtype, seed));
    const all = stack(matrices);
    const alone = (fn: (a: Tensor) => Tensor) => stack(matrices.map(fn));
    for (const fn of [
      (a: Tensor) => cholesky(a),
      (a: Tensor) => lu(a).u,
      (a: Tensor) => qr(a).r,
      (a: Tensor) => eigh(a).vectors,
      (a: Tensor) => svd(a).vt,
    ]) {
      expectSameBits(fn(all), alone(fn));
    }
  });
});
