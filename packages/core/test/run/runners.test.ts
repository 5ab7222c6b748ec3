import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Compiled,
  compile,
  type RunnerName,
  registeredOps,
  setRunner,
  type Tensor,
  type TensorLike,
  tensor,
  uniform,
  Variable,
  zeros,
} from "../../src/index.ts";
import { LANE_OPS } from "../../src/run/wasm/lanes.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { LENGTHS, onBoth } from "../support/runners.ts";

afterEach(() => {
  setRunner("wasm");
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("the WebAssembly runner gives the bits of the JavaScript runner", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`for every op with a kernel and every length, in ${dtype}`, () => {
      const rows = Object.entries(LANE_OPS).filter(([, row]) => "kernel" in row);
      const names = rows.map(([name]) => name);
      const ops = registeredOps().filter(({ name }) => names.includes(name));
      expect(ops.length).toBe(names.length);
      for (const { name, examples } of ops) {
        for (const length of LENGTHS) {
          const inputs = examples.cases[0]?.shapes.map((_, i) =>
            uniform([length], { seed: i, low: -3, high: 3, dtype }),
          );
          const [x, y] = inputs ?? [];
          if (x === undefined) throw new Error("no input");
          const method = (x as unknown as Record<string, (y?: Tensor) => Tensor>)[name];
          const [js, wasm] = onBoth(() => Reflect.apply(method as () => Tensor, x, [y]));
          expectSameBits(wasm, js);
        }
      }
    });

    test(`for scalars, rows and columns on either side, in ${dtype}`, () => {
      const matrix = uniform([700, 33], { seed: 1, dtype });
      const others = [[], [1], [33], [1, 33], [700, 1], [1, 1], [3, 1, 33]].map((shape) =>
        uniform(shape, { seed: 2, dtype }),
      );
      for (const other of others) {
        for (const [x, y] of [
          [matrix, other],
          [other, matrix],
        ] as const) {
          expectSameBits(...onBoth(() => x.mul(y)));
          expectSameBits(...onBoth(() => x.add(y)));
          expectSameBits(...onBoth(() => x.pow(y)));
        }
      }
      const wide = uniform([2, 20_000], { seed: 3, dtype });
      expectSameBits(...onBoth(() => wide.mul(uniform([20_000], { seed: 4, dtype }))));
    });
  }

  test("for special values", () => {
    const values = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-45, 3.4e38, 1e-39];
    const many = tensor(Array.from({ length: 1000 }, (_, i) => values[i % values.length] ?? 0));
    const other = tensor(Array.from({ length: 1000 }, (_, i) => values[(i * 7) % 10] ?? 0));
    expectSameBits(...onBoth(() => many.mul(other)));
    expectSameBits(...onBoth(() => many.add(other)));
    expectSameBits(...onBoth(() => many.exp()));
  });

  test("for sums over all elements and over the last axes, of every length", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const length of [...LENGTHS, 512 * 33, 16384 * 3 + 5, 16384 * 7 + 600]) {
        const x = uniform([length], { seed: length, low: -1, dtype });
        expectSameBits(...onBoth(() => x.sum()));
      }
      const x = uniform([3, 40, 50], { seed: 9, low: -1, dtype });
      for (const axes of [[1, 2], [0, 1, 2], [2], [0], [0, 2]]) {
        expectSameBits(...onBoth(() => x.sum(axes)));
      }
    }
  });
});

describe("where WebAssembly cannot be had", () => {
  const forbidden = (): never => {
    throw new Error("blocked by a content security policy");
  };
  const yes = (): boolean => true;
  const no = (): boolean => false;

  test.each([
    ["is missing", undefined],
    ["knows no SIMD", { validate: no }],
    ["may not compile", { validate: yes, Module: forbidden }],
  ])("because it %s, JavaScript computes the same, and it is said once", async (_name, stub) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("WebAssembly", stub);
    vi.resetModules();
    const fresh = await import("../../src/index.ts");
    const x = fresh.uniform([2000], { seed: 1 });
    const product = x.mul(x).exp();
    fresh.uniform([2000], { seed: 1 }).mul(2);
    expect(fresh.activeRunner()).toBe("js");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(
      /^graddiff: WebAssembly is not available, JavaScript computes instead\. /,
    );
    warn.mockRestore();
    vi.unstubAllGlobals();
    const y = uniform([2000], { seed: 1 });
    expect(product.data()).toEqual(y.mul(y).exp().data());
  });

  test("nothing is said and nothing loaded when JavaScript was chosen", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const fresh = await import("../../src/index.ts");
    fresh.setRunner("js");
    const x = fresh.uniform([2000], { seed: 1 });
    x.exp();
    const v = new fresh.Variable(x);
    const step = fresh.compile((y: Tensor) => {
      v.assign(v.value.add(y));
      return fresh.grad((z: Tensor) => z.exp().mul(v.value).sum())(y);
    });
    step(x);
    expect(step.program(x).describe()).toContain("one by one");
    expect(fresh.activeRunner()).toBe("js");
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    vi.unstubAllGlobals();
  });
});

describe("compiled functions run", () => {
  const double = (x: Tensor) => x.mul(2).add(1);
  const x = uniform([2000], { seed: 1 });
  const runsAs = (compiled: Compiled<TensorLike[], Tensor>) => {
    expect(compiled(x).data()).toEqual(double(x).data());
    return compiled.program(x).describe().includes("one by one") ? "js" : "wasm";
  };

  test("on the runner that is chosen when they run", () => {
    const compiled = compile(double);
    for (const runner of ["js", "wasm", "js", "wasm"] as const) {
      setRunner(runner);
      expect(runsAs(compiled)).toBe(runner);
    }
  });

  test("on the backend that was given, whatever is chosen", () => {
    for (const backend of ["js", "wasm"] as const) {
      const compiled = compile(double, { backend });
      for (const runner of ["js", "wasm"] as const) {
        setRunner(runner);
        expect(runsAs(compiled)).toBe(backend);
      }
    }
  });

  test("with one state, however often the choice changes", () => {
    const v = new Variable(zeros([5000]));
    const step = compile((y: Tensor) => {
      const old = v.value.reshape([50, 100]);
      v.assign(v.value.add(y));
      return old;
    });
    let expected = zeros([5000]);
    ["wasm", "wasm", "js", "wasm", "js", "js", "wasm"].forEach((runner, seed) => {
      setRunner(runner as RunnerName);
      const y = uniform([5000], { seed });
      expect(step(y).data()).toEqual(expected.data());
      expected = expected.add(y);
    });
    expect(v.value.data()).toEqual(expected.data());
  });
});
