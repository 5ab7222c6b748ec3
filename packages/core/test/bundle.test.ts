/**
 * A program that bundles the engine keeps what importing it installs.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { expect, test } from "vitest";
import { sources } from "../../../scripts/sources.mjs";

/** Bundles a module of this package with all that it needs, and runs it. */
async function bundled(entry: string, minify: boolean) {
  const output = (await build({
    configFile: false,
    logLevel: "silent",
    resolve: { alias: sources },
    build: {
      write: false,
      minify,
      target: "es2023",
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ["es"] },
    },
  })) as Rollup.RollupOutput[];
  const code = output[0]?.output[0].code ?? "";
  const folder = mkdtempSync(join(tmpdir(), "graddiff-bundle-"));
  try {
    const file = join(folder, "bundle.mjs");
    writeFileSync(file, code);
    const url = pathToFileURL(file).href;
    const exported = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
    return { code, exported };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("classes keep their names in the package's own bundle, which errors and layers show", async () => {
  const { exported } = await bundled("../src/index.ts", false);
  const classes = Object.entries(exported).filter(
    ([name, value]) => typeof value === "function" && /^[A-Z]/.test(name),
  );
  expect(classes.length).toBeGreaterThan(30);
  for (const [name, value] of classes) expect((value as { name: string }).name).toBe(name);
});

test("a bundled program has its methods and its runner", async () => {
  const { code, exported } = await bundled("./fixtures/program.ts", true);
  const { slope } = exported as { slope: number };
  expect(slope).toBeCloseTo(4 * Math.cos(4), 14);
  // It has no layers: nothing that it does not use keeps their classes.
  expect(code).not.toContain("a forward pass before");
  // In bytes as a server sends them, with the kernel, which is part of it.
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(85_000);
});

test("a bundle has no address of its own to ask for, and errors in it name no place rather than a wrong one", async () => {
  const { code, exported } = await bundled("./fixtures/mistake.ts", false);
  expect(code).not.toContain("import.meta");
  const { mistake } = exported as { mistake: () => string };
  expect(mistake()).toMatch(/^ShapeError: add: .* got \[2\] and \[3\]\.$/);
});
