/**
 * `{ failure: "nan" }`: a matrix that fails has NaN as its results and derivatives, and does not change the bits of
 * other matrices. This is so on every runner, in stacks and batches, and for every function that takes the option.
 */

import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  compile,
  cond,
  eye,
  full,
  jvp,
  scan,
  type Tensor,
  tensor,
  trace,
  uniform,
  vectorize,
  vjp,
  where,
} from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { at } from "../../src/tensor/shape.ts";
import { expectSameBits } from "../support/opChecks.ts";
import fc from "../support/properties.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(4);

interface FailureOption {
  readonly failure?: "nan";
}

/** A function of matrices with float results for each matrix, and the kinds of matrices that it refuses. */
interface Case {
  readonly run: (a: Tensor, option: FailureOption) => readonly Tensor[];
  /** The kinds of matrices that fail. */
  readonly fails: readonly Kind[];
  /** The least number of rows with which a matrix may fail. */
  readonly from?: number;
  /** The kinds of matrices for which only the derivative fails. */
  readonly derivativeFails?: readonly Kind[];
}

type Kind = "NaN" | "infinity" | "singular" | "indefinite";

/** Numbers of rows below and above the sizes of blocks. */
const SIZES = WHOLE ? [1, 2, 3, 4, 8, 9, 17, 33, 65] : [1, 2, 4, 9, 33];

const NOT_FINITE: readonly Kind[] = ["NaN", "infinity"];

/** Returns the sums of matrices and their transposes. */
const symmetric = (a: Tensor) => a.add(a.transpose([...a.shape.keys()].map((i) => turned(a, i))));
const turned = ({ rank }: Tensor, axis: number) =>
  axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis;

const CASES: Readonly<Record<string, Case>> = {
  cholesky: {
    run: (a, option) => [linalg.cholesky(symmetric(a), option)],
    fails: [...NOT_FINITE, "singular", "indefinite"],
  },
  "cholesky, upper": {
    run: (a, option) => [linalg.cholesky(symmetric(a), { ...option, upper: true })],
    fails: [...NOT_FINITE, "singular", "indefinite"],
  },
  lu: {
    run: (a, option) => {
      const { l, u } = linalg.lu(a, option);
      return [l.matmul(u)];
    },
    fails: NOT_FINITE,
    derivativeFails: ["singular"],
  },
  qr: {
    run: (a, option) => Object.values(linalg.qr(a, option)),
    fails: NOT_FINITE,
    derivativeFails: ["singular"],
  },
  solve: {
    run: (a, option) => [linalg.solve(a, a.mul(2).add(1), option)],
    fails: [...NOT_FINITE, "singular"],
  },
  inv: { run: (a, option) => [linalg.inv(a, option)], fails: [...NOT_FINITE, "singular"] },
  matrixPower: {
    run: (a, option) => [linalg.matrixPower(a, -2, option)],
    fails: [...NOT_FINITE, "singular"],
  },
  slogdet: {
    run: (a, option) => [linalg.slogdet(a, option).logAbsDet],
    fails: NOT_FINITE,
    derivativeFails: ["singular"],
  },
  det: { run: (a, option) => [linalg.det(a, option)], fails: NOT_FINITE, from: 4 },
  eigh: { run: (a, option) => Object.values(linalg.eigh(a, option)), fails: NOT_FINITE },
  eigvalsh: { run: (a, option) => [linalg.eigvalsh(a, option)], fails: NOT_FINITE },
  svd: { run: (a, option) => Object.values(linalg.svd(a, option)), fails: NOT_FINITE },
  "svd, full": {
    run: (a, option) => Object.values(linalg.svd(a, { ...option, fullMatrices: true })),
    fails: NOT_FINITE,
  },
  pinv: { run: (a, option) => [linalg.pinv(a, option)], fails: NOT_FINITE },
  lstsq: { run: (a, option) => [linalg.lstsq(a, a.mul(2).add(1), option)], fails: NOT_FINITE },
  triangularSolve: {
    run: (a, option) => [linalg.triangularSolve(a, a.mul(2).add(1), option)],
    fails: [...NOT_FINITE, "singular"],
  },
  expm: { run: (a, option) => [linalg.expm(a, option)], fails: NOT_FINITE },
  "nuclear norm": {
    run: (a, option) => [linalg.matrixNorm(a, { ...option, order: "nuclear" })],
    fails: NOT_FINITE,
  },
  "spectral norm": {
    run: (a, option) => [linalg.matrixNorm(a, { ...option, order: 2 })],
    fails: NOT_FINITE,
  },
};

/** Returns a stack of well-conditioned matrices. */
function goodStack(seed: number, count: number, n: number, dtype: "float32" | "float64"): Tensor {
  const spread = uniform([count, n, n], { low: -0.5, high: 0.5, seed, dtype }).div(n);
  return spread.add(eye(n, n, { dtype }).mul(tensor(1.5, { dtype })));
}

