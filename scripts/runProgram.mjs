/**
 * Runs a TypeScript program of the package in the working directory. The program is bundled with the sources of the
 * workspace that it imports:
 *
 *   node ../../scripts/runProgram.mjs test/mutants/main.ts [ARGUMENTS…]
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleProgram } from "./bundleProgram.mjs";

const [program, ...parameters] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "graddiff-program-"));
try {
  const file = await bundleProgram(program, folder);
  const { status } = spawnSync(process.execPath, [file, ...parameters], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
