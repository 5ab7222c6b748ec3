/**
 * Laws for random functions: a compiled function has the bits of the eager one, a simplified trace those of the
 * recorded one, and JavaScript those of WebAssembly.
 */

import { describe, expect, test } from "vitest";
import { Program } from "../../src/compile/program.ts";
import { simplify } from "../../src/compile/simplify.ts";
import { lower } from "../../src/graph/lower.ts";
import type { Op } from "../../src/graph/op.ts";
import { record } from "../../src/graph/recording.ts";
import { replay } from "../../src/graph/replay.ts";
import { bodiesOf, rootsOf, type Trace, type TraceNode } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  checkpoint,
  compile,
  cond,
  grad,
  graphOf,
  type Tensor,
  tensor,
  where,
} from "../../src/index.ts";
import { fuse } from "../../src/run/program/fuse/fuse.ts";
import { withSinking } from "../../src/run/program/fuse/sinking.ts";
import {
  type Location,
  PERSISTENT,
  type Plan,
  SCRATCH,
  VARIABLES,
} from "../../src/run/program/locations/locations.ts";
import { plan } from "../../src/run/program/plan.ts";
import { assemble } from "../../src/run/program/program.ts";
import type { ScheduleItem } from "../../src/run/program/schedule/items.ts";
import { Interpreter, interpretBody } from "../../src/run/runner.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { BYTES } from "../../src/tensor/dtype.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { illegalities, traceIllegalities } from "../support/legality.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { BINARY, chooser, inputsOf, randomFunction, UNARY } from "../support/randomFunctions.ts";
import { sampled, sampleTests, seedsTo } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

function constantOf(node: TraceNode): Tensor {
  if (node.kind === "constant") return node.tensor;
  throw new Error(`no ${node.kind} expected`);
}

/** The seeds of random functions. */
const SEEDS = sampled(seedsTo(60), 6);

function traceOf(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Trace {
  return record(new TraceRecording(), (recording) =>
    recording.trace([fn(...inputs.map((input) => recording.argument(input)))]),
  );
}

describe("for random functions and their gradients", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`compiled is eager, on both runners, in ${dtype}`, () => {
      for (const seed of SEEDS) {
        const fn = randomFunction(seed);
        const inputs = inputsOf(seed, dtype);
        for (const each of [fn, grad(fn), grad(fn, { argnums: 1 })]) {
          const eager = each(...inputs);
          expectSameBits(compile(each)(...inputs), eager);
          expectSameBits(compile(each, { backend: "js" })(...inputs), eager);
        }
      }
    });
  }

  test("every stage gives a legal trace with the same results", () => {
    for (const seed of SEEDS) {
      const inputs = inputsOf(seed, "float32");
      const recorded = traceOf(grad(randomFunction(seed)), inputs);
      const lowered = lower(recorded);
      const simplified = simplify(lowered);
      for (const trace of [recorded, lowered, simplified]) {
        expect(traceIllegalities(trace), `seed ${seed}`).toEqual([]);
      }
      expect(simplified.nodes.length).toBeLessThan(lowered.nodes.length);
      const program = new Program(recorded, "wasm");
      const [ran] = program.run(inputs);
      for (const trace of [recorded, lowered, simplified]) {
        const tensors = replay(trace, (node) =>
          node.kind === "argument" ? (inputs[node.position] as Tensor) : constantOf(node),
        );
        expectSameBits(tensors[trace.outputs[0] ?? 0] as Tensor, ran as Tensor);
      }
      expect(illegalities(graphOf(program))).toEqual([]);
      // Simplifying a second time changes nothing.
      expect(simplify(simplified).nodes.length).toBe(simplified.nodes.length);
    }
  });
});

test("a composite that is kept stays whole, in bodies too, and gives the same bits", () => {
  const keeps = ({ name }: Op) => name === "sigmoid";
  const kept = (trace: Trace): number =>
    trace.nodes.reduce((sum, node) => {
      if (node.kind !== "operation") return sum;
      const inside = bodiesOf(node.attributes).reduce((total, body) => total + kept(body), 0);
      return sum + inside + (keeps(node.op) ? 1 : 0);
    }, 0);
  const functions = [
    (x: Tensor, y: Tensor) => x.sigmoid().mul(y.softplus()),
    (x: Tensor) => checkpoint((each: Tensor) => each.mul(2).sigmoid())(x),
    (x: Tensor) =>
      cond(
        x.sum().greater(0),
        () => x.sigmoid(),
        () => x.relu(),
      ),
  ];
  for (const fn of functions) {
    const inputs = inputsOf(3, "float32");
    const recorded = traceOf(fn, inputs);
    expect(kept(lower(recorded))).toBe(0);
    const lowered = simplify(lower(recorded, keeps));
    expect(kept(lowered)).toBe(1);
    expect(traceIllegalities(lowered)).toEqual([]);
    const results = new Interpreter(lowered).run(inputs, undefined, interpretBody);
    expectSameBits(results[0] as Tensor, fn(...inputs));
  }
});

