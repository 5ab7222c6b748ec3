/**
 * A backend that shares no code with WebAssembly runs compiled functions with the same bits. Its results have to be
 * awaited, and it goes on after errors.
 */

import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { Address } from "../../src/graph/call.ts";
import {
  checkpoint,
  compile,
  concat,
  cond,
  conv2d,
  grad,
  graphOf,
  scan,
  setRunner,
  type Tensor,
  take,
  tensor,
  topK,
  uniform,
  Variable,
  valueAndGrad,
  whileLoop,
  zeros,
} from "../../src/index.ts";
import { cholesky } from "../../src/linalg.ts";
import { isControl, isLoop, type ProgramCall } from "../../src/run/program/calls/call.ts";
import { WORK } from "../../src/run/program/locations/locations.ts";
import { JavaScriptBackend, javascriptTarget } from "../support/javascriptTarget.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, seedsTo, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

afterEach(() => setRunner("wasm"));

const backend = new JavaScriptBackend();

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** Waits for tensors. */
const read = (tensors: readonly Tensor[]) => Promise.all(tensors.map((each) => each.read()));

/** Returns the results of a function on the test machine. */
function onMachine(fn: Fn, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const compiled = compile(fn as (...given: Tensor[]) => Tensor[], { backend });
  return read(compiled(...inputs));
}

function expectAllSame(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
}

async function expectSame(fn: Fn, ...inputs: Tensor[]): Promise<void> {
  expectAllSame(await onMachine(fn, inputs), fn(...inputs));
}

test("the machine knows nothing of WebAssembly, and neither does what all backends share", () => {
  const folder = new URL("../../src/run/device/", import.meta.url);
  const support = ["javascriptTarget.ts", "javascriptLoops.ts"].map(
    (name) => new URL(`../support/${name}`, import.meta.url),
  );
  const shared = readdirSync(folder).map((name) => new URL(name, folder));
  expect(shared.length).toBeGreaterThan(1);
  for (const file of [...shared, ...support]) {
    const imports = readFileSync(file, "utf8").match(/from "[^"]*"/g) ?? [];
    expect(imports.length, file.pathname).toBeGreaterThan(1);
    for (const each of imports) expect(each, file.pathname).not.toMatch(/wasm/);
  }
  for (const file of shared) {
    expect(readFileSync(file, "utf8"), file.pathname).not.toMatch(/wasm|WebAssembly/i);
  }
});

test("random functions and their gradients have the same bits there", async () => {
  for (const [i, dtype] of (["float32", "float64"] as const).entries()) {
    for (const seed of sampled(seedsTo(60), 12, i)) {
      const inputs = inputsOf(seed, dtype);
      const fn = randomFunction(seed);
      const own: Fn = (x, y) => [fn(x as Tensor, y as Tensor)];
      await expectSame(own, ...inputs);
      await expectSame((x, y) => [grad(fn)(x as Tensor, y as Tensor)], ...inputs);
    }
  }
});

/** Returns all calls, including those of bodies. */
function allCalls(calls: readonly ProgramCall[]): ProgramCall[] {
  return calls.flatMap((call) =>
    isControl(call.function)
      ? [call, ...call.function.bodies.flatMap((body) => allCalls(body.calls))]
      : [call],
  );
}

test("its loops have few arrays and steps, and of functions by name it has those that every target has", () => {
  const calls = backend.programs.flatMap((program) => allCalls(program.calls));
  const loops = calls.filter((call) => isLoop(call.function));
  expect(loops.length).toBeGreaterThan(WHOLE ? 500 : 100);
  for (const { function: own, arguments: given } of loops) {
    const ids = given.map((each) => (typeof each === "object" ? each.value : undefined));
    const arrays = new Set(ids.filter((id) => id !== undefined));
    expect(arrays.size).toBeLessThanOrEqual(7);
    if (isLoop(own)) expect(own.loop.steps.length).toBeLessThanOrEqual(javascriptTarget.mostSteps);
  }
  for (const { function: own } of calls) {
    if (typeof own === "string") expect(["clear", "copy"]).toContain(own);
  }
});

