/** Functions for all checks: they prepare a folder with files, and print the outcome. */

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Float, type Rows, readDigits, shardsOf, writeShards } from "./data.ts";
import type { Launch } from "./launch.ts";
import { makeTraining, writeStep } from "./step.ts";

export const UNITS = 64;

export const root = mkdtempSync(join(tmpdir(), "graddiff-distributed-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
export const program = join(root, "train.py");
const launcher = "../../../packages/onnx/launcher/train.py";
copyFileSync(join(dirname(fileURLToPath(import.meta.url)), launcher), program);

/** The number of checks that have failed. */
export let failures = 0;

/** Prints the outcome of a check; after a failure also its output. */
export function tell(holds: boolean, text: string, said = ""): void {
  if (!holds) failures++;
  console.log(`${holds ? "✓" : "✗"} ${text}`);
  if (!holds && said !== "") console.log(said);
}

/** Returns a new folder for a run, with the step and the shards. */
export function prepare(
  name: string,
  dtype: Float,
  processes: number,
): Omit<Launch, "steps" | "batch"> & { readonly shardRows: readonly Rows[] } {
  const folder = join(root, name);
  const shardRows = shardsOf(readDigits(dtype), processes, Math.floor(148 / processes));
  writeShards(join(folder, "shards"), shardRows);
  writeStep(join(folder, "step"), makeTraining(dtype, UNITS), dtype);
  return {
    program,
    step: join(folder, "step"),
    shards: join(folder, "shards"),
    out: join(folder, "out"),
    processes,
    shardRows,
  };
}
