/** Mistakes in the options of fit: the compiler reports each at its own line, in words that concern it. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { WHOLE } from "../../../core/test/support/sampling.ts";
import { faultsIn, programOf } from "./fitMistakes.mjs";

test.runIf(WHOLE)("each mistake is reported where it is, and by its name", () => {
  // No other check reads this folder, so an interrupted run does not break one.
  const cache = fileURLToPath(new URL("../../../../node_modules/.cache", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mistakes-"));
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const config = join(folder, "tsconfig.json");
  const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
  writeFileSync(
    join(folder, "mistakes.ts"),
    programOf(relative(folder, join(packageRoot, "src/index.ts"))),
  );
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(packageRoot, "tsconfig.json"),
      include: [],
      files: ["mistakes.ts"],
    }),
  );
  let output = "";
  try {
    output = execFileSync(
      process.execPath,
      [compiler, "-p", config, "--noEmit", "--pretty", "false"],
      { encoding: "utf8" },
    );
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(faultsIn(output)).toEqual([]);
});
