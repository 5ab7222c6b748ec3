/**
 * What train.py says at its door, before it needs any package of Python. What comes behind it, the distributed
 * example tries (`npm start -w @graddiff/example-distributed`).
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Tensor, zeros } from "@graddiff/core";
import { Dense, SGD } from "@graddiff/core/nn";
import { afterAll, describe, expect, test } from "vitest";
import { sampled } from "../../core/test/support/sampling.ts";
import { exportTrainingStep } from "../src/index.ts";

const LAUNCHER = fileURLToPath(new URL("../launcher/train.py", import.meta.url));
const hasPython = spawnSync("python3", ["-c", "import fcntl"]).status === 0;
const root = mkdtempSync(join(tmpdir(), "graddiff-door-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const model = new Dense(2, 1, { seed: 1 });
const files = exportTrainingStep((x: Tensor) => model.forward(x).square().mean(), {
  parameters: model,
  optimizer: new SGD(model.variables, { learningRate: 0.1 }),
  batch: [zeros([1, 2])],
});
for (const name of ["step", "old", "shards"]) mkdirSync(join(root, name));
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, "step", name), bytes);
const old = { format: "graddiff training step", version: 1 };
writeFileSync(join(root, "old", "training.json"), JSON.stringify(old));
writeFileSync(join(root, "file"), "");

/** Starts train.py. */
function start(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const command = ["-B", LAUNCHER, ...parameters];
  const env = { PATH: process.env["PATH"], ...environment };
  const { status, stderr } = spawnSync("python3", command, { cwd: root, env, encoding: "utf8" });
  return { status, said: stderr.trim().split("\n").at(-1) };
}

const folders = ["step", "shards", "out"];
const WORKER = { RANK: "0", LOCAL_RANK: "0", WORLD_SIZE: "1", MASTER_ADDR: "x", MASTER_PORT: "1" };

// Without Python these are skipped, and the report says so.
describe.skipIf(!hasPython)("train.py (needs python3)", () => {
  const numbers: readonly [readonly string[], string][] = [
    [["--keep", "-1"], "argument --keep: expected a whole number from 1, got '-1'"],
    [["--keep", "0"], "argument --keep: expected a whole number from 1, got '0'"],
    [["--batch", "-5"], "argument --batch: expected a whole number from 1, got '-5'"],
    [["--batch", "1.5"], "argument --batch: expected a whole number from 1, got '1.5'"],
    [["--save-every", "0"], "argument --save-every: expected a whole number from 1, got '0'"],
    [["--processes", "0"], "argument --processes: expected a whole number from 1, got '0'"],
    [["--nodes", "none"], "argument --nodes: expected a whole number from 1, got 'none'"],
    [["--threads", "0"], "argument --threads: expected a whole number from 1, got '0'"],
    [["--steps", "0"], "argument --steps: expected a whole number from 1, got '0'"],
    [["--max-restarts", "-1"], "argument --max-restarts: expected a whole number from 0, got '-1'"],
    [["--step", "5"], "unrecognized arguments: --step 5"],
  ];
  test.each(sampled(numbers, 3))("refuses %j", (parameters, message) => {
    const { status, said } = start([...folders, ...parameters]);
    expect([status, said]).toEqual([2, `train.py: error: ${message}`]);
  });

  test.each<[readonly string[], RegExp]>([
    [["nowhere", "shards", "out"], /argument step: expected a folder, got 'nowhere', which is not/],
    [["file", "shards", "out"], /argument step: expected a folder, got 'file', which is a file/],
    [["shards", "shards", "out"], /argument step: shards\/training\.json: .*No such file/],
    [["old", "shards", "out"], /old\/training\.json: expected a training step of version 2, got 1/],
    [["step", "nowhere", "out"], /argument shards: expected a folder/],
    [["step", "shards", "file"], /argument out: expected a folder, got 'file', which is a file/],
  ])("refuses the folders %j", (parameters, message) => {
    const { status, said } = start(parameters);
    expect(status).toBe(2);
    expect(said).toMatch(message);
  });

  test("refuses half of what torchrun tells its processes, and options that are torchrun's", () => {
    const half = start(folders, { RANK: "0", WORLD_SIZE: "2" });
    expect(half).toEqual({
      status: 2,
      said: "train.py: error: RANK and WORLD_SIZE in the environment, but not LOCAL_RANK, MASTER_ADDR, MASTER_PORT: start this with torchrun, which sets them all, or unset them",
    });
    const whose = start([...folders, "--processes", "2"], WORKER);
    expect(whose.said).toBe(
      "train.py: error: --processes starts torchrun, which has started this process: give torchrun its own option",
    );
  });
});
