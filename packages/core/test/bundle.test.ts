/**
 * A program that bundles the engine keeps what importing it installs.
 */

import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { expect, test } from "vitest";

test("classes keep their names in the package's own bundle, which errors and layers show", async () => {
  const output = (await build({
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["graddiff-source"] },
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry: fileURLToPath(new URL("../src/index.ts", import.meta.url)), formats: ["es"] },
    },
  })) as Rollup.RollupOutput[];
  const code = output[0]?.output[0].code ?? "";
  const bundle = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  const exported = (await import(/* @vite-ignore */ bundle)) as Record<string, unknown>;
  const classes = Object.entries(exported).filter(
    ([name, value]) => typeof value === "function" && /^[A-Z]/.test(name),
  );
  expect(classes.length).toBeGreaterThan(30);
  for (const [name, value] of classes) expect((value as { name: string }).name).toBe(name);
});

test("a bundled program has its methods and its runner", async () => {
  const entry = fileURLToPath(new URL("./fixtures/program.ts", import.meta.url));
  const output = (await build({
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["graddiff-source"] },
    build: { write: false, lib: { entry, formats: ["es"] }, minify: true },
  })) as Rollup.RollupOutput[];
  const code = output[0]?.output[0].code ?? "";
  const bundle = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  const { slope } = (await import(/* @vite-ignore */ bundle)) as { slope: number };
  expect(slope).toBeCloseTo(4 * Math.cos(4), 14);
  // With the kernel, which is part of it.
  expect(code.length).toBeLessThan(250_000);
});
