/** The target of a program: fusion and planning work for another target than WebAssembly, and calls are data. */

import { createKernel } from "@graddiff/wasm-kernel";
import { afterEach, expect, test, vi } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import type { Address } from "../../src/graph/call.ts";
import { lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  cond,
  eye,
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
import type { ProgramCall } from "../../src/run/program/calls/call.ts";
import { dependencies, sharedRegionsOf } from "../../src/run/program/calls/dependencies.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import { Region } from "../../src/run/wasm/memory/heap.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { JavaScriptBackend, javascriptTarget } from "../support/javascriptTarget.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { sampled } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";
import { withoutCompiling } from "../support/withoutCompiling.ts";

afterEach(() => setRunner("wasm"));

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** Returns the prepared trace of a function. */
function preparedTrace(fn: Fn, inputs: readonly Tensor[], { hasKernel }: Target): Trace {
  const trace = record(new TraceRecording(), (recording) =>
    recording.trace([...fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return simplify(lower(trace, hasKernel));
}

function expectAllSame(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
}

const space = workspace() as Workspace;
const target = wasmTarget;

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
      // The fifth call overwrites memory that the two calls before it read, and that the first wrote.
      call(at(0, "write")),
      call(at(64, "scratch"), at(32, "write")),
      call(at(64, "scratch"), at(40, "write")),
      call(at(100, "read"), 7),
      call({ ...at(108, "write"), before: 8 }),
      call({ ...at(0, "read"), region: 1 }),
    ]),
  ).toEqual([[], [], [0], [0, 1], [0, 2, 3], [], [], [], [7], []]);
});

test("calls of a body wait for what regions share that are the same memory outside", () => {
  const at = (region: number, offset: number, access: "read" | "write", bytes = 16) =>
    ({ region, offset, bytes, access, value: undefined }) as const;
  const rows = (...steps: number[]): ProgramCall => ({
    function: {
      name: "rows",
      bodies: [],
      order: { kind: "repeat", length: 3, stops: false, reverse: false, steps },
    },
    // The third argument overlaps the first one, and the fourth reads half of both.
    arguments: [at(0, 64, "read"), at(0, 256, "read"), at(0, 64, "write"), at(0, 72, "read", 8)],
  });
  const call = (...given: ProgramCall["arguments"]): ProgramCall => ({
    function: "add_f32",
    arguments: given,
  });
  const body = [
    call(at(0, 0, "read"), at(9, 0, "write")),
    call(at(2, 0, "write", 8)),
    call(at(3, 0, "read", 8)),
    call(at(2, 8, "write", 8)),
    call(at(1, 0, "read")),
  ];
  expect(dependencies(body)).toEqual([[], [], [], [], []]);
  expect(dependencies(body, sharedRegionsOf(rows(16, 16, 16, 16)))).toEqual([
    ...[[], [0], [], [0, 2], []],
  ]);
  // Each iteration accesses another part of one array, which has no step while the other arrays move.
  expect(dependencies(body, sharedRegionsOf(rows(16, 16, 16, 0)))).toEqual([
    ...[[], [0], [1], [1, 2], []],
  ]);
});

test("products of a stack touch their own matrices, do not wait for each other, and cost no more in a long stack", () => {
  const productsOf = (count: number, fn: Fn, ...shapes: number[][]) => {
    const inputs = shapes.map((shape, seed) => uniform([count, ...shape], { seed }));
    return programOf(preparedTrace(fn, inputs, wasmTarget), wasmTarget);
  };
  const ways: Fn[] = [
    (x, y) => [(x as Tensor).matmul(y as Tensor)],
    (x, y) => [
      (x as Tensor).matmul((y as Tensor).transpose([0, 2, 1]).flip(1).transpose([0, 2, 1])),
    ],
    (x, y) => [(x as Tensor).flip(0).matmul(y as Tensor)],
  ];
  for (const fn of ways) {
    const { calls } = productsOf(7, fn, [3, 4], [4, 2]);
    const products = calls.filter(({ function: callee }) => callee === "matmul_f32");
    expect(products).toHaveLength(7);
    const [ofX, ofY, ofOut] = [0, 1, 2].map((i) =>
      products.map(({ arguments: given }) => given[i] as Address),
    );
    for (const [addresses, bytes] of [
      [ofX, 48],
      [ofY, 32],
      [ofOut, 24],
    ] as const) {
      const starts = (addresses ?? []).map(({ offset, before = 0 }) => offset - before);
      for (const each of addresses ?? [])
        expect(each.bytes + (each.before ?? 0) >= bytes).toBe(true);
      const first = Math.min(...starts);
      expect(starts.map((start) => start - first).sort((x, y) => x - y)).toEqual(
        Array.from({ length: 7 }, (_, i) => i * bytes),
      );
    }
    expect(new Set(dependencies(calls).slice(-7).map(String)).size).toBe(1);
    for (const { cost } of products) expect(cost).toEqual({ flops: 48, bytes: 48 + 32 + 24 });
  }
  // Returns how often a program reads the function of a call, divided by the number of calls.
  const looks = (count: number) => {
    let read = 0;
    const counting: Target = {
      ...wasmTarget,
      calls: (placed) =>
        wasmTarget.calls(placed)?.map((call) => ({
          ...call,
          get function() {
            read++;
            return call.function;
          },
        })),
    };
    const inputs = [uniform([count, 3, 4], { seed: 1 }), uniform([count, 4, 2], { seed: 2 })];
    const product: Fn = (x, y) => [(x as Tensor).matmul(y as Tensor)];
    programOf(preparedTrace(product, inputs, counting), counting);
    return read / count;
  };
  expect(looks(60)).toBeLessThanOrEqual(looks(6));
});