/** Expects the scratch memory of calls, including those of bodies, to be inside the planned bytes. */
function expectScratchWithin(calls: readonly ProgramCall[], workBytes: number): void {
  for (const { function: own, arguments: given } of calls) {
    for (const argument of given) {
      if (typeof argument !== "object" || argument.access !== "scratch") continue;
      expect(argument.region).toBe(WORK);
      expect(argument.offset + argument.bytes).toBeLessThanOrEqual(workBytes);
    }
    if (!isControl(own)) continue;
    const [, work] = given as readonly Address[];
    for (const body of own.bodies) expectScratchWithin(body.calls, work?.bytes ?? 0);
  }
}

test("so have all ops of the table", async () => {
  let count = 0;
  for (const [i, op] of registeredOps().entries()) {
    for (const example of sampled(op.examples.cases, 12, i)) {
      for (const dtype of sampled(["float32", "float64", "int32", "bool"] as const, 4, i)) {
        const { inputs, attributes } = samples(op, example, dtype);
        if (op.bodies?.control !== undefined) continue;
        const fn: Fn = (...given) => applied(op, given, attributes);
        let expected: readonly Tensor[];
        try {
          expected = fn(...inputs);
        } catch {
          continue;
        }
        count++;
        const results = await onMachine(fn, inputs);
        expect(results.length, op.name).toBe(expected.length);
        expectAllSame(results, expected);
      }
    }
  }
  expect(count).toBeGreaterThan(WHOLE ? 400 : 100);
});

test("scratch memory is where it is planned, that of loops, too", () => {
  for (const { calls, plan } of backend.programs) expectScratchWithin(calls, plan.workBytes);
});

