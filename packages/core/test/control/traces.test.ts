/**
 * Bodies in traces: they are legal at every stage, are printed, and take less memory where `checkpoint` drops values.
 */

import { describe, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { lower } from "../../src/graph/lower.ts";
import { isComposite } from "../../src/graph/op.ts";
import { record } from "../../src/graph/recording.ts";
import { bodiesOf, type Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  checkpoint,
  compile,
  cond,
  customGradient,
  explain,
  grad,
  graphOf,
  jvp,
  scan,
  split,
  type Tensor,
  topK,
  treeLeaves,
  uniform,
  Variable,
  vectorize,
} from "../../src/index.ts";
import { illegalities, traceIllegalities } from "../support/legality.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";
import { at, double, type Fn } from "./support.ts";

sampleTests(2);

const weight = new Variable(double(0.5));

/** Functions from three elements to a scalar. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  split: (x) =>
    at(split(x, [1, 2]), 1)
      .sin()
      .sum(),
  topK: (x) => topK(x.sin(), 2).values.square().sum(),
  cond: (x) =>
    cond(
      x.sum().greater(0),
      () => x.sin().mul(weight.value).sum(),
      () => x.square().sum(),
    ),
  scan: (x) =>
    scan(
      (h: Tensor, row: Tensor): [Tensor, Tensor] => [h.mul(row).add(weight.value).tanh(), h],
      double(1),
      x,
    )[0],
  checkpoint: (x) => checkpoint((x: Tensor) => x.sigmoid().softplus().exp().sum())(x),
  customGradient: (x) =>
    customGradient(
      (x: Tensor) => x.exp().sum(),
      (g, [x]) => [x.exp().mul(g)],
    )(x),
  "a scan in a cond in a checkpoint": (x) =>
    checkpoint((x: Tensor) =>
      cond(
        x.sum().greater(0),
        () =>
          scan((h: Tensor, row: Tensor): [Tensor, never[]] => [h.mul(row).sigmoid(), []], x, x)[0],
        () => x.relu(),
      ).sum(),
    )(x),
};

const MODES: Readonly<Record<string, (fn: (x: Tensor) => Tensor) => Fn>> = {
  itself: (fn) => fn,
  grad: (fn) => grad(fn),
  "grad of grad": (fn) => grad((x) => grad(fn)(x).sin().sum()),
  jvp: (fn) => (x) => jvp(fn)([x as Tensor], [x as Tensor]),
  "vectorize of grad": (fn) => vectorize(grad(fn)),
  "grad of vectorize": (fn) => grad((xs) => vectorize(fn)(xs).sum()),
};

function traceOf(fn: Fn, x: Tensor): Trace {
  return record(new TraceRecording(), (recording) =>
    recording.trace(treeLeaves(fn(recording.argument(x)))),
  );
}

/** Returns all bodies of a trace, including bodies of bodies. */
function allBodies(trace: Trace): Trace[] {
  const found: Trace[] = [];
  const open = [trace];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const node of next.nodes) {
      if (node.kind !== "operation") continue;
      found.push(...bodiesOf(node.attributes));
      open.push(...bodiesOf(node.attributes));
    }
  }
  return found;
}

describe.each(Object.entries(FUNCTIONS))("the traces of %s", (name, fn) => {
  const x = double([0.3, -0.2, 0.9]);
  const xs = uniform([2, 3], { seed: 1, low: -1, high: 1, dtype: "float64" });

  test.each(Object.entries(MODES))("are legal at every stage, for %s", (mode, change) => {
    const recorded = traceOf(change(fn), mode.includes("vectorize") ? xs : x);
    const lowered = lower(recorded);
    const simplified = simplify(lowered);
    for (const trace of [recorded, lowered, simplified]) {
      expect(traceIllegalities(trace)).toEqual([]);
    }
    expect(simplify(simplified).nodes.length).toBe(simplified.nodes.length);
    for (const body of [...allBodies(lowered), ...allBodies(simplified)]) {
      // Variables and outer values are inputs of a body, which refers to nothing outside.
      expect(body.nodes.filter(({ kind }) => kind === "state")).toEqual([]);
      expect(body.assignments).toEqual([]);
      for (const node of body.nodes) {
        if (node.kind === "operation") expect(isComposite(node.op)).toBe(false);
      }
    }
  });

  test("are drawn as legal graphs and printed with their bodies", () => {
    for (const change of [at(Object.values(MODES), 0), at(Object.values(MODES), 1)]) {
      const program = compile((x: Tensor) => treeLeaves(change(fn)(x))).program(x);
      expect(illegalities(graphOf(program))).toEqual([]);
      const stages = program.stages();
      expect(stages).toMatch(/^recorded:\n[\s\S]*\n\nlowered:\n[\s\S]*\n\nsimplified:\n/);
      const bodies = allBodies(traceOf(change(fn), x));
      expect(stages.split(/^ +return/m).length - 1).toBeGreaterThanOrEqual(3 + bodies.length);
    }
    if (!name.startsWith("a scan")) expect(compile(fn).program(x).stages()).toContain(name);
  });
});

