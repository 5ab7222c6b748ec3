/**
 * Loops outside of compiled functions: they run as programs, which are cached by their recorded body. They have the
 * bits of steps that run one by one.
 */

import { afterEach, describe, expect, test, vi } from "vitest";
import {
  cond,
  customGradient,
  forLoop,
  grad,
  jvp,
  scan,
  setMemoryLimit,
  setRunner,
  type Tensor,
  tensor,
  uniform,
  Variable,
  vectorize,
  whileLoop,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { watchWarnings } from "../support/warnings.ts";

sampleTests(3);

const warned = watchWarnings();

afterEach(() => {
  setRunner("wasm");
});

const float64 = { dtype: "float64" } as const;

/** Loops of so many steps become programs at their first call. */
const STEPS = 1500;

/** Returns the result of a function whose steps run one by one, in JavaScript. */
function stepByStep<Result>(fn: () => Result): Result {
  setRunner("js");
  const result = fn();
  setRunner("wasm");
  return result;
}

interface Host {
  readonly WebAssembly: { readonly Module: new (bytes: object) => object };
}

/** Returns the number of WebAssembly modules that are compiled while a function runs. */
function compilations(fn: () => void): number {
  const { WebAssembly: whole } = globalThis as unknown as Host;
  let count = 0;
  class Module extends whole.Module {
    constructor(bytes: object) {
      super(bytes);
      count++;
    }
  }
  const counting = {
    get: (target: object, name: string): unknown =>
      name === "Module" ? Module : Reflect.get(target, name),
  };
  vi.stubGlobal("WebAssembly", new Proxy(whole, counting));
  fn();
  vi.unstubAllGlobals();
  return count;
}

/** Loops that capture a tensor and a number in several ways. */
const LOOPS: Readonly<Record<string, (x: Tensor, held: Tensor, rate: number) => Tensor>> = {
  scan: (x, held, rate) =>
    scan((h: Tensor): [Tensor, Tensor] => [h.mul(rate).add(held.sin()), h.sum()], x, undefined, {
      length: STEPS,
    })[1].sum(),
  "a scan of rows": (x, held, rate) =>
    scan(
      (h: Tensor, row: Tensor): [Tensor, []] => [h.mul(rate).add(row.mul(held)), []],
      x,
      uniform([STEPS, 3], { seed: 1, ...float64 }),
    )[0].sum(),
  whileLoop: (x, held, rate) =>
    whileLoop(
      ({ h }: { h: Tensor; left: Tensor }) => h.abs().sum().greater(1e-3),
      ({ h, left }) => ({ h: h.mul(rate).sub(held.mul(1e-7)), left: left.sub(1) }),
      { h: x, left: tensor(STEPS, float64) },
      { maxSteps: 2 * STEPS },
    ).left,
  forLoop: (x, held, rate) =>
    forLoop(0, STEPS, (i, h: Tensor) => h.mul(rate).add(held.mul(i)), x).sum(),
  "a loop in a loop": (x, held, rate) =>
    forLoop(
      0,
      STEPS / 10,
      (_i, h: Tensor) => forLoop(0, 10, (_j, g: Tensor) => g.mul(rate).add(held), h).mul(held),
      x,
    ).sum(),
  "a condition": (x, held, rate) =>
    forLoop(
      0,
      STEPS,
      (i, h: Tensor) =>
        cond(
          i.remainder(2).equal(0),
          () => h.mul(rate),
          () => h.add(held),
        ),
      x,
    ).sum(),
  customGradient: (x, held, rate) => {
    const own = customGradient(
      (y: Tensor) => y.mul(held).sin(),
      (cotangent, [y]) => [cotangent.mul(held.mul(y).cos()).mul(rate)],
    );
    return forLoop(0, STEPS, (_i, h: Tensor) => own(h).add(held), x).sum();
  },
};

const X = tensor([0.5, -0.25, 1], float64);
const captured = (n: number) => tensor([0.1 * n, 0.3, 1 / (n + 2)], float64);

describe.each(Object.entries(LOOPS))("%s", (name, loop) => {
  const derivatives = (held: Tensor, rate: number): Tensor[] => {
    const f = (x: Tensor) => loop(x, held, rate);
    const { value, tangent } = jvp(f)([X], [captured(7)]);
    return [
      value,
      tangent,
      grad(f)(X),
      // Captures of a customGradient function have no gradient.
      ...(name === "customGradient" ? [] : [grad((own: Tensor) => loop(X, own, rate))(held)]),
      grad((x: Tensor) => grad(f)(x).mul(held).sum())(X),
      vectorize(f)(uniform([2, 3], { seed: 5, ...float64 })),
    ];
  };

  test("has the bits of its steps, whatever it captures, and compiles for the first few alone", () => {
    const results: Tensor[][] = [];
    const run = (from: number, to: number) => {
      for (let n = from; n < to; n++) results.push(derivatives(captured(n), 0.99 - 0.001 * n));
    };
    expect(compilations(() => run(0, 6))).toBeGreaterThan(0);
    expect(compilations(() => run(6, 9))).toBe(0);
    for (const n of sampled([0, 3, 4, 6, 8], 2)) {
      const expected = stepByStep(() => derivatives(captured(n), 0.99 - 0.001 * n));
      results[n]?.forEach((each, i) => {
        expectSameBits(each, expected[i] as Tensor);
      });
    }
  });
});

test("tiny loops run step by step", () => {
  const run = () => forLoop(0, 3, (_i, h: Tensor) => h.mul(2), tensor(1));
  expect(
    compilations(() => {
      for (let i = 0; i < 2000; i++) run();
    }),
  ).toBe(0);
  expect(run().item()).toBe(8);
});

test("a loop is compiled once enough of its ops have run", () => {
  const run = () => forLoop(0, 20, (_i, h: Tensor) => h.mul(1.5).sub(0.125), tensor(1.25));
  const first = run();
  let all = 0;
  const counts = Array.from({ length: 60 }, () => {
    all += compilations(() => expectSameBits(run(), first));
    return all;
  });
  expect(counts[20]).toBe(0);
  expect(counts.at(-1)).toBe(1);
});

test("a loop without a bound is compiled while it runs, and only then", () => {
  const run = (steps: number) =>
    whileLoop(
      (i: Tensor) => i.less(steps),
      (i: Tensor) => i.add(1).mul(1).sub(0),
      tensor(0),
    ).item();
  expect(compilations(() => expect(run(40)).toBe(40))).toBe(0);
  expect(compilations(() => expect(run(40_000)).toBe(40_000))).toBe(1);
});

test("rows that no step has made are zeros, compiled and eager", () => {
  const f = (x: Tensor) =>
    grad((h: Tensor) =>
      whileLoop(
        (g: Tensor) => g.abs().sum().less(50),
        (g: Tensor) => g.mul(1.01),
        h,
        { maxSteps: 2000 },
      ).sum(),
    )(x);
  expectSameBits(
    f(X),
    stepByStep(() => f(X)),
  );
});

test("errors are those of steps that run one by one", () => {
  const forEver = () =>
    whileLoop(
      (h: Tensor) => h.greater(0),
      (h: Tensor) => h.add(1),
      tensor(1),
      { maxSteps: 5000 },
    );
  const messageOf = (fn: () => unknown) => {
    try {
      return String(fn());
    } catch (error) {
      return (error as Error).message;
    }
  };
  const row = tensor([1, 2, 3]);
  const beyond = () =>
    forLoop(0, 3000, (i, h: Tensor) => h.add(row.take(i.div(1000).cast("int32"))), 0);
  const outside = () =>
    forLoop(0, 3001, (i, h: Tensor) => h.add(row.take(i.div(1000).cast("int32"))), 0);
  for (const fn of [forEver, beyond, outside]) {
    const expected = stepByStep(() => messageOf(fn));
    expect(messageOf(fn)).toBe(expected);
    expect(messageOf(fn)).toBe(expected);
  }
});

test("Variables that a loop assigns have their values, and the function may change them in between", () => {
  const w = new Variable(tensor(0, float64));
  const run = (by: number) => {
    forLoop(
      0,
      STEPS,
      (i, h: Tensor) => {
        w.assign(w.value.add(by).mul(0.5));
        return h.add(w.value).add(i);
      },
      tensor(0, float64),
    );
    return w.value;
  };
  const all = () => {
    w.assign(tensor(0, float64));
    return [run(1), run(2), run(-1)];
  };
  const expected = stepByStep(all);
  all().forEach((each, i) => {
    expectSameBits(each, expected[i] as Tensor);
  });
});

test("where memory does not suffice, steps run one by one, and it is said", () => {
  const start = uniform([150_000], { seed: 1, dtype: "float64" });
  const run = () =>
    forLoop(
      0,
      50,
      (i, h: Tensor) => {
        let s = i.cast("float64");
        for (let k = 0; k < 30; k++) s = s.mul(0.5).add(1);
        return h.add(s);
      },
      start,
    );
  const expected = stepByStep(run);
  setMemoryLimit(2 ** 20);
  expectSameBits(run(), expected);
  setMemoryLimit(2 ** 31);
  const messages = warned.mock.calls.map(String);
  expect(messages[0]).toContain("so it runs op by op");
  for (const message of messages) expect(message).not.toContain("are .");
});

test("a branch that may fail and holds a tensor runs for a batch as for each example", () => {
  const table = tensor([1, 2, 4], float64);
  const lookup = (x: Tensor) =>
    forLoop(
      0,
      STEPS,
      (i, sum: Tensor) =>
        cond(
          sum.less(x),
          () => sum.add(table.take(i.minimum(2)).mul(table.sum())),
          () => sum,
        ),
      tensor(0, float64),
    );
  const all = [5, 60, 1e4];
  const each = all.map((x) => lookup(tensor(x, float64)).item());
  expect(vectorize(lookup)(tensor(all, float64)).toArray()).toEqual(each);
});

test("a loop of few steps with a long one inside is a program at once", () => {
  const nested = (x: Tensor) =>
    forLoop(
      0,
      9,
      (_i, outer: Tensor) =>
        forLoop(
          0,
          STEPS,
          (_k, y: Tensor) => y.tanh().mul(outer.cos()).add(outer.exp()).sqrt(),
          outer,
        ),
      x,
    );
  const x = tensor([0.1, 0.2, 0.3, 0.4, 0.5], float64);
  // Computing these ops loads the module with their kernels before modules are counted.
  expect(x.tanh().mul(x.cos()).add(x.exp()).sqrt().isFinite().all().item()).toBe(1);
  expect(compilations(() => nested(x))).toBe(1);
  expect(compilations(() => nested(x.mul(0.5)))).toBe(0);
});