describe("bodies run there", () => {
  const xs = uniform([9, 3], { seed: 1, low: -1 });
  const start = uniform([3], { seed: 2 });
  const total = (fn: Fn) => (a: Tensor, b: Tensor) =>
    fn(a, b).reduce((sum, each) => sum.add(each.sum()), tensor(0));
  const functions: Readonly<Record<string, (a: Tensor, b: Tensor) => readonly Tensor[]>> = {
    "scan, with several carries and rows": (a, b) => {
      const [carry, rows] = scan(
        ([sum, product]: [Tensor, Tensor], x: Tensor): [[Tensor, Tensor], Tensor] => [
          [sum.add(x).mul(0.9), product.mul(x.add(1))],
          sum.mul(product).sin(),
        ],
        [b, b.mul(2)] as [Tensor, Tensor],
        a,
      );
      return [...carry, rows];
    },
    "scan from the last row on": (a, b) => {
      const [carry, rows] = scan(
        (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.tanh().add(x), sum.max()],
        b,
        a,
        { reverse: true },
      );
      return [carry, rows];
    },
    "scan in scan": (a, b) => {
      const [carry] = scan(
        (sum: Tensor, x: Tensor): [Tensor, Tensor] => {
          const [inner, rows] = scan(
            (own: Tensor, y: Tensor): [Tensor, Tensor] => [own.mul(y.cos()), own.add(y)],
            sum,
            x.expandDims(0).broadcastTo([4, 3]),
          );
          return [inner.add(rows.mean(0)), rows];
        },
        b,
        a,
      );
      return [carry];
    },
    "cond, of either branch": (a, b) =>
      [0, 100].map((limit) =>
        cond(
          a.sum().greater(limit - 50),
          () => a.mul(b).sum(0),
          () => b.exp().sub(a.mean(0)),
        ),
      ),
    whileLoop: (a, b) => {
      const [sum] = whileLoop(
        ([own]: [Tensor]) => own.sum().less(40),
        ([own]: [Tensor]): [Tensor] => [own.mul(1.5).add(a.abs().max(0))],
        [b] as [Tensor],
        { maxSteps: 50 },
      );
      return [sum];
    },
    checkpoint: (a, b) => [checkpoint((x: Tensor) => x.mul(b).tanh().matmul(x.transpose()))(a)],
  };

  test.each(Object.keys(functions))("%s, and its gradient", async (name) => {
    const fn = functions[name] as (a: Tensor, b: Tensor) => readonly Tensor[];
    await expectSame(fn as Fn, xs, start);
    const gradient = (a: Tensor, b: Tensor) => grad(total(fn as Fn))(a, b);
    await expectSame((a, b) => [gradient(a as Tensor, b as Tensor)], xs, start);
  });

  test("a loop whose condition needs the last step, with indices and factors", async () => {
    await expectSame((a) => {
      const x = a as Tensor;
      const [sum, logs] = scan(
        (carry: Tensor, row: Tensor): [Tensor, Tensor] => {
          const factor = cholesky(row.expandDims(1).mul(row).add(eye3));
          const { values, indices } = topK(row, 2);
          return [carry.add(take(factor, indices).sum(0)), concat([values, carry])];
        },
        zeros([3]),
        x,
      );
      return [sum, logs];
    }, xs);
  });
  const eye3 = tensor([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
});

describe("Variables have their values there", () => {
  const both = async (
    step: Fn,
    own: readonly Variable[],
    inputs: readonly (readonly Tensor[])[],
  ) => {
    const before = own.map(({ value }) => value);
    const expected: (readonly Tensor[])[] = [];
    for (const given of inputs) expected.push([...step(...given)]);
    const after = own.map(({ value }) => value);
    own.forEach((variable, i) => {
      variable.assign(before[i] as Tensor);
    });
    const compiled = compile(step as (...given: Tensor[]) => Tensor[], { backend });
    // All runs are started before the first result is awaited.
    const results = inputs.map((given) => compiled(...given));
    for (const [i, each] of results.entries()) {
      expectAllSame(await read(each), expected[i] as Tensor[]);
    }
    expectAllSame(await read(own.map(({ value }) => value)), after);
  };

  test("beside several results of one op, which are swapped", async () => {
    const a = new Variable(uniform([40], { seed: 1 }));
    const b = new Variable(uniform([40], { seed: 2 }));
    const count = new Variable(tensor(0));
    const inputs = [3, 4, 5].map((seed) => [uniform([40], { seed })]);
    await both(
      (x) => {
        const { values, indices } = topK(a.value.add(x as Tensor), 3);
        const before = a.value;
        a.assign(b.value.mul(2));
        b.assign(before.sub(x as Tensor));
        count.assign(count.value.add(1));
        return [values, indices, concat([values, values]), before, count.value];
      },
      [a, b, count],
      inputs,
    );
    await both(
      () => {
        const before = a.value;
        a.assign(b.value);
        b.assign(before);
        return [before];
      },
      [a, b],
      [[], []],
    );
  });

  test("in bodies", async () => {
    const v = new Variable(uniform([3], { seed: 1 }));
    await both(
      (x) => {
        const [carry] = scan(
          (sum: Tensor, row: Tensor): [Tensor, []] => {
            v.assign(v.value.mul(0.5).add(row));
            return [sum.add(v.value), []];
          },
          zeros([3]),
          x as Tensor,
        );
        cond(
          carry.sum().greater(0),
          () => {
            v.assign(v.value.neg());
            return [];
          },
          () => [],
        );
        return [carry];
      },
      [v],
      [1, 2, 3].map((seed) => [uniform([5, 3], { seed, low: -1 })]),
    );
  });

  test("that other backends read and assign, too", async () => {
    const v = new Variable(uniform([30], { seed: 1 }));
    const step = (x: Tensor) => {
      v.assign(v.value.mul(2).add(x));
      return v.value.sum();
    };
    const there = compile(step, { backend });
    const here = compile(step);
    const x = uniform([30], { seed: 2 });
    there(x);
    expect(() => here(x)).toThrow("await x.read()");
    await v.value.read();
    here(x);
    const last = await there(x).read();
    await v.value.read();
    const own = new Variable(uniform([30], { seed: 1 }));
    const expected = [0, 1, 2].map(() => {
      own.assign(own.value.mul(2).add(x));
      return own.value.sum();
    });
    expectSameBits(last, expected[2] as Tensor);
    expectSameBits(v.value, own.value);
  });
});

describe("what a run refuses", () => {
  const a = new Variable(uniform([5], { seed: 1 }));
  const b = new Variable(tensor(7));
  const c = new Variable(uniform([3], { seed: 2 }));
  const step = compile(
    (x: Tensor, indices: Tensor, own: Tensor) => {
      a.assign(a.value.add(1));
      b.assign(b.value.mul(2));
      // A Variable that is assigned an argument keeps its old value after an error, too.
      c.assign(own);
      return [take(x, indices).mul(2), a.value.sum()];
    },
    { backend },
  );
  const x = uniform([5], { seed: 3 });
  const good = tensor([0, 1], { dtype: "int32" });
  const bad = tensor([0, 9], { dtype: "int32" });
  const message =
    "take: indices: expected integers from -5 to 4, since axis 0 has length 5, got 9 at position 1";
  const values = async () => {
    const own = await read([a.value, b.value, c.value]);
    return own.map((each) => each.toArray());
  };

  test("assigns nothing, and is told to who reads a result", async () => {
    const before = await values();
    const results = step(x, bad, zeros([3]));
    for (const each of results) await expect(each.read()).rejects.toThrow(message);
    expect(() => results[0]?.item()).toThrow("await x.read()");
    expect(await values()).toEqual(before);
    // Training continues after the error.
    const [taken] = await read(step(x, good, zeros([3])));
    expectSameBits(taken as Tensor, take(x, good).mul(2));
    expect((await values())[1]).toBe(14);
    expect((await values())[2]).toEqual([0, 0, 0]);
  });

  test("is told to who reads what follows from a result", async () => {
    const next = compile((y: Tensor) => y.add(1), { backend });
    const [taken] = step(x, bad, zeros([3]));
    await expect(next(taken as Tensor).read()).rejects.toThrow(message);
  });

  test("is told by the next run, if nobody has read a result", async () => {
    const own = compile((indices: Tensor) => take(x, indices), { backend });
    own(bad);
    await step(x, good, zeros([3]))[0]?.read();
    expect(() => own(good)).toThrow(message);
    expectSameBits(await own(good).read(), take(x, good));
  });

  test("is the first of several", async () => {
    const own = compile(
      (indices: Tensor, matrix: Tensor) => {
        const taken = take(x, indices);
        return cholesky(matrix).sum().add(taken.sum());
      },
      { backend },
    );
    const broken = tensor([
      [-1, 0],
      [0, 1],
    ]);
    await expect(own(bad, broken).read()).rejects.toThrow(message);
    await expect(own(good, broken).read()).rejects.toThrow(/cholesky/);
  });

  test("in a loop that goes on", async () => {
    const own = compile(
      (indices: Tensor) =>
        scan(
          (sum: Tensor, i: Tensor): [Tensor, []] => [sum.add(take(x, i.reshape([1])).sum()), []],
          tensor(0),
          indices,
        )[0],
      { backend },
    );
    await expect(own(tensor([0, 9, 1], { dtype: "int32" })).read()).rejects.toThrow(/got 9/);
    const forever = compile(
      (start: Tensor) =>
        whileLoop(
          () => tensor(true),
          (n: Tensor) => n.add(1),
          start,
          { maxSteps: 5 },
        ),
      { backend },
    );
    await expect(forever(tensor(0)).read()).rejects.toThrow(/maxSteps/);
  });
});

describe("results that stand elsewhere", () => {
  const square = compile((x: Tensor) => [x.square(), x.square().sum()], { backend });
  const x = uniform([20], { seed: 1 });

  test("are an error for who looks at them too early, and are read once and for all", async () => {
    const [array, sum] = square(x) as [Tensor, Tensor];
    for (const look of [
      () => array.toArray(),
      () => array.data(),
      () => array.add(1),
      () => sum.item(),
      () => sum.add(1),
      () => String(sum),
      () => grad((y: Tensor) => y.mul(array).sum())(x),
    ]) {
      expect(look).toThrow(
        "tensor: expected a tensor whose elements are here, got one whose elements stand in the memory of a backend. Write await x.read() before x is looked at",
      );
    }
    // The next run overwrites the buffers of the results.
    square(x.mul(2));
    expect(await array.read()).toBe(array);
    await sum.read();
    expectSameBits(array, x.square());
    expectSameBits(sum, x.square().sum());
    expect(sum.item()).toBe(x.square().sum().item());
    expect(JSON.stringify(sum)).toBe(JSON.stringify(x.square().sum()));
    expect(String(sum)).toBe(String(x.square().sum()));
    expectSameBits(sum.add(1), x.square().sum().add(1));
  });

  test("are inputs of other functions without being read", async () => {
    const next = compile((a: Tensor, s: Tensor) => a.div(s), { backend });
    const [array, sum] = square(x) as [Tensor, Tensor];
    square(x.mul(3));
    expectSameBits(await next(array, sum).read(), x.square().div(x.square().sum()));
  });

  test("may be disposed of, and are then gone", async () => {
    const [array, sum] = square(x) as [Tensor, Tensor];
    array.dispose();
    await expect(array.read()).rejects.toThrow(/dispose/);
    await sum.read();
  });

  test("of a function that is differentiated outside are computed here", () => {
    const own = compile((y: Tensor) => y.square().sum(), { backend });
    expectSameBits(grad((y: Tensor) => own(y))(x), x.mul(2));
  });

  test("of a transform of a function run there, too", async () => {
    const own = compile((y: Tensor) => y.square().sum(), { backend });
    expectSameBits(await grad(own)(x).read(), x.mul(2));
  });
});

test("ARCHITECTURE.md of core says how many lines the target and the backend took", () => {
  const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const linesOf = (text: string) => text.split("\n").length - 1;
  const machine = textOf("../support/javascriptTarget.ts");
  const loops = linesOf(textOf("../support/javascriptLoops.ts"));
  const target = linesOf(/^export const javascriptTarget.*?^\};\n/ms.exec(machine)?.[0] ?? "");
  const runs = ["awaitedRun", "anyTarget"].map((name) => textOf(`../support/${name}.ts`));
  const late = runs.reduce((sum, text) => sum + linesOf(text), 0);
  const all = linesOf(machine) + loops + late;
  expect(textOf("../../ARCHITECTURE.md").replaceAll(/\s+/g, " ")).toContain(
    `It took ${target} lines for the target and ${all} in all. Of these, ${linesOf(machine) - target} are for the ` +
      `memories, the queue, the bodies and the backend, ${late} for runs that end later, ${loops} for the loops.`,
  );
});

test("what is no backend is refused", () => {
  for (const wrong of [{}, "gpu", { name: "mine", prepare() {} }, null]) {
    expect(() => compile((x: Tensor) => x, { backend: wrong as never })).toThrow(
      /compile: backend: expected "wasm", "js" or a Backend, got/,
    );
  }
});

test("what a target has no dtype for is refused, in bodies, too", async () => {
  const few = new JavaScriptBackend({ ...javascriptTarget, dtypes: ["float32", "int32", "bool"] });
  const doubled = compile((x: Tensor) => x.mul(2), { backend: few });
  expectSameBits(await doubled(tensor([1, 2])).read(), tensor([2, 4]));
  expect(() => doubled(tensor([1, 2], { dtype: "float64" }))).toThrow(
    "compile: expected values of float32, int32, bool, which the backend has, got float64 [2]. Cast it, or compile for another backend",
  );
  const inside = compile(
    (x: Tensor) =>
      scan(
        (sum: Tensor, row: Tensor): [Tensor, []] => [
          sum.add(row.cast("float64").exp().cast("float32")),
          [],
        ],
        zeros([3]),
        x,
      )[0],
    { backend: few },
  );
  expect(() => inside(uniform([4, 3], { seed: 1 }))).toThrow(
    /^cast to float64: expected values of float32, int32, bool,/,
  );
});

test("graphs are the same for every backend, whatever each keeps whole", () => {
  const kernel = uniform([3, 2, 3, 3], { seed: 2 });
  const fn = (x: Tensor) => conv2d(x, kernel).softmax().mul(2).sum();
  const x = uniform([2, 2, 8, 8], { seed: 1 });
  expect(compile(fn, { backend: "wasm" }).program(x).describe()).toMatch(/= conv/);
  expect(compile(fn, { backend }).program(x).describe()).not.toMatch(/= conv/);
  const graphs = (["js", "wasm", backend] as const).map((own) =>
    String(graphOf(compile(fn, { backend: own }).program(x))),
  );
  expect(new Set(graphs).size).toBe(1);
});

test("a program there says what it runs", () => {
  const own = compile((x: Tensor) => x.add(1).sum(), { backend }).program(zeros([3]));
  expect(own.describe()).toContain("loop over [3]: add sum");
  expect(own.memory().steps).toEqual(["add sum [3]"]);
  expect(own.stages()).toContain("simplified:");
});

test("valueAndGrad of Variables runs there", async () => {
  const w = new Variable(uniform([4, 3], { seed: 1 }));
  const fn = (x: Tensor) => {
    const { value, gradient } = valueAndGrad(() => x.matmul(w.value).tanh().sum(), {
      variables: [w],
    })();
    w.assign(w.value.sub((gradient[0] as Tensor).mul(0.1)));
    return value;
  };
  const x = uniform([5, 4], { seed: 2 });
  const before = w.value;
  const expected = [fn(x), fn(x)];
  const after = w.value;
  w.assign(before);
  const compiled = compile(fn, { backend });
  const got = [compiled(x), compiled(x)];
  expectAllSame(await read([...got, w.value]), [...expected, after]);
});