test.each([2, 4000])("results of %i elements outlive the next call of the program", (size) => {
  const all: Fn = (x) => [
    split(x as Tensor, 2),
    topK(x as Tensor, size),
    cond(
      (x as Tensor).sum().less(1e9),
      () => x,
      () => x,
    ),
    scan((h: Tensor): [Tensor, Tensor] => [h.add(1), h], x as Tensor, undefined, { length: 2 }),
    checkpoint((x: Tensor) => [x, x.mul(2)])(x as Tensor),
  ];
  const inputs = [1, 2].map((seed) => uniform([2 * size], { seed, dtype: "float64" }));
  for (const backend of ["js", "wasm"] as const) {
    const fn = compile((x: Tensor) => treeLeaves(all(x)), { backend });
    const results = inputs.map((x) => fn(x));
    inputs.forEach((x, n) => {
      treeLeaves(all(x)).forEach((expected, i) => {
        expectSameBits(at(at(results, n), i), expected);
      });
    });
  }
});

describe("explain", () => {
  test("shows a function that splits", () => {
    const shown = String(explain((x: Tensor) => at(split(x, 2), 0).sum())(double([1, 2])));
    expect(shown).toContain("split");
  });

  // Ops with bodies define one joint derivative for all their results.
  test.each([
    ["cond", (x: Tensor) => at(Object.values(FUNCTIONS), 2)(x)],
    ["checkpoint", (x: Tensor) => checkpoint((x: Tensor) => x.sin().sum())(x)],
  ])("shows a function with a %s", (name, fn) => {
    expect(String(explain(fn)(double([1, 2])))).toContain(name);
  });
});

test("a body is printed below its op, further in", () => {
  const loop = (x: Tensor) =>
    scan((h: Tensor): [Tensor, never[]] => [h.sin(), []], x, undefined, { length: 3 })[0];
  const lines = compile(loop).program(double(1)).stages().split("\n");
  const depth = (line: string) => line.length - line.trimStart().length;
  const place = lines.findIndex((line) => line.includes("= scan"));
  const sine = lines.findIndex((line) => line.includes("= sin"));
  expect(place).toBeGreaterThan(0);
  expect(sine).toBeGreaterThan(place);
  expect(depth(at(lines, sine))).toBeGreaterThan(depth(at(lines, place)));
});

describe("eight checkpointed segments of four layers", () => {
  const size = 64;
  const weights = Array.from({ length: 32 }, (_, i) =>
    uniform([size, size], { seed: i, low: -0.2, high: 0.2 }),
  );
  const x = uniform([size, size], { seed: 100, low: -1, high: 1 });

  /** Returns a loss of eight segments, each wrapped by `around`. */
  function loss(
    activation: "tanh" | "relu",
    around: (segment: (x: Tensor) => Tensor) => (x: Tensor) => Tensor,
  ): (x: Tensor) => Tensor {
    const segments = Array.from({ length: 8 }, (_, n) =>
      around((x: Tensor) => {
        let h = x;
        for (const w of weights.slice(4 * n, 4 * n + 4)) h = h.matmul(w)[activation]();
        return h;
      }),
    );
    return (x) => segments.reduce((h, segment) => segment(h), x).sum();
  }

  /** Returns the bytes of scratch memory of a compiled function. */
  function scratchOf(fn: (x: Tensor) => Tensor): number {
    const [, bytes = ""] = /([\d,. _]+) bytes/.exec(compile(fn).program(x).describe()) ?? [];
    return Number(bytes.replace(/\D/g, ""));
  }

  test.each([
    ["tanh", 0.45],
    ["relu", 0.35],
  ] as const)("of matmul and %s take at most %s of the memory", (activation, limit) => {
    const plain = scratchOf(grad(loss(activation, (segment) => segment)));
    const kept = scratchOf(grad(loss(activation, (segment) => checkpoint(segment))));
    expect(plain).toBeGreaterThan(32 * size * size);
    expect(kept / plain).toBeLessThanOrEqual(limit);
  });

  test.each(["tanh", "relu"] as const)("of matmul and %s have the same gradient", (activation) => {
    const plain = grad(loss(activation, (segment) => segment));
    const kept = grad(loss(activation, (segment) => checkpoint(segment)));
    expectSameBits(kept(x), plain(x));
    expectSameBits(compile(kept)(x), plain(x));
    expectSameBits(compile(kept, { backend: "js" })(x), plain(x));
  });
});
