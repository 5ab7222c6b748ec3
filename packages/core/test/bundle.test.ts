/**
 * The package as bundlers see it: its published files, and programs that bundle them.
 */

import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import * as kernelGroups from "../src/families/kernelGroups.ts";
import { fftKernels } from "../src/fft/fftKernels.ts";
import type { Op } from "../src/graph/op.ts";
import * as graddiff from "../src/index.ts";
import { linalgKernels } from "../src/linalg/kernelGroup.ts";
import {
  bundled,
  installBefore,
  installed,
  namesOf,
  TRIED,
  testBudgets,
} from "./support/bundles.ts";
import { sampled } from "./support/sampling.ts";
import { registeredOps } from "./support/table.ts";

const core = fileURLToPath(new URL("..", import.meta.url));

installBefore("core");

const ONE_GRAD = `import { grad } from "@graddiff/core";
export const result = grad((x) => x.mul(x).sin())(2).item();`;

const EVERYTHING = `import * as all from "@graddiff/core"; export const result = Object.keys(all).length;`;

/**
 * The most bytes that the gzipped bundles of programs may have. An elementary function takes about 1,400 of them, as
 * JavaScript and the kernel each have its constants.
 */
const BUDGETS = [
  {
    name: "one class of errors",
    program: `export { GraddiffError as result } from "@graddiff/core";`,
    // esbuild keeps the imports of a file that have effects, and index.js imports core.js.
    most: { Vite: 2_100, esbuild: 67_900 },
  },
  {
    name: "one gradient in JavaScript",
    program: ONE_GRAD,
    conditions: ["graddiff-js"],
    most: { Vite: 41_000, esbuild: 43_100 },
  },
  { name: "one gradient", program: ONE_GRAD, most: { Vite: 72_500, esbuild: 74_800 } },
  {
    name: "the gradient of a loop",
    program: `import { grad, scan, tensor } from "@graddiff/core";
const last = (x) => scan((h, row) => [h.mul(row), []], x, tensor([1, 2, 3]))[0];
export const result = grad(last)(2).item();`,
    most: { Vite: 115_100, esbuild: 119_500 },
  },
  {
    name: "a product with threads",
    program: `import { compile, tensor } from "@graddiff/core";
import { setThreads } from "@graddiff/core/threads";
await setThreads(1);
export const result = compile((x) => x.matmul(x).sum())(tensor([[1, 2], [3, 4]])).item();`,
    most: { Vite: 120_300, esbuild: 124_500 },
  },
  {
    name: "a compiled function for WebGPU, where there is none",
    program: `import { compile, tensor } from "@graddiff/core";
import { openWebGpu } from "@graddiff/core/webgpu";
const gpu = await openWebGpu().catch(() => undefined);
export const result = compile((x) => x.matmul(x).sum(), gpu && { backend: gpu })(tensor([[1, 2], [3, 4]])).item();`,
    most: { Vite: 140_500, esbuild: 145_400 },
  },
  {
    name: "everything of core",
    program: EVERYTHING,
    most: { Vite: 252_200, esbuild: 260_500 },
  },
];

const read = (path: string) => new URL(path, import.meta.url);
const README = read("../README.md");

testBudgets(BUDGETS, [
  [read("../../../README.md"), /one gradient takes (\d+) kB/i, "one gradient"],
  [README, /a program with one gradient takes (\d+) kB/, "one gradient"],
  [
    README,
    /with a loop, which brings the compiler,\s+it\s+takes\s+(\d+)/i,
    "the gradient of a loop",
  ],
  [README, /all of core\s+takes (\d+)/i, "everything of core"],
  [README, /in\s+webpack\),\s+takes\s+(\d+) kB/, "one gradient in JavaScript"],
]);

test("the package knows its version, which the others compare with their own", async () => {
  const { exported } = await bundled('export { VERSION } from "@graddiff/core/internal";');
  const { version } = JSON.parse(readFileSync(join(core, "package.json"), "utf8")) as {
    version: string;
  };
  expect(exported["VERSION"]).toBe(version);
});

/**
 * Returns a value with its functions replaced by their number of parameters and their fields, since compilers rename
 * and rewrite functions. Ops in the value are replaced by their names.
 */
function outlineOf(value: unknown, isOp = false): unknown {
  if (Array.isArray(value)) return value.map((each) => outlineOf(each));
  if (typeof value === "function") return { function: value.length, ...outlineOfFields(value) };
  if (typeof value !== "object" || value === null) return value;
  if (!isOp && "promotion" in value && "name" in value) return { op: value.name };
  return outlineOfFields(value);
}

function outlineOfFields(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, outlineOf(each)] as const),
  );
}

