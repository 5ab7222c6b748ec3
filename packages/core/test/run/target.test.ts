/**
 * What a program is for: fusing and planning serve another target, and calls may be divided.
 */

import { createKernel } from "@graddiff/wasm-kernel";
import { afterEach, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { pieceOfCall } from "../../src/graph/call.ts";
import { keepsKept, lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  concat,
  grad,
  setRunner,
  type Tensor,
  tensor,
  topK,
  uniform,
  Variable,
} from "../../src/index.ts";
import type { ProgramCall } from "../../src/run/program/calls.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import { Region } from "../../src/run/wasm/heap.ts";
import { MemoryRun } from "../../src/run/wasm/memory.ts";
import { wasmTarget } from "../../src/run/wasm/target.ts";
import { Workspace, workspace } from "../../src/run/wasm/workspace.ts";
import { javascriptTarget, runInJavaScript } from "../support/javascriptTarget.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { chooser, inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { registeredOps } from "../support/table.ts";
import { withoutCompiling } from "../support/withoutCompiling.ts";

afterEach(() => setRunner("wasm"));

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** A function as it is prepared. */
function preparedTrace(fn: Fn, inputs: readonly Tensor[]): Trace {
  const trace = record(new TraceRecording(), (recording) =>
    recording.trace([...fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return simplify(lower(trace, keepsKept));
}

function expectAllSame(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
}

test("a target in JavaScript, without kernels and with short loops, gives the same bits", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (let seed = 0; seed < 60; seed++) {
      const inputs = inputsOf(seed, dtype);
      for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
        const trace = preparedTrace((...given) => [fn(...(given as typeof inputs))], inputs);
        const program = programOf(trace, javascriptTarget);
        expect(program.calls.filter(({ function: own }) => typeof own === "string")).toEqual([]);
        expectAllSame(runInJavaScript(program, inputs), [fn(...inputs)]);
      }
    }
  }
});

test("it assigns to Variables, beside several results of one op", () => {
  const [a, b] = [
    new Variable(uniform([40], { seed: 1 })),
    new Variable(uniform([40], { seed: 2 })),
  ];
  const step: Fn = (x) => {
    const { values, indices } = topK(a.value.add(x as Tensor), 3);
    const before = a.value;
    a.assign(b.value.mul(2));
    b.assign(before.sub(x as Tensor));
    return [values, indices, concat([values, values])];
  };
  const x = uniform([40], { seed: 3 });
  const start = [a.value, b.value];
  const expected = [...step(x), a.value, b.value];
  const trace = withVariables(step, x, start);
  a.assign(start[0] as Tensor);
  b.assign(start[1] as Tensor);
  const results = runInJavaScript(programOf(trace, javascriptTarget), [x]);
  expectAllSame([...results, a.value, b.value], expected);

  function withVariables(fn: Fn, input: Tensor, values: readonly Tensor[]): Trace {
    a.assign(values[0] as Tensor);
    b.assign(values[1] as Tensor);
    return preparedTrace(fn, [input]);
  }
});

/** Every call that can be divided in up to four parts, some of which may be of no work. */
function divided(program: Program, choose: (below: number) => number): Program {
  const calls = program.calls.flatMap((call): ProgramCall[] => {
    const count = call.split && Number(call.arguments[call.split.argument]);
    if (count === undefined) return [call];
    const cuts = [0, choose(count + 1), choose(count + 1), choose(count + 1), count];
    cuts.sort((first, second) => first - second);
    return cuts.slice(1).map((end, i) => pieceOfCall(call, cuts[i] ?? 0, end - (cuts[i] ?? 0)));
  });
  return { ...program, calls };
}

const space = workspace() as Workspace;
const target = wasmTarget(space.host);

test("calls give the same bits however they are divided", () => {
  const functions = new Set<unknown>();
  const choose = chooser(7);
  for (const op of registeredOps()) {
    for (const example of op.examples.cases) {
      for (const dtype of ["float32", "float64", "int32"] as const) {
        const { inputs, attributes } = samples(op, example, dtype);
        if (op.joint !== undefined && !op.joint.opens) continue;
        const trace = preparedTrace((...given) => applied(op, given, attributes), inputs);
        const program = programOf(trace, target);
        const own = program.calls.filter(({ split }) => split !== undefined);
        if (own.length === 0) continue;
        for (const call of own) functions.add(call.function);
        expectAllSame(
          new MemoryRun(divided(program, choose), space).run(inputs),
          new MemoryRun(program, space).run(inputs),
        );
      }
    }
  }
  // Products, reductions of both forms, rows read and added, random numbers and orders are among them.
  for (const name of ["matmul_f32", "sumAxis_f64", "gather", "scatterAdd_i32", "uniform_f32"]) {
    expect(functions).toContain(name);
  }
  expect(functions).toContain("orderOfRows");
});

test("large products and reductions are divided, too", () => {
  const choose = chooser(8);
  const x = uniform([67, 130], { seed: 1, low: -1 });
  const y = uniform([130, 71], { seed: 2, low: -1 });
  const fn: Fn = (a, b) => {
    const product = (a as Tensor).matmul(b as Tensor);
    return [product, product.sum(1), product.max(0), product.reshape([67, 71, 1]).sum([0, 2])];
  };
  const program = programOf(preparedTrace(fn, [x, y]), target);
  for (let round = 0; round < 5; round++) {
    expectAllSame(new MemoryRun(divided(program, choose), space).run([x, y]), fn(x, y));
  }
});

test("a Variable is assigned where it stands beside an op of several results", () => {
  const v = new Variable(uniform([1000], { seed: 1 }));
  const trace = preparedTrace(
    (x) => {
      const top = topK(x as Tensor, 1);
      v.assign(v.value.mul(0.5));
      return [top.values];
    },
    [tensor([3, 1, 2])],
  );
  const { plan, commits } = programOf(trace, target);
  expect(plan.homes).toHaveLength(1);
  expect(commits).toEqual([]);
});

test("a program that JavaScript drives goes on where memory has grown", () => {
  const own = new Workspace(createKernel());
  const x = uniform([40, 50], { seed: 1 });
  const fn: Fn = (y) => [(y as Tensor).sub(1).div(3)];
  const program = programOf(preparedTrace(fn, [x]), wasmTarget(own.host));
  withoutCompiling(() => {
    const run = new MemoryRun(program, own);
    expectAllSame(run.run([x]), fn(x));
    const { buffer } = own.host.memory;
    own.heap.admit(new Region([], 2 * buffer.byteLength), run);
    expect(own.host.memory.buffer).not.toBe(buffer);
    expectAllSame(run.run([x]), fn(x));
  });
});