/** Returns a random function of two numbers, of `count` ops, with several results. */
function randomScalars(seed: number, count: number): (x: Tensor, y: Tensor) => Tensor[] {
  return (x, y) => {
    const choose = chooser(seed);
    const pool: Tensor[] = [x, y];
    const pick = () => pool[Math.max(0, pool.length - 1 - choose(40))] as Tensor;
    for (let i = 0; i < count; i++) {
      const a = pick();
      switch (choose(6)) {
        case 0:
          pool.push(where(a.greater(pick()).logicalOr(a.equal(0)), a, pick().mul(0.5)));
          break;
        case 1:
          pool.push(a.greater(0).cast(a.dtype).add(pick().sign()));
          break;
        case 2:
        case 3:
          pool.push(a[UNARY[choose(UNARY.length)] ?? "neg"]());
          break;
        default:
          pool.push(a[BINARY[choose(BINARY.length)] ?? "add"](pick()));
      }
    }
    return [x, pool.at(-1) as Tensor, pool[count >> 1] as Tensor, pool.at(-1) as Tensor];
  };
}

test.each([1, 20, 499, 500, 501, 1700])("graphs of %i numbers have the eager bits", (count) => {
  for (const [i, dtype] of (["float32", "float64"] as const).entries()) {
    for (const seed of sampled(seedsTo(6), 3, i)) {
      const inputs = [0.3, -1.7].map((value) => tensor(value, { dtype })) as [Tensor, Tensor];
      const fn = randomScalars(seed, count);
      const sum = (x: Tensor, y: Tensor) => fn(x, y).reduce((total, each) => total.add(each));
      const slope = grad(sum, { argnums: [0, 1] });
      for (const each of [fn, slope]) {
        const compiled = compile(each)(...inputs);
        each(...inputs).forEach((expected, i) => {
          expectSameBits(compiled[i] as Tensor, expected);
        });
      }
      // Plain numbers next to other dtypes are tried, too: such a graph of scalars does not have a single dtype.
      const mixed = (x: Tensor, y: Tensor) => fn(x.mul(y.cast("float64").mul(0.1)), y)[1] as Tensor;
      expectSameBits(compile(mixed)(...inputs), mixed(...inputs));
    }
  }
});

const space = workspace() as Workspace;
const target = wasmTarget;

test("fused is unfused: each op on its own gives the same bits", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const seed of SEEDS) {
      const inputs = inputsOf(seed, dtype);
      for (const fn of [randomFunction(seed), grad(randomFunction(seed))]) {
        const trace = simplify(lower(traceOf(fn, inputs)));
        const alone = trace.nodes.flatMap((node, id): ScheduleItem[] =>
          node.kind === "operation"
            ? [{ kind: "operation", id, reads: node.inputs, writes: [id] }]
            : [],
        );
        const [fused, unfused] = [fuse(trace, target), alone].map((units) =>
          new MemoryRun(assemble(trace, units, plan(trace, units, target), target), space).run(
            inputs,
          ),
        );
        expectSameBits(fused?.[0] as Tensor, unfused?.[0] as Tensor);
      }
    }
  }
});

test("no two values of a plan that live together share memory", () => {
  let inherited = 0;
  for (const seed of SEEDS) {
    const trace = simplify(lower(traceOf(grad(randomFunction(seed)), inputsOf(seed, "float32"))));
    const units = fuse(trace, target);
    const { locations, owners, scratchBytes, persistentBytes } = plan(trace, units, target);
    const ends = { [SCRATCH]: scratchBytes, [PERSISTENT]: persistentBytes };
    // A value lives from the unit that writes it to the last unit that reads it, or a value that shares its memory.
    const lives = new Map<number, { born: number; dies: number }>();
    const use = (id: number, time: number) => {
      const owner = owners[id] as number;
      const life = lives.get(owner) ?? { born: time, dies: time };
      lives.set(owner, { born: Math.min(life.born, time), dies: Math.max(life.dies, time) });
    };
    units.forEach((unit, time) => {
      for (const id of unit.reads) use(id, trace.nodes[id]?.kind === "operation" ? time : -1);
      for (const id of unit.reads) use(id, time);
      for (const id of unit.writes) use(id, time);
    });
    for (const id of rootsOf(trace)) use(id, units.length);
    const placed = [...lives].flatMap(([id, life]) => {
      const location = locations[id];
      const { dtype, shape } = trace.nodes[id] as TraceNode;
      if (location === undefined || location.region >= VARIABLES) return [];
      const { region, offset: start } = location;
      const end = start + BYTES[dtype] * sizeOf(shape);
      expect(end).toBeLessThanOrEqual(ends[region as keyof typeof ends]);
      return [{ id, region, start, end, ...life }];
    });
    for (const first of placed) {
      for (const second of placed) {
        const overlap =
          first.region === second.region && first.start < second.end && second.start < first.end;
        if (first.id >= second.id || !overlap) continue;
        const where = `seed ${seed}: %${first.id} and %${second.id}`;
        const [early, late] = first.born < second.born ? [first, second] : [second, first];
        expect(early.dies, where).toBeLessThanOrEqual(late.born);
        if (early.dies < late.born) continue;
        // A loop may write to exactly the memory of a value that it is the last to read.
        inherited++;
        expect([late.start, late.end], where).toEqual([early.start, early.end]);
        expect(units[late.born]?.kind, where).toBe("loop");
      }
    }
  }
  expect(inherited).toBeGreaterThan(0);
});

