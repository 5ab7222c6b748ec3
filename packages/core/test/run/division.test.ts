/**
 * The law of division: however calls are divided, and in whatever order that dependencies leave their pieces run, with
 * scratch memory of their own, the bits are those of the whole, and so is the error.
 */

import { requireWebAssembly } from "@graddiff/wasm-kernel";
import { expect, test, vi } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  argSort,
  concat,
  cond,
  conv2d,
  cumulativeProd,
  cumulativeSum,
  eye,
  grad,
  layerNorm,
  maxPool2d,
  scan,
  setRunner,
  softmax,
  sort,
  type Tensor,
  take,
  tensor,
  uniform,
  where,
  zeros,
} from "../../src/index.ts";
import { cholesky } from "../../src/linalg.ts";
import { isControl, type ProgramCall } from "../../src/run/program/calls/call.ts";
import { divisionsOf } from "../../src/run/program/calls/division.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/units/target.ts";
import { emitCalls } from "../../src/run/wasm/emit/control.ts";
import { rangeOf } from "../../src/run/wasm/emit/ranges.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { BLOCKS, dividedProgram, errorOf, kindOf, type Tally } from "../support/division.ts";
import { JavaScriptBackend, javascriptTarget } from "../support/javascriptTarget.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { chooser, inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { numbersTo, sampled, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

