/**
 * What a program is for: fusing and planning serve another target, and calls may be divided.
 */

import { createKernel } from "@graddiff/wasm-kernel";
import { afterEach, expect, test, vi } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { pieceOfCall } from "../../src/graph/call.ts";
import { keepsKept, lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  concat,
  cond,
  eye,
  grad,
  scan,
  setRunner,
  type Tensor,
  take,
  tensor,
  topK,
  uniform,
  Variable,
  zeros,
} from "../../src/index.ts";
import { cholesky } from "../../src/linalg.ts";
import type { ProgramCall } from "../../src/run/program/calls.ts";
import { dependencies } from "../../src/run/program/dependencies.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import { Region } from "../../src/run/wasm/heap.ts";
import { MemoryRun } from "../../src/run/wasm/memory.ts";
import { wasmTarget } from "../../src/run/wasm/target.ts";
import { Workspace, workspace } from "../../src/run/wasm/workspace.ts";
import { javascriptTarget, runInJavaScript } from "../support/javascriptTarget.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { chooser, inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled } from "../support/sampling.ts";
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

/** The calls in another order, in which each still comes behind those that it must wait for. */
function shuffled(program: Program, choose: (below: number) => number): Program {
  const { calls } = program;
  const waits = dependencies(calls);
  const left = calls.map((_, i) => i);
  const done = new Set<number>();
  const order: ProgramCall[] = [];
  while (left.length > 0) {
    const ready = left.filter((i) => waits[i]?.every((other) => done.has(other)));
    const next = ready[choose(ready.length)] ?? 0;
    left.splice(left.indexOf(next), 1);
    done.add(next);
    order.push(calls[next] as ProgramCall);
  }
  return { ...program, calls: order };
}

const space = workspace() as Workspace;
const target = wasmTarget(space.host);

test("calls give the same bits in any order in which none comes before those that it must wait for", () => {
  const choose = chooser(9);
  let moved = 0;
  const run = (program: Program, inputs: readonly Tensor[]) => {
    const expected = new MemoryRun(program, space).run(inputs);
    for (const own of [program, divided(program, choose)]) {
      const other = shuffled(own, choose);
      if (other.calls.some((call, i) => call !== own.calls[i])) moved++;
      expectAllSame(new MemoryRun(other, space).run(inputs), expected);
    }
  };
  for (let seed = 0; seed < 40; seed++) {
    const inputs = inputsOf(seed, "float32");
    for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
      const trace = preparedTrace((...given) => [fn(...(given as typeof inputs))], inputs);
      run(programOf(trace, target), inputs);
    }
  }
  const [x, y] = [uniform([40, 30], { seed: 1 }), uniform([30, 20], { seed: 2 })];
  const several: Fn = (a, b) => {
    const product = (a as Tensor).matmul(b as Tensor);
    const back = product.matmul((b as Tensor).transpose());
    const sums = scan(
      (carry: Tensor, row: Tensor): [Tensor, Tensor] => [carry.add(row.mul(2)), carry.mul(row)],
      zeros([20]),
      product,
      { reverse: true },
    );
    return [
      back.sum(1),
      product.max(0),
      ...sums,
      concat([product, back], 1),
      take(product, tensor([3, 1], { dtype: "int32" })),
    ];
  };
  for (let round = 0; round < 20; round++) {
    run(programOf(preparedTrace(several, [x, y]), target), [x, y]);
  }
  expect(moved).toBeGreaterThan(60);
});

test("a call waits for those whose memory it reads or writes over, and for no others", () => {
  const at = (offset: number, access: "read" | "write" | "scratch", bytes = 8) =>
    ({ region: 0, offset, bytes, access, value: undefined }) as const;
  const call = (...given: ProgramCall["arguments"]): ProgramCall => ({
    function: "add_f32" as never,
    arguments: given,
  });
  expect(
    dependencies([
      call(at(0, "write")),
      call(at(8, "write")),
      call(at(0, "read"), at(16, "write")),
      call(at(4, "read"), at(24, "write")),
      // Over what the last two have read, and what the first has written.
      call(at(0, "write")),
      call(at(64, "scratch"), at(32, "write")),
      call(at(64, "scratch"), at(40, "write")),
      call(at(100, "read"), 7),
      call({ ...at(108, "write"), before: 8 }),
      call({ ...at(0, "read"), region: 1 }),
    ]),
  ).toEqual([[], [], [0], [0, 1], [0, 2, 3], [], [5], [], [7], []]);
});

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

