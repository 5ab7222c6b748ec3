/**
 * The law of stacks: matrices that threads factorise side by side have the bits that one thread computes. Blocked
 * algorithms begin at 32 rows, products take 64 and more, and each of them has two parts of scratch memory.
 */

import { afterAll, expect, test } from "vitest";
import { compile, eye, grad, setRunner, type Tensor, uniform } from "../../../src/index.ts";
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
} from "../../../src/linalg.ts";
import { poolInUse, setThreads, startThreads } from "../../../src/run/threads/setThreads.ts";
import { haveSameBits } from "../../support/opChecks.ts";
import { sampled, WHOLE } from "../../support/sampling.ts";

afterAll(() => setThreads(1));

type Fn = (a: Tensor) => Tensor[];

/** Returns symmetric positive definite matrices that are computed of others. */
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

interface Case {
  readonly name: string;
  readonly fn: Fn;
  readonly rows: number;
  readonly stack: number;
}

const cases = Object.entries(functions).flatMap(([name, fn]) =>
  ROWS.flatMap((rows) => STACKS.map((stack): Case => ({ name, fn, rows, stack }))),
);

/** Returns well-conditioned matrices. */
function matricesOf({ rows, stack }: Case): Tensor {
  const dtype = (rows + stack) % 2 === 0 ? "float64" : "float32";
  return uniform([stack, rows, rows], { seed: rows, low: -1, dtype }).add(
    eye(rows, rows, { dtype }).mul(rows / 4),
  );
}

/** The number of times that the threads compute each case, of which an overlap may spoil any. */
const TIMES = WHOLE ? 6 : 3;

test("stacks of matrices have the bits of one thread, eager and compiled, on threads that run side by side", async () => {
  setRunner("wasm");
  // Blocks, and a matrix for each thread, are in every sample.
  const some = [
    ...sampled(cases, 40),
    ...cases.filter(
      ({ name, rows, stack }) => /^(inv|qr)$/.test(name) && rows === 160 && stack === 16,
    ),
  ];
  const whole = some.map((own) => ({
    own,
    a: matricesOf(own),
    eager: own.fn(matricesOf(own)),
    compiled: compile(own.fn)(matricesOf(own)),
  }));
  for (const { eager, compiled } of whole) for (const own of [...eager, ...compiled]) own.toArray();
  await startThreads(4, { thresholds: { program: 0, op: 0, call: 0, piece: 0 } });
  expect(poolInUse()?.threads).toBe(4);
  for (const { own, a, eager, compiled } of whole) {
    const { name, fn, rows, stack } = own;
    const program = compile(fn);
    for (let time = 0; time < TIMES; time++) {
      const ways = [
        ["at once", fn(a), eager],
        ["compiled", program(a), compiled],
      ] as const;
      for (const [way, found, expected] of ways) {
        const same = found.map((result, i) => haveSameBits(result, expected[i] as Tensor));
        expect(same, `${name} of [${stack}, ${rows}, ${rows}], ${way}`).not.toContain(false);
      }
    }
  }
});