/** Returns a stack in which one matrix is of a failing kind. */
function broken(stack: Tensor, place: number, kind: Kind): Tensor {
  const n = at(stack.shape, 1);
  const elements = stack.data().slice();
  const last = (place + 1) * n * n - 1;
  if (kind === "singular") {
    // The last row and column become zeros.
    for (let i = 0; i < n; i++) elements[last - i] = elements[last - n * i] = 0;
  } else {
    const values = { NaN: Number.NaN, infinity: Number.POSITIVE_INFINITY, indefinite: -1 };
    elements[last] = values[kind];
  }
  return tensor(elements, { shape: stack.shape });
}

const RUNNERS: Readonly<
  Record<string, (fn: (a: Tensor) => readonly Tensor[]) => (a: Tensor) => readonly Tensor[]>
> = {
  eager: (fn) => fn,
  "compiled to JavaScript": (fn) => compile((a: Tensor) => [...fn(a)], { backend: "js" }),
  "compiled to WebAssembly": (fn) => compile((a: Tensor) => [...fn(a)], { backend: "wasm" }),
  "in a compiled loop": (fn) =>
    compile((a: Tensor) => scan((_: Tensor, one: Tensor) => [0, [...fn(one)]], 0, a)[1]),
  "in a batch": (fn) => (a) => vectorize((one: Tensor) => [...fn(one)])(a) as Tensor[],
};

/** Returns the results of a function, a gradient and tangents. */
const everything =
  ({ run }: Case, option: FailureOption) =>
  (a: Tensor): readonly Tensor[] => {
    const fn = (x: Tensor) => [...run(x, option)];
    const { value, pullback } = vjp(fn)(a);
    const [gradient] = pullback(
      value.map((result) => full(result.shape, 0.7, { dtype: result.dtype })),
    );
    const { tangent } = jvp(fn)([a], [full(a.shape, 0.3, { dtype: a.dtype })]);
    return [...value, gradient, ...tangent];
  };

const rows = (x: Tensor, place: number) => x.at(place);

describe.each(Object.entries(CASES))("%s", (name, own) => {
  const kinds: readonly Kind[] = [...own.fails, ...(own.derivativeFails ?? [])];
  test("leaves the other matrices of a stack", () => {
    fc.assert(
      fc.property(
        fc.record({
          n: fc.constantFrom(...SIZES.filter((n) => n >= (own.from ?? 1))),
          count: fc.integer({ min: 1, max: 4 }),
          place: fc.nat(3),
          kind: fc.constantFrom(...kinds),
          dtype: fc.constantFrom("float32" as const, "float64" as const),
          seed: fc.nat(100),
          runner: fc.constantFrom(...Object.keys(RUNNERS)),
        }),
        ({ n, count, place, kind, dtype, seed, runner }) => {
          if (place >= count) return;
          const good = goodStack(seed, count, n, dtype);
          const bad = broken(good, place, kind);
          const run = (RUNNERS[runner] as (typeof RUNNERS)[string])(
            everything(own, { failure: "nan" }),
          );
          const [wanted, found] = [run(good), run(bad)];
          const results = own.run(good, {}).length;
          found.forEach((result, i) => {
            expect(isFloat(result.dtype)).toBe(true);
            for (let matrix = 0; matrix < count; matrix++) {
              const mine = rows(result, matrix);
              if (matrix !== place) expectSameBits(mine, rows(at(wanted, i), matrix));
              else if (i >= results || own.fails.includes(kind)) {
                const isLower = name.startsWith("cholesky") && i < results;
                const where = isLower ? linalgTriangle(mine, name) : mine;
                expect(where.isNaN().all().item(), `${name} ${kind} result ${i}`).toBe(1);
              }
            }
          });
          if (own.fails.includes(kind)) expect(() => own.run(bad, {})).toThrow(ArgumentError);
        },
      ),
      { numRuns: WHOLE ? 60 : 2 },
    );
  });
});

/** Returns a triangular matrix with NaN in the triangle that is always zero. */
function linalgTriangle(l: Tensor, name: string): Tensor {
  const mask = eye(at(l.shape, 0)).cumulativeSum(name.endsWith("upper") ? 1 : 0);
  return where(mask.greater(0), l, Number.NaN);
}

test("a condition acts on a step that fails", () => {
  const step = (a: Tensor) => {
    const l = linalg.cholesky(a, { failure: "nan" });
    return cond(
      l.isNaN().any(),
      () => trace(a).mul(0),
      () => trace(l),
    );
  };
  const good = tensor([
    [4, 0],
    [0, 9],
  ]);
  const bad = tensor([
    [1, 2],
    [2, 1],
  ]);
  for (const run of [step, compile(step, { backend: "js" }), compile(step)]) {
    expect([run(good).item(), run(bad).item()]).toEqual([5, 0]);
  }
});