setRunner("wasm");
const space = workspace() as Workspace;
const machine = new JavaScriptBackend();

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** The program of a function. */
function programFor(fn: Fn, inputs: readonly Tensor[], target: Target = wasmTarget): Program {
  const trace: Trace = record(new TraceRecording(), (recording) =>
    recording.trace([...fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return programOf(simplify(lower(trace, target.keeps)), target);
}

const tally: Tally = new Map();
const choose = chooser(40);

/** Compares a program with itself, divided so many times. */
function expectLaw(
  program: Program,
  inputs: readonly Tensor[],
  times = 2,
  draw: typeof choose = choose,
): void {
  const expected = new MemoryRun(program, space).run(inputs);
  for (let time = 0; time < times; time++) {
    const results = new MemoryRun(dividedProgram(program, draw, tally), space, rangeOf).run(inputs);
    expect(results).toHaveLength(expected.length);
    results.forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
}

const tallyElsewhere: Tally = new Map();

/** Compares a function with itself, divided, on the target that shares nothing with WebAssembly. */
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

let from = 0;

test("divided ops have the bits of whole ones, and all that cannot be divided say why", () => {
  for (const op of registeredOps()) {
    from++;
    if (op.bodies?.control !== undefined) continue;
    for (const example of sampled(op.examples.cases, 4, from)) {
      for (const dtype of sampled(["float32", "float64", "int32"] as const, 3, from)) {
        const { inputs, attributes } = samples(op, example, dtype);
        const program = programFor((...given) => applied(op, given, attributes), inputs);
        for (const call of program.calls) {
          expect(divisionsOf(call), `${op.name}: ${kindOf(call)}`).not.toBe(
            "no way to divide it is known",
          );
        }
        expectLaw(program, inputs);
      }
    }
  }
});

test("divided random programs and their gradients have the bits of whole ones", () => {
  for (const seed of sampled(numbersTo(400), 27)) {
    const inputs = inputsOf(seed, seed % 2 === 0 ? "float32" : "float64");
    for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
      expectLaw(
        programFor((...given) => [fn(...(given as typeof inputs))], inputs),
        inputs,
      );
    }
  }
});

const of = (shape: readonly number[], seed: number) => uniform(shape, { seed, low: -1 });

/** Programs with long arrays, bodies and everything that is divided in a way of its own. */
const programs: Readonly<Record<string, readonly [Fn, readonly Tensor[]]>> = {
  "products and reductions": [
    (a, b) => {
      const product = (a as Tensor).matmul(b as Tensor);
      return [
        ...[product, product.sum(1), product.max(0), product.sum()],
        ...[product.reshape([67, 71, 1]).sum([0, 2]), product.mean([0])],
      ];
    },
    [of([67, 130], 1), of([130, 71], 2)],
  ],
  "a sum of many": [(x) => [(x as Tensor).square().sum(), (x as Tensor).max()], [of([50_001], 1)]],
  "sums of a few long rows": [
    (x) => [(x as Tensor).exp().sum(1), (x as Tensor).sub(1).abs().max(1)],
    [of([3, 9000], 1)],
  ],
  "sums of columns": [
    (x) => [(x as Tensor).sum(0), (x as Tensor).mul(2).sum(0), (x as Tensor).min(0)],
    [of([1700, 12], 1)],
  ],
  "sums of many columns": [(x) => [(x as Tensor).sum(0)], [of([1100, 300], 1)]],
  "sums of whole numbers": [
    (x) => [(x as Tensor).mul(1e9).cast("int32").sum(), (x as Tensor).mul(99).cast("int32").max()],
    [of([3001], 1)],
  ],
  "a network's gradient": [
    (w, v, x) => [
      ...grad(
        (first: Tensor, second: Tensor) =>
          softmax((x as Tensor).matmul(first).tanh().matmul(second))
            .log()
            .mean()
            .neg(),
        { argnums: [0, 1] },
      )(w as Tensor, v as Tensor),
    ],
    [of([30, 40], 1), of([40, 9], 2), of([64, 30], 3)],
  ],
  "rows in the cache": [(x) => [softmax(x as Tensor), layerNorm(x as Tensor)], [of([400, 333], 1)]],
  "a convolution with its gradients": [
    (x, w) => [
      conv2d(x as Tensor, w as Tensor, { padding: 1 }),
      ...grad((a: Tensor, b: Tensor) => conv2d(a, b, { padding: 1 }).square().sum(), {
        argnums: [0, 1],
      })(x as Tensor, w as Tensor),
      maxPool2d(x as Tensor, 2),
    ],
    [of([3, 2, 12, 11], 1), of([5, 2, 3, 3], 2)],
  ],
  "a convolution of one example": [
    (x, w) => [
      conv2d(x as Tensor, w as Tensor),
      conv2d(x as Tensor, (w as Tensor).slice([0, 0], [1, 1])),
    ],
    [of([1, 1, 30, 20], 1), of([9, 1, 3, 3], 2)],
  ],
  "scans along an axis": [
    (x) => [
      cumulativeSum(x as Tensor, 0),
      cumulativeSum(x as Tensor, 1),
      grad((own: Tensor) => cumulativeProd(own, 0).sum())((x as Tensor).add(2)),
    ],
    [of([200, 37], 1)],
  ],
  "orders, and rows at indices": [
    (x) => {
      const indices = argSort((x as Tensor).sum(1));
      const table = (own: Tensor) => take(own, indices).mul(own).sum();
      return [sort(x as Tensor, 1), take(x as Tensor, indices), grad(table)(x as Tensor)];
    },
    [of([50, 20], 1)],
  ],
  "loops over bodies": [
    (xs) => {
      const [sum, rows] = scan(
        (carry: Tensor, x: Tensor): [Tensor, Tensor] => {
          const own = x.matmul(x.transpose()).add(carry.sum(0));
          const factor = cond(
            own.sum().greater(40),
            () => own.mul(0.5),
            () => own.sub(1),
          );
          return [carry.add(softmax(factor)), factor.sum(1)];
        },
        zeros([17, 17]),
        xs as Tensor,
      );
      return [
        sum,
        rows,
        ...grad(
          (a: Tensor) =>
            scan(
              (c: Tensor, x: Tensor): [Tensor, []] => [c.matmul(x).tanh(), []],
              eye(17),
              a,
            )[0].sum(),
          { argnums: [0] },
        )(xs as Tensor),
      ];
    },
    [of([6, 17, 17], 1)],
  ],
  "factors of matrices": [
    (x) => [cholesky((x as Tensor).matmul((x as Tensor).transpose([0, 2, 1])).add(eye(3)))],
    [of([11, 3, 3], 1)],
  ],
  "random numbers": [
    (x) => [
      uniform([999], { seed: (x as Tensor).sum().mul(0).add(7).cast("float64") }),
      uniform([3], { seed: 5 }).mul((x as Tensor).sum()),
    ],
    [of([10], 1)],
  ],
  "joined and transposed arrays": [
    (x) => [
      concat([(x as Tensor).transpose(), (x as Tensor).transpose().mul(2)], 1),
      (x as Tensor).transpose().add(1),
      (x as Tensor).flip(0).mul(x as Tensor),
    ],
    [of([130, 140], 1)],
  ],
};

test.each(Object.keys(programs))("divided, %s: the bits of the whole", (name) => {
  const [fn, inputs] = programs[name] ?? [];
  if (fn === undefined || inputs === undefined) throw new Error("each name has a program");
  // Draws of their own, which do not follow from samples: all ways are among them.
  const draw = chooser(100 + Object.keys(programs).indexOf(name));
  expectLaw(programFor(fn, inputs), inputs, WHOLE ? 40 : 6, draw);
});

// Loops, rows, copies and what sets to 0 are divided there; its ops have no pieces. It tells the first error that it meets,
// so that only the order of the list says which of several is the first.
test("so it is on a target with a memory for each value, bools of four bytes and scratch memory of loops", async () => {
  for (const op of registeredOps()) {
    from++;
    if (op.bodies?.control !== undefined) continue;
    for (const example of sampled(op.examples.cases, 8, from)) {
      for (const dtype of sampled(["float32", "float64", "int32"] as const, 3, from)) {
        const { inputs, attributes } = samples(op, example, dtype);
        await expectLawElsewhere((...given) => applied(op, given, attributes), inputs);
      }
    }
  }
  for (const seed of sampled(numbersTo(200), 21)) {
    const inputs = inputsOf(seed, seed % 2 === 0 ? "float32" : "float64");
    for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
      await expectLawElsewhere((...given) => [fn(...(given as typeof inputs))], inputs);
    }
  }
  const draw = chooser(200);
  for (const [fn, inputs] of Object.values(programs)) {
    await expectLawElsewhere(fn, inputs, 1, draw);
  }
  // Truth values that are read, written and combined in pieces.
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
  const rows = of([40, 3, 3], 1)
    .matmul(of([40, 3, 3], 1).transpose([0, 2, 1]))
    .add(eye(3));
  const bad = (places: readonly number[]) =>
    tensor(
      Array.from({ length: 40 }, (_, i) => (places.includes(i) ? 77 : i % 3)),
      { dtype: "int32" },
    );
  const broken = (place: number) =>
    rows.mul(
      tensor(Array.from({ length: 40 }, (_, i) => (i === place ? Number.NaN : 1))).reshape([
        40, 1, 1,
      ]),
    );
  const fn: Fn = (matrices, first, second) => [
    take((matrices as Tensor).sum(0), first as Tensor),
    cholesky(matrices as Tensor),
    take((matrices as Tensor).sum(0), second as Tensor, 1),
  ];
  const cases = [
    [rows, bad([17]), bad([])],
    [rows, bad([31, 17, 5]), bad([2])],
    [broken(20), bad([]), bad([3])],
    [broken(20), bad([9]), bad([3])],
    [rows, bad([]), bad([39])],
  ] as const;
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
      const error = errorOf(program, choose, (own) =>
        new MemoryRun(own, space, rangeOf).run(inputs),
      );
      expect(error?.message).toBe(message);
    }
  }
});

/** All calls, those of bodies included. */
function everyCall(calls: readonly ProgramCall[]): ProgramCall[] {
  return calls.flatMap((call) => [
    call,
    ...(isControl(call.function)
      ? call.function.bodies.flatMap((body) => everyCall(body.calls))
      : []),
  ]);
}

/** Bytes of the module of some calls. */
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
            way.piece(i * unit, Math.min(unit, count - i * unit)),
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
    ...["maxPool by planes", "cumulativeSum by columns", "cumulativeSum by arrays"],
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
