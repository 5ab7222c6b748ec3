/** Mistakes in the options of fit: the compiler reports each at its own line, in words about it. */

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasTurn } from "../../../core/test/support/sampling.ts";
import { faultsIn, programOf } from "./fitMistakes.mjs";

test.runIf(hasTurn(3, 1))("each mistake is reported where it is, and by its name", () => {
  const folder = dirname(fileURLToPath(import.meta.url));
  const name = `mistakes-${process.pid}.ts`;
  const file = join(folder, name);
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const config = join(folder, `${name}.json`);
  writeFileSync(file, programOf("../../src/index.ts"));
  writeFileSync(
    config,
    JSON.stringify({ extends: "../../tsconfig.json", include: [], files: [name] }),
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
    rmSync(file);
    rmSync(config);
  }
  expect(faultsIn(output)).toEqual([]);
});
