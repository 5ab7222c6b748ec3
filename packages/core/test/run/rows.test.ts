/**
 * Row-wise fused kernels: schedule items over the same rows run block by block, with the same bits as whole passes.
 * `npm test` tries a third of the random functions and of the ops.
 */

import { describe, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  compile,
  type DType,
  grad,
  logSoftmax,
  logSumExp,
  normal,
  setRunner,
  softmax,
  type Tensor,
  uniform,
  Variable,
  variance,
} from "../../src/index.ts";
import { isControl } from "../../src/run/program/calls/call.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, sampleTests, seedsTo } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

const space = workspace() as Workspace;
/** Returns a target whose cache is so small that every item that may be in a row-wise fused kernel is in one. */
const tiny = (block: number): Target => ({
  ...wasmTarget,
  cache: { block, row: 2 ** 30, whole: 1 },
});

function programFor(fn: Fn, inputs: readonly Tensor[], target: Target): Program {
  const trace = record(new TraceRecording(), (recording) =>
    recording.trace([...fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return programOf(simplify(lower(trace, wasmTarget.hasKernel)), target);
}

function countRows({ calls }: Program): number {
  return calls.filter(({ function: own }) => isControl(own) && own.name === "rows").length;
}

/** Compares blocks of several sizes with eager results. Returns the number of row-wise fused kernels. */
function expectBitsOfPasses(fn: Fn, inputs: readonly Tensor[]): number {
  setRunner("js");
  const expected = fn(...inputs);
  setRunner("wasm");
  let found = 0;
  for (const chunk of [1, 200, 5000]) {
    const program = programFor(fn, inputs, tiny(chunk));
    found += countRows(program);
    const got = new MemoryRun(program, space).run(inputs);
    expected.forEach((result, i) => {
      expectSameBits(got[i] as Tensor, result);
    });
  }
  return found;
}

/** The seeds of random functions. */
const SEEDS = sampled(seedsTo(60), 6);

test("random functions and their gradients have the same bits", () => {
  let found = 0;
  for (const dtype of ["float32", "float64"] as const) {
    for (const seed of SEEDS) {
      for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
        found += expectBitsOfPasses(
          (x, y) => [fn(x as Tensor, y as Tensor)],
          inputsOf(seed, dtype),
        );
      }
    }
  }
  expect(found).toBeGreaterThan(2 * SEEDS.length);
});

/** Ops that become row-wise fused kernels in any case. */
const CERTAIN = ["softmax", "logSoftmax", "logSumExp", "variance", "sum", "exp"];

test("so have all ops, between loops over the same rows", () => {
  const ops = new Set<string>();
  const some = sampled(registeredOps(), 3);
  for (const op of registeredOps()) {
    if (!some.includes(op) && !CERTAIN.includes(op.name)) continue;
    if (op.bodies?.control !== undefined) continue;
    const { cases } = op.examples;
    for (const example of CERTAIN.includes(op.name) ? cases : sampled(cases, 3)) {
      const { inputs, attributes } = samples(op, example, "float32");
      const fn: Fn = (...given) => {
        const changed = given.map((x, i) =>
          op.examples.dtypes?.[i] === undefined ? x.mul(1.5) : x,
        );
        return applied(op, changed, attributes).flatMap((y) => {
          const last =
            y.rank === 0 || y.size === 0 ? y : y.sub(y.sum(-1, { keepDims: true })).max(-1);
          return y.dtype === "float32" ? [last, y.mul(2)] : [y];
        });
      };
      if (expectBitsOfPasses(fn, inputs) > 0) ops.add(op.name);
    }
  }
  for (const name of CERTAIN) expect(ops).toContain(name);
});

const norm = (x: Tensor) =>
  x.sub(x.mean(-1, { keepDims: true })).div(variance(x, -1, { keepDims: true }).add(1e-5).sqrt());

const FUNCTIONS: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  softmax: (x, y) => softmax(x.mul(y)),
  "softmax without keeping axes": (x, y) =>
    x.sub(logSumExp(x, -1).reshape([...x.shape.slice(0, -1), 1])).mul(y),
  logSoftmax: (x, y) => logSoftmax(x.add(y)).mul(x),
  "norm, with what is the same for all rows": (x, y) =>
    norm(x)
      .mul(y.slice([0], [1]))
      .add(y),
  "rows read backwards": (x, y) =>
    softmax(x)
      .sub(x.mul(2).sum(-1, { keepDims: true }))
      .mul(y),
  "the first row beside all": (x, y) => {
    const rows = softmax(x).mul(y);
    return rows.sub(rows.slice([0], [1]));
  },
  "reductions over two axes": (x, y) => x.sub(x.mul(y).sum([-2, -1], { keepDims: true })).exp(),
  "two chains": (x, y) => norm(x).add(softmax(y)),
};

const ROWS = [
  [[5, 33], "float32"],
  [[64, 100], "float32"],
  [[3, 7, 20], "float64"],
  [[2, 3, 5, 513], "float32"],
  [[17, 1, 9], "float64"],
] as const;

describe.each(Object.entries(FUNCTIONS))("%s", (name, fn) => {
  test.each(sampled(ROWS, 3, Object.keys(FUNCTIONS).indexOf(name)))(
    "of %s in %s has the bits of whole passes, and so have its gradients",
    (shape, dtype) => {
      const [x, y] = [0, 1].map((seed) => normal(shape, { seed, dtype: dtype as DType }));
      const gradients = grad((a: Tensor, b: Tensor) => fn(a, b).sin().sum(), { argnums: [0, 1] });
      const all: Fn = (a, b) => [
        fn(a as Tensor, b as Tensor),
        ...gradients(a as Tensor, b as Tensor),
      ];
      expect(expectBitsOfPasses(all, [x as Tensor, y as Tensor])).toBeGreaterThan(
        name.includes("two axes") && shape.length === 2 ? -1 : 0,
      );
    },
  );
});

test("values between passes take the memory of a chunk alone, and a long array is one call", () => {
  const x = uniform([2000, 300], { seed: 1 });
  const { plan, calls } = programFor((a) => [softmax(a as Tensor)], [x], wasmTarget);
  expect(calls.map(({ function: own }) => (isControl(own) ? own.name : own))).toEqual(["rows"]);
  expect(plan.scratchBytes).toBe(0);
  expect(plan.workBytes).toBeLessThan(2 ** 17);
});

test("a Variable is updated in place by rows", () => {
  const weights = new Variable(uniform([512, 300], { seed: 1 }));
  const step = () => {
    const value = weights.value;
    weights.assign(value.sub(value.square().sum(1, { keepDims: true }).mul(0.001)));
  };
  const start = weights.value;
  step();
  const expected = weights.value;
  weights.assign(start);
  const compiled = compile(step);
  const text = compiled.program().describe();
  expect(text).toContain("rows (");
  expect(text).not.toContain("at the end");
  compiled();
  expectSameBits(weights.value, expected);
});

test("what reads rows of others is no row program", () => {
  const x = uniform([600, 200], { seed: 1 });
  const fn: Fn = (a) => {
    const shifted = softmax(a as Tensor);
    return [shifted.slice([1]).sub(shifted.slice([0], [599]))];
  };
  expect(expectBitsOfPasses(fn, [x])).toBeGreaterThan(0);
});