/** Returns a program with its calls copied as a message to a worker would copy them. */
function copied(program: Program): Program {
  const [calls, commits] = structuredClone([program.calls, program.writeBacks]);
  return { ...program, calls: calls ?? [], writeBacks: commits ?? [] };
}

test("calls are data: copies of them give the same bits", async () => {
  const machine = new JavaScriptBackend();
  const runs = {
    wasm: (program: Program) => new MemoryRun(program, space),
    javascript: (program: Program) => machine.enter(program),
  };
  const kinds = new Set<string>();
  for (const [i, op] of registeredOps().entries()) {
    for (const example of sampled(op.examples.cases, 24, i)) {
      for (const dtype of sampled(["float32", "int32"] as const, 2, i)) {
        const { inputs, attributes } = samples(op, example, dtype);
        if (op.bodies?.control !== undefined) continue;
        for (const [name, own] of [
          ["wasm", target],
          ["javascript", javascriptTarget],
        ] as const) {
          const fn: Fn = (...given) => applied(op, given, attributes);
          const program = programOf(preparedTrace(fn, inputs, own), own);
          expect(copied(program)).toEqual(program);
          for (const { function: own, check } of program.calls) {
            kinds.add(
              typeof own !== "string"
                ? "javascript" in own
                  ? own.javascript
                  : own.name
                : own === "clear"
                  ? own
                  : "kernel",
            );
            if (check !== undefined) kinds.add(`check: ${check.kind}`);
          }
          const [results, expected] = [copied(program), program].map((each) =>
            runs[name](each).run(inputs),
          );
          for (const each of [...(results ?? []), ...(expected ?? [])]) await each.read();
          expectAllSame(results ?? [], expected ?? []);
        }
      }
    }
  }
  for (const kind of ["kernel", "loop", "op", "clear"]) expect(kinds).toContain(kind);
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
  const program = programOf(preparedTrace(fn, [rows, indices], target), target);
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
  const run = new MemoryRun(programOf(preparedTrace(fn, [rows], target), target), space);
  const expected = run.run([rows]);
  // Creating the error of a code would read the memory through a DataView.
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

test("a Variable is assigned where it stands beside an op of several results", () => {
  const v = new Variable(uniform([1000], { seed: 1 }));
  const trace = preparedTrace(
    (x) => {
      const top = topK(x as Tensor, 1);
      v.assign(v.value.mul(0.5));
      return [top.values];
    },
    [tensor([3, 1, 2])],
    target,
  );
  const { plan, writeBacks } = programOf(trace, target);
  expect(plan.variableBuffers).toHaveLength(1);
  expect(writeBacks).toEqual([]);
});

test("a program that JavaScript drives goes on where memory has grown", () => {
  const own = new Workspace(createKernel());
  const x = uniform([40, 50], { seed: 1 });
  const fn: Fn = (y) => [(y as Tensor).sub(1).div(3)];
  const program = programOf(preparedTrace(fn, [x], wasmTarget), wasmTarget);
  withoutCompiling(() => {
    const run = new MemoryRun(program, own);
    expectAllSame(run.run([x]), fn(x));
    const { buffer } = own.host.memory;
    own.heap.admit(new Region([], 2 * buffer.byteLength), run);
    expect(own.host.memory.buffer).not.toBe(buffer);
    expectAllSame(run.run([x]), fn(x));
  });
});
