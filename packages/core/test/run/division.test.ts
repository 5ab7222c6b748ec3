/**
 * The law of division: bits and errors are the same however calls are divided, and in whatever order their pieces run
 * that dependencies allow. Each piece has its own scratch memory.
 */

import { requireWebAssembly } from "@graddiff/wasm-kernel";
import { expect, test, vi } from "vitest";
import { setRunner, type Tensor, where } from "../../src/index.ts";
import { isControl, type ProgramCall } from "../../src/run/program/calls/call.ts";
import { divisionsOf } from "../../src/run/program/calls/division.ts";
import type { Program } from "../../src/run/program/program.ts";
import { emitCalls } from "../../src/run/wasm/emit/control.ts";
import { rangeOf } from "../../src/run/wasm/emit/ranges.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { sharedWorkspace, type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import {
  type Fn,
  of,
  programFor,
  programs,
  randomFunctions,
  refusals,
  sampledOps,
} from "../support/dividedPrograms.ts";
import {
  BLOCKS,
  dividedProgram,
  drawnPool,
  drawnThreads,
  errorOf,
  kindOf,
  type Tally,
} from "../support/division.ts";
import { JavaScriptBackend, javascriptTarget } from "../support/javascriptTarget.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { chooser } from "../support/randomFunctions.ts";
import { sampled, seedsTo, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

setRunner("wasm");
const space = workspace() as Workspace;
const machine = new JavaScriptBackend();

const tally: Tally = new Map();
const choose = chooser(40);

/** Expects a program to have the same bits when it is divided, several times. */
function expectLaw(
  program: Program,
  inputs: readonly Tensor[],
  times = 2,
  draw: typeof choose = choose,
): void {
  const expected = new MemoryRun(program, space).run(inputs);
  for (let time = 0; time < times; time++) {
    // Phases of threads alternate with lists of calls that are divided in all bodies.
    const run =
      time % 2 === 0
        ? runOfThreads(program, draw)
        : new MemoryRun(dividedProgram(program, draw, tally), space);
    const results = run.run(inputs);
    expect(results).toHaveLength(expected.length);
    results.forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
    run.release();
  }
}

const shared = sharedWorkspace(() => {});
let drawNow = choose;
const pool = drawnPool(shared, 3, (below) => drawNow(below));

/** Returns a program that runs as phases of threads, divided at random. */
function runOfThreads(program: Program, draw: typeof choose): MemoryRun {
  drawNow = draw;
  shared.threads = drawnThreads(pool, draw, tally);
  return new MemoryRun(program, shared);
}

const tallyElsewhere: Tally = new Map();

/** Expects the same bits of a divided function on the test target, which shares no code with WebAssembly. */
async function expectLawElsewhere(
  fn: Fn,
  inputs: readonly Tensor[],
  times = 1,
  draw: typeof choose = choose,
): Promise<void> {
  const expected = new MemoryRun(programFor(fn, inputs), space).run(inputs);
  const program = programFor(fn, inputs, javascriptTarget);
  const { bytes } = javascriptTarget;
  for (let time = 0; time < times; time++) {
    const divided = dividedProgram(program, draw, tallyElsewhere, bytes);
    const results = machine.enter(divided).run(inputs);
    expect(results).toHaveLength(expected.length);
    for (const [i, result] of results.entries()) {
      expectSameBits(await result.read(), expected[i] as Tensor);
    }
  }
}

test("divided ops have the bits of whole ones, and all that cannot be divided say why", () => {
  for (const { name, fn, inputs } of sampledOps(12, 0)) {
    const program = programFor(fn, inputs);
    for (const call of program.calls) {
      expect(divisionsOf(call), `${name}: ${kindOf(call)}`).not.toBe(
        "no way to divide it is known",
      );
    }
    expectLaw(program, inputs);
  }
});

test("divided random programs and their gradients have the bits of whole ones", () => {
  for (const { fn, inputs } of randomFunctions(sampled(seedsTo(400), 27))) {
    expectLaw(programFor(fn, inputs), inputs);
  }
});

test.each(Object.keys(programs))("divided, %s: the bits of the whole", (name) => {
  const [fn, inputs] = programs[name] ?? [];
  if (fn === undefined || inputs === undefined) throw new Error("each name has a program");
  // The draws do not depend on samples, so that all kinds of division occur.
  const draw = chooser(100 + Object.keys(programs).indexOf(name));
  expectLaw(programFor(fn, inputs), inputs, WHOLE ? 40 : 6, draw);
});

// The test target divides loops, rows, copies and clears; its ops are not divided. It reports the first error that it
// meets, so the order of the list decides which of several errors is the first.
test("so it is on a target with a memory for each value, bools of four bytes and scratch memory of loops", async () => {
  const ops = sampledOps(24, registeredOps().length);
  for (const { fn, inputs } of [...ops, ...randomFunctions(sampled(seedsTo(200), 21))]) {
    await expectLawElsewhere(fn, inputs);
  }
  const draw = chooser(200);
  for (const [fn, inputs] of Object.values(programs)) {
    await expectLawElsewhere(fn, inputs, 1, draw);
  }
  // Booleans are read, written and combined in pieces.
  const x = of([70, 90], 3);
  const truths: Fn = (a) => {
    const above = (a as Tensor).greater(0);
    return [above.transpose(), where(above, a as Tensor, 0).sum(1), above.cast("int32").sum()];
  };
  await expectLawElsewhere(truths, [x], WHOLE ? 40 : 4, draw);
  for (const way of [
    ...["loop by axis", "loop with reductions by axis", "loop with reductions by blocks"],
    ...["rows by rows", "copy by bytes", "clear by bytes"],
  ]) {
    expect(tallyElsewhere.get(way) ?? 0, way).toBeGreaterThan(0);
  }
});

test("of several errors the first one in the order of the calls is told, however they are divided", () => {
  const { fn, cases } = refusals;
  for (const inputs of cases) {
    const program = programFor(fn, inputs);
    let message = "";
    try {
      new MemoryRun(program, space).run(inputs);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toBe("");
    for (let time = 0; time < 10; time++) {
      const error = errorOf(program, choose, (own) => new MemoryRun(own, space).run(inputs));
      expect(error?.message).toBe(message);
    }
  }
});

/** Returns all calls, including those of bodies. */
function everyCall(calls: readonly ProgramCall[]): ProgramCall[] {
  return calls.flatMap((call) => [
    call,
    ...(isControl(call.function)
      ? call.function.bodies.flatMap((body) => everyCall(body.calls))
      : []),
  ]);
}

/** Returns the bytes of the modules that are compiled for some calls. */
function moduleBytes(calls: readonly ProgramCall[]): number {
  const { Module } = requireWebAssembly();
  let bytes = 0;
  class Counted extends Module {
    constructor(code: Uint8Array<ArrayBuffer>) {
      super(code);
      bytes += code.length;
    }
  }
  const made = vi.spyOn(requireWebAssembly(), "Module").mockImplementation(Counted);
  try {
    emitCalls(space.host, calls, new Array<number>(9).fill(2 ** 16), rangeOf);
  } finally {
    made.mockRestore();
  }
  return bytes;
}

test("pieces of a loop, and some of the runs of rows, are calls of one function", () => {
  const shared = new Set<string>();
  for (const [fn, inputs] of Object.values(programs)) {
    for (const call of programFor(fn, inputs).calls) {
      const ways = divisionsOf(call);
      for (const way of typeof ways === "string" ? [] : ways) {
        const { count } = way;
        const pieces = (unit: number) =>
          Array.from({ length: Math.ceil(count / unit) }, (_, i) =>
            way.partition(i * unit, Math.min(unit, count - i * unit)),
          );
        const unit = count > 4 * BLOCKS ? BLOCKS : 1;
        const few = pieces(unit * Math.ceil(count / unit / 2));
        if (few.length < 2 || few[0]?.part === undefined) continue;
        const many = pieces(unit);
        if (many.length < 3) continue;
        if (moduleBytes(few) === moduleBytes(many)) shared.add(kindOf(call));
      }
    }
  }
  expect([...shared].sort()).toEqual(["loop", "loop with reductions", "rows"]);
});

test("every kind of call was divided in every way that it has", () => {
  const ways = new Set<string>();
  for (const [fn, inputs] of Object.values(programs)) {
    for (const call of everyCall(programFor(fn, inputs).calls)) {
      const own = divisionsOf(call);
      if (typeof own === "string") continue;
      for (const { along, count } of own) {
        if (count > 1) ways.add(`${kindOf(call)} by ${along.replace(/ \d+$/, "")}`);
      }
    }
  }
  for (const way of ways) expect(tally.get(way) ?? 0, way).toBeGreaterThan(0);
  for (const way of [
    ...[
      "loop by axis",
      "loop with reductions by axis",
      "loop with reductions by blocks",
      "rows by rows",
    ],
    ...["matmul by rows", "matmul by columns", "sumAxis by outer axes", "maxAxis by blocks"],
    ...[
      "sumAxis by blocks",
      "sumAxis by columns",
      "convolution by examples",
      "convolution by results",
    ],
    ...["maxPool by planes", "maxPoolWithIndices by planes"],
    ...["cumulativeSum by columns", "cumulativeSum by arrays"],
    ...[
      "linearRecurrence by columns",
      "sortRows by rows",
      "gather by indices",
      "scatterAdd by columns",
    ],
    ...["copy by bytes", "clear by bytes", "uniform by elements", "cholesky by matrices"],
  ]) {
    expect(tally.get(way) ?? 0, way).toBeGreaterThan(0);
  }
  const divided = [...tally].filter(([what]) => !what.includes(":"));
  expect(divided.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(WHOLE ? 1500 : 700);
});