test("the ops of the package are those of the sources, without the fields that only tests and OPS.md read", async () => {
  const { exported } = await bundled(
    `import * as core from "@graddiff/core"; import * as fft from "@graddiff/core/fft"; import * as linalg from "@graddiff/core/linalg"; import * as internal from "@graddiff/core/internal";
export { registeredOps } from "@graddiff/core"; export const all = [core, fft, linalg, internal].map((each) => Object.values(each));`,
    [],
    false,
  );
  const built = (exported["registeredOps"] as () => readonly Op[])();
  const byName = (ops: readonly Op[]) =>
    ops.map((op) => op.name).toSorted((a, b) => (a < b ? -1 : 1));
  expect(byName(built)).toEqual(byName(registeredOps()));
  for (const op of registeredOps()) {
    const published = built.find(({ name }) => name === op.name);
    const { convention: _convention, formula: _formula, ...rest } = op;
    const expected = { ...rest, examples: { domain: [], cases: [] } };
    expect(outlineOf(published, true), op.name).toEqual(outlineOf(expected, true));
  }
});

/** Returns the names of classes and ops as they occur in messages of a copy of core. */
function saidBy(core: typeof graddiff): string[] {
  const message = (fn: () => unknown): string => {
    try {
      fn();
    } catch (error) {
      return String(error);
    }
    throw new Error("nothing was thrown");
  };
  const x = core.tensor([[1, 2]]);
  return [
    ...namesOf(core, core),
    message(() => x.matmul(x)),
    message(() => x.add("1" as never)),
    message(() => core.grad((y: graddiff.Tensor) => y)(x)),
    message(() => core.compile((y: graddiff.Tensor) => core.tensor(y.sum().item()))(x)),
    message(() => new core.Multiply().backward(1)),
    message(() => Reflect.construct(core.Multiply, [1])),
    JSON.stringify(core.toMessage(new core.ShapeError({ op: "add", expected: "a", got: "b" }))),
  ];
}

test.each(TRIED)("a minified program says the same names as Node, by %s", async (_name, bundle) => {
  const { exported } = await bundle(`export * as core from "@graddiff/core";`);
  const said = saidBy(exported["core"] as typeof graddiff);
  expect(said).toEqual(saidBy(graddiff));
  expect(said.filter((text) => /^\w+ \w+$/.test(text)).length).toBeGreaterThan(80);
});