test("planned is unplanned: results are the same where no two values share memory", () => {
  let spared = 0;
  for (const seed of SEEDS) {
    const inputs = inputsOf(seed, "float32");
    const trace = simplify(lower(traceOf(grad(randomFunction(seed)), inputs)));
    const units = fuse(trace, target);
    const planned = plan(trace, units, target);
    let scratchBytes = 0;
    const places = planned.owners.map((owner, id): Location | undefined => {
      const { dtype, shape } = trace.nodes[id] as TraceNode;
      if (owner !== id || planned.locations[id] === undefined) return undefined;
      const place = { region: SCRATCH, offset: scratchBytes };
      scratchBytes += Math.ceil((BYTES[dtype] * sizeOf(shape)) / 64) * 64;
      return place;
    });
    const locations = planned.owners.map((owner) => places[owner]);
    const apart = { ...planned, locations, scratchBytes, persistent: [], persistentBytes: 0 };
    const [expected] = run(apart);
    expectSameBits(run(planned)[0] as Tensor, expected as Tensor);
    spared += scratchBytes - planned.scratchBytes;

    function run(layout: Plan): Tensor[] {
      return new MemoryRun(assemble(trace, units, layout, target), space).run(inputs);
    }
  }
  expect(spared).toBeGreaterThan(10_000 * (SEEDS.length / 60));
});

test("every op of a program is in exactly one step, after what it reads", () => {
  for (const seed of SEEDS) {
    const trace = simplify(lower(traceOf(grad(randomFunction(seed)), inputsOf(seed, "float32"))));
    const written = new Set<number>();
    for (const unit of withSinking(trace, fuse(trace, target))) {
      for (const id of unit.reads) {
        if (trace.nodes[id]?.kind === "operation") expect(written.has(id)).toBe(true);
      }
      // A loop may store several parts of one value, so ids are counted once.
      for (const id of new Set(unit.writes)) {
        expect(written.has(id)).toBe(false);
        written.add(id);
      }
    }
    for (const id of rootsOf(trace)) {
      if (trace.nodes[id]?.kind === "operation") expect(written.has(id)).toBe(true);
    }
  }
});

describe("identities that the ops' blocks state", () => {
  const values = [0, -0, 1, -1.5, Number.NaN, Infinity, -Infinity, 5e-324];

  test("hold to the last bit", () => {
    let checked = 0;
    for (const { name, kernel, identities = {} } of registeredOps()) {
      if (kernel?.kind !== "elementwise") continue;
      const { scalar } = kernel;
      const { leftUnit, rightUnit, selfInverse, twice } = identities;
      const compute = scalar("float64");
      const second = twice?.other.kernel;
      if (twice && second?.kind === "elementwise") {
        for (const dtype of ["float32", "float64"] as const) {
          const [one, other] = [scalar(dtype), second.scalar(dtype)];
          const round = dtype === "float32" ? Math.fround : (x: number) => x;
          for (const value of [...values, 1e-30, 3e38, 1 / 3, -1e-200].map(round)) {
            const expected = round(other(value, value, 0));
            expect(round(one(value, twice.right, 0)), `${name} of ${value}`).toBe(expected);
          }
        }
      }
      for (const value of values) {
        if (rightUnit !== undefined) expect(compute(value, rightUnit, 0), name).toBe(value);
        if (leftUnit !== undefined) expect(compute(leftUnit, value, 0), name).toBe(value);
        if (selfInverse) expect(compute(compute(value, 0, 0), 0, 0), name).toBe(value);
      }
      if (Object.keys(identities).length > 0) checked++;
    }
    expect(checked).toBeGreaterThanOrEqual(4);
  });
});

test("a trace that is broken is told what is wrong with it", () => {
  const trace = traceOf((x) => (x as Tensor).sin(), inputsOf(1, "float32").slice(1));
  const [argument, sine] = trace.nodes;
  const broken = { ...trace, nodes: [argument, { ...sine, shape: [7] }], outputs: [5] } as Trace;
  expect(traceIllegalities(broken)).toEqual([
    "node 1 (sin) is float32 [7], its op gives float32 [3,4]",
    "the result 5 is no node",
  ]);
});
