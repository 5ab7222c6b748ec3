/**
 * Runs a TypeScript program of this package against the sources of the workspace, which it bundles first:
 *
 *   node scripts/run.mjs test/mutants/main.ts [ARGUMENTS…]
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleProgram } from "./program.mjs";

const [program, ...parameters] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "graddiff-files-"));
try {
  const file = await bundleProgram(program, folder);
  const { status } = spawnSync(process.execPath, [file, ...parameters], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