test("nothing in the package reads the methods through a function for each", () => {
  const code = readFileSync(join(installed("core"), "dist/core.js"), "utf8");
  expect(code).toMatch(/\bmethods_exports = \{\s+abs/);
  expect(code).not.toContain("__exportAll({");
});

/** Returns a bundle without the bytes of the kernel, which may contain any short text. */
function withoutBytes(code: string): string {
  const own = code.replace(/(["'`])(?:(?!\1)[^\\\n]){1000,}\1/g, "");
  expect(own.length).toBeLessThan(code.length - 50_000);
  return own;
}

test.each(TRIED)(
  "one gradient has no layers, compiler, loops, drawings and functions in it that it does not use, in %s",
  async (_name, bundle) => {
    const { code, exported } = await bundle(ONE_GRAD);
    expect(exported["result"]).toBeCloseTo(4 * Math.cos(4), 14);
    const own = withoutBytes(code);
    for (const text of [
      "a forward pass before",
      "fixed by the first call",
      "an outer recording",
      "stroke-dasharray",
      "stroke-linejoin",
      "digamma",
      "top k",
      "truncatedNormal",
      "splitSeed",
      "a number from 0 to 1",
      "crossEntropy",
      "jacobian",
      "hvp",
      "pushforward",
      "DefaultDType",
    ]) {
      expect(own.includes(text), text).toBe(false);
    }
  },
);

test.each(TRIED)(
  "no function that is not imported has anything of its op in it, in %s",
  async (_name, bundle) => {
    const { code } = await bundle(ONE_GRAD);
    const alone = Object.entries(graddiff).filter(
      ([name, value]) => "op" in Object(value) && !Object.hasOwn(graddiff.Tensor.prototype, name),
    );
    expect(alone.map(([name]) => name)).toContain("digamma");
    // Methods use these functions, so every bundle has them.
    const kept = ["fmod", "floorDivide"];
    const own = alone.map(([name]) => name).filter((name) => !kept.includes(name));
    const names = [...own, "split", "topK", "scan", "cond", "uniform", "gamma", "gammaSlope"];
    for (const name of names) expect(code).not.toMatch(new RegExp(`name: ?["'\`]${name}["'\`]`));
    expect(code).toMatch(/name: ?["'`]tanh["'`]/);
  },
);

/**
 * A program with ops whose kernels are in groups. They run eagerly and compiled, on arrays that are large enough for
 * kernels.
 */
const OF_GROUPS = `import { activeRunner, compile, erf, logGamma, maxPool1d, topK, uniform } from "@graddiff/core";
const x = uniform([100, 100], { seed: 1, low: 0.5, high: 3 });
const step = (y) => maxPool1d(topK(erf(y).add(logGamma(y)), 60).values, 3);
export const runner = activeRunner();
export const text = compile(step).program(x).describe();
export const result = [step(x), compile(step)(x)].map((y) => y.sum().item());`;

test.each(TRIED)(
  "groups of kernels are in a bundle with their ops, and in no other, in %s",
  async (_name, bundle) => {
    const { orderKernels, specialKernels, windowsKernels } = kernelGroups;
    const groups = [orderKernels, specialKernels, windowsKernels];
    const all = [...Object.values(kernelGroups), fftKernels, linalgKernels];
    const without = await bundle(ONE_GRAD);
    for (const { name, text } of all) expect(without.code.includes(text), name).toBe(false);
    const one = await bundle(`import { tensor, topK } from "@graddiff/core";
export const result = topK(tensor([1, 2]), 1).values.item();`);
    expect(groups.map(({ text }) => one.code.includes(text))).toEqual([true, false, false]);
    const both = await bundle(OF_GROUPS);
    for (const { name, text } of groups) expect(both.code.includes(text), name).toBe(true);
    expect(both.exported["runner"]).toBe("wasm");
    expect(both.exported["text"]).toMatch(
      /loop over .* erf logGamma add[\s\S]*orderOfRows[\s\S]*maxPool/,
    );
    const js = await bundle(OF_GROUPS, ["graddiff-js"]);
    for (const { name, text } of all) expect(js.code.includes(text), name).toBe(false);
    expect(js.exported["runner"]).toBe("js");
    expect(js.exported["result"]).toEqual(both.exported["result"]);
  },
);

test.each(TRIED)(
  "linear algebra is in the bundles that import its entry, and runs on either runner, in %s",
  async (_name, bundle) => {
    const program = `import { compile, grad, uniform } from "@graddiff/core";
import { solve } from "@graddiff/core/linalg";
const a = uniform([30, 30], { seed: 1 });
const loss = grad((x) => solve(x, uniform([30], { seed: 2 })).sum());
export const result = [loss(a), compile(loss)(a)].map((y) => y.sum().item());`;
    const wasm = await bundle(program);
    expect(wasm.code.includes(linalgKernels.text)).toBe(true);
    const js = await bundle(program, ["graddiff-js"]);
    expect(js.code.includes(linalgKernels.text)).toBe(false);
    expect(js.exported["result"]).toEqual(wasm.exported["result"]);
    // The main entry exports none of the functions of the linalg entry.
    const everything = await bundle(`export * from "@graddiff/core";`);
    for (const name of ["cholesky", "luSolve"]) expect(everything.code).not.toContain(name);
  },
);

test.each(TRIED)(
  "Fourier transforms are in the bundles that import their entry, and run on either runner, in %s",
  async (_name, bundle) => {
    const program = `import { compile, grad, uniform } from "@graddiff/core";
import { realFft } from "@graddiff/core/fft";
const loss = grad((x) => realFft(x).imaginary.square().sum());
const x = uniform([100], { seed: 1 });
export const result = [loss(x), compile(loss)(x)].map((y) => y.sum().item());`;
    const wasm = await bundle(program);
    expect(wasm.code.includes(fftKernels.text)).toBe(true);
    const js = await bundle(program, ["graddiff-js"]);
    expect(js.code.includes(fftKernels.text)).toBe(false);
    expect(js.exported["result"]).toEqual(wasm.exported["result"]);
    const everything = await bundle(`export * from "@graddiff/core";`);
    for (const name of ["realDft", "bluestein"]) expect(everything.code).not.toContain(name);
  },
);

test("a bundle for JavaScript alone has no WebAssembly, and the same bits", async () => {
  const program = `import { activeRunner, compile, grad, uniform } from "@graddiff/core";
export const runner = activeRunner();
const step = compile(grad((x) => x.matmul(x).sin().sum()));
export const result = step(uniform([40, 40], { seed: 1 })).sum().item();`;
  const js = await bundled(program, ["graddiff-js"]);
  const wasm = await bundled(program);
  expect(js.code).not.toContain("WebAssembly.Module");
  expect([js.exported["runner"], wasm.exported["runner"]]).toEqual(["js", "wasm"]);
  expect(js.exported["result"]).toBe(wasm.exported["result"]);
});

const MAKERS = [
  "tensor([1])",
  "zeros([1])",
  "ones([1])",
  "full([1], 2)",
  "eye(1).reshape([1])",
  "arange(1)",
  "linspace(0, 1, 1)",
  "zerosLike(1)",
  "onesLike(1)",
  "sin(1)",
  "uniform([1], { seed: 1 })",
  "stack([1])",
];

test.each(sampled(MAKERS, 12))("%s has its methods in a bundle of its own", async (made) => {
  const name = made.match(/\w+(?=\()/)?.[0];
  const { exported } = await bundled(`import { ${name} } from "@graddiff/core";
const made = ${made};
export const result = (typeof made === "number" ? 1 : made.mul(0).add(1).sum().item());`);
  expect(exported["result"]).toBe(1);
});

test("tensors cross to a thread of Node and back, where a compiled function takes them", async () => {
  const program = `import { parentPort } from "node:worker_threads";
import { compile, fromMessage, tensor, toMessage } from "@graddiff/core";
const step = compile(({ x, w }) => ({ y: x.matmul(w), sum: x.sum() }));
export const order = () => toMessage({ x: tensor([[1, 2], [3, 4]]), w: tensor([[1], [10]]) });
export const answer = (data) => JSON.stringify(fromMessage(data));
parentPort?.on("message", (data) => {
  const { message, transfer } = toMessage(step(fromMessage(data)));
  parentPort.postMessage(message, transfer);
});`;
  const { file, exported } = await bundled(program);
  const { order, answer } = exported as {
    order: () => { message: unknown; transfer: ArrayBuffer[] };
    answer: (data: unknown) => string;
  };
  const worker = new Worker(file);
  const { message, transfer } = order();
  worker.postMessage(message, transfer);
  const [data] = (await once(worker, "message")) as [unknown];
  await worker.terminate();
  expect(answer(data)).toBe('{"y":[[21],[43]],"sum":10}');
  expect(transfer.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
});

test("WebGPU adds at most 30.9 kB where it is used, and nothing where it is not", async () => {
  const open =
    'import { openWebGpu } from "@graddiff/core/webgpu"; export const open = openWebGpu;';
  const compiled = 'import { compile } from "@graddiff/core"; export const result = compile;';
  const [without, used] = [await bundled(compiled), await bundled(`${compiled}\n${open}`)];
  expect(used.bytes - without.bytes).toBeLessThan(30_900);
  expect(used.code).toContain("@workgroup_size");
  const all = await bundled(EVERYTHING);
  expect(all.code).not.toContain("@workgroup_size");
});

test("no file is imported at load by one that it imports", () => {
  const dist = join(installed("core"), "dist");
  const files = readdirSync(dist)
    .filter((file) => file.endsWith(".js"))
    .sort();
  const importsOf = (file: string): string[] => {
    const text = readFileSync(join(dist, file), "utf8");
    const found = [...text.matchAll(/^(?:import|export) .*? from "(.*?)";$/gm)].map(
      ([, from]) => from ?? "",
    );
    return found.flatMap((from) => (from.startsWith("./") ? [from.slice(2)] : []));
  };
  const reached = (file: string, seen = new Set<string>()): Set<string> => {
    for (const next of importsOf(file)) {
      if (seen.has(next)) continue;
      seen.add(next);
      reached(next, seen);
    }
    return seen;
  };
  expect(files).toEqual([
    ...["core.js", "errors.js", "extend.js", "fft.js", "folding.js", "index.js", "internal.js"],
    ...["linalg.js", "pool.js", "threads.js", "webgpu.js", "work.js", "worker.js"],
  ]);
  for (const file of files) expect([...reached(file)], file).not.toContain(file);
  expect([...reached("errors.js")]).toEqual([]);
  // No published file contains a path of the machine that built it.
  for (const file of files) expect(readFileSync(join(dist, file), "utf8")).not.toContain(core);
});

test("a bundle has no address of its own to ask for, and errors in it name no line rather than a wrong one", async () => {
  const program = `import { compile, tensor } from "@graddiff/core";
const shifted = compile((x) => {
  const y = x.add(tensor([1, 2, 3]));
  return y.mul(2);
});
export function mistake() {
  try {
    shifted(tensor([1, 2]));
    return "";
  } catch (error) {
    return String(error);
  }
}`;
  const { code, exported } = await bundled(program, [], false);
  expect(code).not.toContain("import.meta");
  const { mistake } = exported as { mistake: () => string };
  expect(mistake()).toMatch(/^ShapeError: add: .* got \[2\] and \[3\]\.$/);
});
