/**
 * Programs that bundle packages of this repository as users' bundlers do. The packages are built as they are published.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sources } from "../../../../scripts/sources.mjs";
import type * as graddiff from "../../src/index.ts";
import { sampled, WHOLE } from "./sampling.ts";

const packages = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "graddiff-bundle-"));

/** Returns the folder in which a package is installed for the programs. */
export const installed = (name: string): string => join(folder, "node_modules/@graddiff", name);

/** Builds packages, by their names, before the tests of a file. */
export function installBefore(...names: readonly string[]): void {
  beforeAll(() => {
    for (const name of names) {
      mkdirSync(join(installed(name), "dist"), { recursive: true });
      const script = join(packages, "../scripts/bundle.mjs");
      const { status, stderr } = spawnSync(
        process.execPath,
        [script, join(installed(name), "dist")],
        { cwd: join(packages, name), encoding: "utf8" },
      );
      if (status !== 0) throw new Error(stderr);
      cpSync(join(packages, name, "package.json"), join(installed(name), "package.json"));
    }
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

let programs = 0;

/** Returns a function with its results cached: several tests read bundles of one program. */
function kept<Given extends readonly unknown[], Result>(fn: (...given: Given) => Result) {
  const results = new Map<string, Result>();
  return (...given: Given): Result => {
    const key = JSON.stringify(given);
    const result = results.get(key) ?? fn(...given);
    results.set(key, result);
    return result;
  };
}

/** Bundles a program that imports the package with Vite, and runs it. */
export const bundled = kept(
  async (program: string, conditions: string[] = [], minify: boolean = true) => {
    const entry = join(folder, `program${programs++}.mjs`);
    writeFileSync(entry, program);
    const output = (await build({
      configFile: false,
      logLevel: "silent",
      root: folder,
      // Tests build the kernel's sources only, so its packages are aliases of them.
      resolve: {
        alias: sources.filter(({ replacement }) => replacement.includes("/wasm-kernel/")),
        conditions,
      },
      build: {
        write: false,
        minify,
        target: "es2023",
        rolldownOptions: {
          input: entry,
          external: [/^node:/],
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
    return { code, file, exported, bytes: gzipSync(code, { level: 9 }).length };
  },
);

/** Bundles with esbuild, which removes less unused code. */
const bundledByEsbuild = kept(async (program: string, conditions: string[] = []) => {
  const entry = join(folder, `program${programs++}.mjs`);
  writeFileSync(entry, program);
  const { outputFiles } = await esbuild({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    write: false,
    conditions,
    alias: {
      "@graddiff/wasm-kernel": join(packages, "wasm-kernel/src/index.ts"),
      "@graddiff/wasm-kernel/fft": join(packages, "wasm-kernel/src/fft.ts"),
      "@graddiff/wasm-kernel/linalg": join(packages, "wasm-kernel/src/linalg.ts"),
    },
  });
  const code = outputFiles[0]?.text ?? "";
  const file = entry.replace(".mjs", ".esbuild.mjs");
  writeFileSync(file, code);
  const exported = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<
    string,
    unknown
  >;
  return { code, exported, bytes: gzipSync(code, { level: 9 }).length };
});

const BUNDLERS = { Vite: bundled, esbuild: bundledByEsbuild };

/** The bundlers that are tried: Vite takes three times as long as esbuild, so only `npm run test:slow` tries it. */
export const TRIED = Object.entries(BUNDLERS).filter(([name]) => WHOLE || name === "esbuild");

/** A program, and the most bytes that its gzipped bundle may have. */
export interface Budget {
  readonly name: string;
  readonly program: string;
  readonly conditions?: string[];
  readonly most: { readonly Vite: number; readonly esbuild: number };
}

/**
 * The size of a program that a document states: the document, the pattern that finds the size, and the program's name.
 */
export type Statement = readonly [URL, RegExp, string];

/**
 * Tests that bundles of programs are in their budgets, and that documents state their sizes. `npm run test:slow` tries
 * all programs with both bundlers, `npm test` a third of them with esbuild.
 */
export function testBudgets(budgets: readonly Budget[], statements: readonly Statement[]): void {
  const budgetsOf = { Vite: WHOLE ? budgets : [], esbuild: sampled(budgets, 3) };
  const cases = (["Vite", "esbuild"] as const).flatMap((bundler) =>
    budgetsOf[bundler].map((budget) => ({
      ...budget,
      bundler,
      bundle: BUNDLERS[bundler],
      most: budget.most[bundler],
    })),
  );
  /** The sizes of Vite's bundles, by the name of the program. */
  const sizes = new Map<string, number>();

  test.each(cases)(
    "$bundler makes a bundle of $name in its budget, and it runs",
    async (budget) => {
      const { bytes, exported } = await budget.bundle(budget.program, budget.conditions);
      if (budget.bundler === "Vite") sizes.set(budget.name, bytes);
      expect(exported["result"]).toBeTruthy();
      expect(bytes).toBeLessThan(budget.most);
      // A budget that no bundle comes near would detect nothing.
      expect(bytes).toBeGreaterThan(budget.most * 0.5);
    },
  );

  test.runIf(WHOLE)("the sizes that documents state are those of Vite's bundles", async () => {
    for (const { name, program, conditions } of budgetsOf.Vite) {
      if (!sizes.has(name)) sizes.set(name, (await bundled(program, conditions)).bytes);
    }
    for (const [file, pattern, name] of statements) {
      const kilobytes = (sizes.get(name) ?? Number.NaN) / 1000;
      // Sizes may differ a little, since versions of zlib do.
      const stated = Number(pattern.exec(readFileSync(file, "utf8"))?.[1]);
      expect(Math.abs(stated - kilobytes), `${name}: ${stated} kB`).toBeLessThan(0.7);
    }
  });
}

/**
 * Returns the exported names of a module's classes and ops, each with its name at run time, according to a copy of
 * core.
 */
export function namesOf(module: object, { layer }: Pick<typeof graddiff, "layer">): string[] {
  return Object.entries(module)
    .flatMap(([key, value]) => {
      if (typeof value !== "function") return [];
      if (/^[A-Z]/.test(key)) return [`${key} ${value.name}`];
      return "op" in value ? [`${key} ${layer(value as () => graddiff.Tensor)}`] : [];
    })
    .sort();
}
