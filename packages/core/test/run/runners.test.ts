import { kernelBytes } from "@graddiff/wasm-kernel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  type Compiled,
  compile,
  erf,
  type RunnerName,
  setRunner,
  type Tensor,
  type TensorLike,
  tensor,
  topK,
  uniform,
  Variable,
  zeros,
} from "../../src/index.ts";
import { LANE_OPS } from "../../src/run/wasm/kernel/lanes.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { LENGTHS, onBoth } from "../support/runners.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

afterEach(() => {
  setRunner("wasm");
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The parts of WebAssembly that the tests use. TypeScript's library for the language alone does not declare them. */
interface WebAssemblyParts {
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { exports: Record<string, (...words: number[]) => void> };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: unknown;
  readonly validate: unknown;
}

function webAssembly(): WebAssemblyParts {
  const { WebAssembly: parts } = globalThis as unknown as {
    WebAssembly?: WebAssemblyParts;
  };
  if (parts === undefined) throw new Error("these tests need WebAssembly");
  return parts;
}

/** Returns an Instance that counts products of matrices in float32. */
function countingProducts(Instance: WebAssemblyParts["Instance"], count: () => void) {
  return function instance(module: object, imports: object) {
    const { exports } = new Instance(module, imports);
    const counted = (...words: number[]) => {
      count();
      exports["matmul_f32"]?.(...words);
    };
    return { exports: { ...exports, matmul_f32: counted } };
  };
}

describe("the WebAssembly runner gives the bits of the JavaScript runner", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`for every op with a kernel and every length, in ${dtype}`, () => {
      const rows = Object.entries(LANE_OPS).filter(([, row]) => "kernel" in row);
      const names = rows.map(([name]) => name);
      const ops = registeredOps().filter(({ name }) => names.includes(name));
      expect(ops.length).toBe(names.length);
      for (const op of ops) {
        for (const length of sampled(LENGTHS, 3, ops.indexOf(op))) {
          const shapes = op.examples.cases[0]?.shapes ?? [];
          const inputs = shapes.map((_, i) =>
            uniform([length], { seed: i, low: -3, high: 3, dtype }),
          );
          const [js, wasm] = onBoth(() => apply(op, inputs, NO_ATTRIBUTES));
          expectSameBits(wasm, js);
        }
      }
    });

    test(`for scalars, rows and columns on either side, in ${dtype}`, () => {
      const matrix = uniform([700, 33], { seed: 1, dtype });
      const others = [[], [1], [33], [1, 33], [700, 1], [1, 1], [3, 1, 33]].map((shape) =>
        uniform(shape, { seed: 2, dtype }),
      );
      for (const other of sampled(others, 3, dtype === "float32" ? 0 : 1)) {
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
    ["is missing", undefined, "this host has no WebAssembly. "],
    ["knows no SIMD", { validate: no }, "WebAssembly has no SIMD in this host. "],
    [
      "may not compile",
      { validate: yes, Module: forbidden },
      "this host forbids compiling it. In a content security policy 'wasm-unsafe-eval' in script-src " +
        "allows it; a host that imports compiled modules can hand one to useKernel(module); ",
    ],
  ])(
    "because it %s, JavaScript computes the same, and it is said once",
    async (_name, stub, why) => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      vi.stubGlobal("WebAssembly", stub);
      vi.resetModules();
      const fresh = await import("../../src/index.ts");
      const x = fresh.uniform([2000], { seed: 1 });
      const product = x.mul(x).exp();
      fresh.uniform([2000], { seed: 1 }).mul(2);
      expect(fresh.activeRunner()).toBe("js");
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]).toEqual([
        "graddiff: JavaScript computes instead of WebAssembly, with the same results but more slowly, because " +
          `${why}setRunner("js") chooses JavaScript without this warning.`,
      ]);
      warn.mockRestore();
      vi.unstubAllGlobals();
      const y = uniform([2000], { seed: 1 });
      expect(product.data()).toEqual(y.mul(y).exp().data());
    },
  );

  test("because it may not compile, a kernel that is handed in computes, and JavaScript drives the same calls", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { Instance, Memory, Module, validate } = webAssembly();
    const bytes = kernelBytes();
    const kernel = new Module(bytes);
    const other = new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    const products = vi.fn();
    vi.stubGlobal("WebAssembly", {
      Instance: countingProducts(Instance, products),
      Memory,
      validate,
      Module: forbidden,
    });
    vi.resetModules();
    const fresh = await import("../../src/index.ts");
    for (const [module, got] of [
      [undefined, "undefined"],
      ["kernel.wasm", '"kernel.wasm"'],
      [bytes, "a Uint8Array"],
      [other, "a Module"],
    ] as const) {
      expect(() => fresh.useKernel(module as object)).toThrow(
        `useKernel: module: expected the WebAssembly.Module of @graddiff/wasm-kernel/kernel.wasm, of the same version, got ${got}. Import it where the host makes modules of such imports.`,
      );
    }
    fresh.useKernel(kernel);
    fresh.useKernel(kernel);
    expect(() => fresh.useKernel(other)).toThrow(
      "useKernel: expected to be called before anything is computed in WebAssembly, got a kernel that is in use. Call it once, where the program starts.",
    );
    const wave = (library: Pick<typeof fresh, "compile" | "erf" | "topK" | "uniform">) => {
      const x = library.uniform([200, 200], { seed: 1 });
      const step = library.compile((y: Tensor) => y.matmul(y).sin().mul(y).sum());
      const groups = [library.topK(x, 3).values.data(), library.erf(x).data()];
      return {
        value: step(x).item(),
        text: step.program(x).describe(),
        eager: x.sqrt().data(),
        groups,
      };
    };
    const { value, text, eager, groups } = wave(fresh);
    expect(fresh.activeRunner()).toBe("wasm");
    expect(text).toContain("<- loop");
    expect(products).toHaveBeenCalled();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    vi.unstubAllGlobals();
    const own = wave({ compile, erf, topK, uniform });
    expect([value, text, eager, groups]).toEqual([own.value, own.text, own.eager, own.groups]);
  });

  test("that has no finalization runs compiled programs all the same", async () => {
    vi.stubGlobal("FinalizationRegistry", undefined);
    vi.resetModules();
    const fresh = await import("../../src/index.ts");
    const weight = new fresh.Variable(fresh.uniform([1000], { seed: 1 }));
    const step = fresh.compile((x: Tensor) => {
      weight.assign(weight.value.add(x));
      return weight.value.sum();
    });
    step(1);
    expect(step.program(1).describe()).toContain("<- loop");
    vi.unstubAllGlobals();
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
