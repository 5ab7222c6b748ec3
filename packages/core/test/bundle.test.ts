/**
 * A program that bundles the engine keeps what importing it installs.
 */

import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { expect, test } from "vitest";

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
