/**
 * The package as bundlers see it: its own files, built as they are published, and programs that bundle them.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sources } from "../../../scripts/sources.mjs";

const core = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "graddiff-bundle-"));
const installed = join(folder, "node_modules/@graddiff/core");

beforeAll(() => {
  mkdirSync(join(installed, "dist"), { recursive: true });
  const script = join(core, "../../scripts/bundle.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, join(installed, "dist")], {
    cwd: core,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  cpSync(join(core, "package.json"), join(installed, "package.json"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let programs = 0;

/** Bundles a program that imports the package, and runs it. */
async function bundled(program: string, conditions: string[] = [], minify = true) {
  const entry = join(folder, `program${programs++}.mjs`);
  writeFileSync(entry, program);
  const output = (await build({
    configFile: false,
    logLevel: "silent",
    root: folder,
    // The kernel is built for tests as a source alone.
    resolve: {
      alias: sources.filter(({ find }) => find.test("@graddiff/wasm-kernel")),
      conditions,
    },
    build: {
      write: false,
      minify,
      target: "es2023",
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: "strict",
        output: { format: "es" },
      },
    },
  })) as Rollup.RollupOutput;
  const { code } = output.output[0];
  const file = entry.replace(".mjs", ".bundle.mjs");
  writeFileSync(file, code);
  const url = pathToFileURL(file).href;
  const exported = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  return { code, exported, bytes: gzipSync(code, { level: 9 }).length };
}

const ONE_GRAD = `import { grad } from "@graddiff/core";
export const result = grad((x) => x.mul(x).sin())(2).item();`;

/**
 * What programs may be, in bytes as a server sends them. An elementary function is about 1,400 of them: its
 * constants, once for JavaScript and once for the kernel.
 */
const BUDGETS = [
  {
    name: "one class of errors",
    program: `export { GraddiffError as result } from "@graddiff/core";`,
    most: 2_000,
  },
  {
    name: "one gradient in JavaScript",
    program: ONE_GRAD,
    conditions: ["graddiff-js"],
    most: 34_000,
  },
  { name: "one gradient", program: ONE_GRAD, most: 66_000 },
  {
    name: "compile and layers",
    program: `import { compile, Dense, grad, tensor } from "@graddiff/core";
const dense = new Dense(2, 1, { seed: 1 });
const step = compile(grad((x) => dense.forward(x).sum()));
export const result = step(tensor([[1, 2]])).sum().item();`,
    most: 95_000,
  },
  {
    name: "everything",
    program: `import * as all from "@graddiff/core"; export const result = Object.keys(all).length;`,
    most: 114_000,
  },
];

test.each(BUDGETS)("a bundle of $name keeps its budget, and runs", async (budget) => {
  const { bytes, exported } = await bundled(budget.program, budget.conditions);
  expect(exported["result"]).toBeTruthy();
  expect(bytes).toBeLessThan(budget.most);
  // A budget that nothing comes near tells nothing.
  expect(bytes).toBeGreaterThan(budget.most * 0.5);
});

test("one gradient has no layers, no compiler, no loops and no drawings in it", async () => {
  const { code, exported } = await bundled(ONE_GRAD);
  expect(exported["result"]).toBeCloseTo(4 * Math.cos(4), 14);
  for (const text of [
    "a forward pass before",
    "fixed by the first call",
    "an outer recording",
    "stroke-dasharray",
  ]) {
    expect(code).not.toContain(text);
  }
});

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

test.each([
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
])("%s has its methods in a bundle of its own", async (made) => {
  const name = made.match(/\w+(?=\()/)?.[0];
  const { exported } = await bundled(`import { ${name} } from "@graddiff/core";
const made = ${made};
export const result = (typeof made === "number" ? 1 : made.mul(0).add(1).sum().item());`);
  expect(exported["result"]).toBe(1);
});

test("classes keep their names, which errors and layers show", async () => {
  const program = `export * from "@graddiff/core";`;
  const { exported } = await bundled(program, [], false);
  const classes = Object.entries(exported).filter(
    ([name, value]) => typeof value === "function" && /^[A-Z]/.test(name),
  );
  expect(classes.length).toBeGreaterThan(30);
  for (const [name, value] of classes) expect((value as { name: string }).name).toBe(name);
});

test("no file is imported at load by one that it imports", () => {
  const dist = join(installed, "dist");
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
  expect(files).toEqual(["core.js", "errors.js", "index.js", "internal.js"]);
  for (const file of files) expect([...reached(file)], file).not.toContain(file);
  expect([...reached("errors.js")]).toEqual([]);
  // Nothing in it stands for a place on the machine that built it.
  for (const file of files) expect(readFileSync(join(dist, file), "utf8")).not.toContain(core);
});

test("a bundle has no address of its own to ask for, and errors in it name no place rather than a wrong one", async () => {
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