/** A program whose calls have gone through what a message goes through. */
function copied(program: Program): Program {
  const [calls, commits] = structuredClone([program.calls, program.commits]);
  return { ...program, calls: calls ?? [], commits: commits ?? [] };
}

test("calls are data: copies of them give the same bits", () => {
  const kinds = new Set<string>();
  for (const op of registeredOps()) {
    for (const example of sampled(op.examples.cases, 8)) {
      for (const dtype of ["float32", "int32"] as const) {
        const { inputs, attributes } = samples(op, example, dtype);
        if (op.joint !== undefined && !op.joint.opens) continue;
        const trace = preparedTrace((...given) => applied(op, given, attributes), inputs);
        for (const program of [programOf(trace, target), programOf(trace, javascriptTarget)]) {
          expect(copied(program)).toEqual(program);
          for (const { function: own, check } of program.calls) {
            kinds.add(
              typeof own === "string" ? "kernel" : "javascript" in own ? own.javascript : own.name,
            );
            if (check !== undefined) kinds.add(`check: ${check.kind}`);
          }
          expectAllSame(
            new MemoryRun(copied(program), space).run(inputs),
            new MemoryRun(program, space).run(inputs),
          );
        }
      }
    }
  }
  for (const kind of ["kernel", "loop", "op", "clear", "keysFromSeeds"])
    expect(kinds).toContain(kind);
  for (const kind of ["elements", "indices", "fault"]) expect(kinds).toContain(`check: ${kind}`);
});

const positive = (x: Tensor) => x.matmul(x.transpose()).add(eye(3));

test("copies of calls with bodies do what the calls do, and refuse what they refuse", () => {
  const rows = uniform([40, 3, 3], { seed: 1 });
  const indices = tensor(
    Array.from({ length: 40 }, (_, i) => i % 3),
    { dtype: "int32" },
  );
  const fn: Fn = (xs, at) => {
    const [sum, logs] = scan(
      (carry: Tensor, [x, i]: [Tensor, Tensor]): [Tensor, Tensor] => {
        const factor = cholesky(positive(x));
        const own = cond(
          factor.sum().greater(3),
          () => factor.mul(2),
          () => factor.neg(),
        );
        return [carry.add(take(own, i.reshape([1]))), own.sum()];
      },
      zeros([1, 3]),
      [xs as Tensor, at as Tensor],
    );
    return [sum, logs];
  };
  const program = programOf(preparedTrace(fn, [rows, indices]), target);
  expect(copied(program)).toEqual(program);
  const run = new MemoryRun(copied(program), space);
  expectAllSame(run.run([rows, indices]), fn(rows, indices));
  const outside = tensor(
    Array.from({ length: 40 }, (_, i) => (i === 17 ? 7 : 0)),
    { dtype: "int32" },
  );
  const message =
    "take: indices: expected integers from -3 to 2, since axis 0 has length 3, got 7 at position 0";
  expect(() => run.run([rows, outside])).toThrow(message);
});

test("a check in a body costs nothing until it fails", () => {
  const rows = uniform([1000, 3, 3], { seed: 1 });
  const fn: Fn = (xs) => [
    scan(
      (carry: Tensor, x: Tensor): [Tensor, []] => [carry.add(cholesky(positive(x))), []],
      zeros([3, 3]),
      xs as Tensor,
    )[0],
  ];
  const run = new MemoryRun(programOf(preparedTrace(fn, [rows]), target), space);
  const expected = run.run([rows]);
  // Whoever makes an error of a code reads the memory by a view.
  const views = vi.spyOn(globalThis, "DataView");
  const results = run.run([rows]);
  const calls = views.mock.calls.length;
  views.mockRestore();
  expect(calls).toBe(0);
  expectAllSame(results, expected);
  const broken = rows.mul(
    tensor(Array.from({ length: 1000 }, (_, i) => (i === 998 ? Number.NaN : 1))).reshape([
      1000, 1, 1,
    ]),
  );
  expect(() => run.run([broken])).toThrow(/cholesky: .*NaN or an infinity/);
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
