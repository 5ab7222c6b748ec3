import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allClose } from "@graddiff/core";
import { readNpz } from "@graddiff/files";
import { expect, test } from "vitest";
import { joinRows, readDigits, shardsOf, writeShards } from "../src/data.ts";
import { install } from "../src/install.ts";
import { commandOfMachines } from "../src/launch.ts";
import { makeTraining, trainHere, writeStep } from "../src/step.ts";

const digits = readDigits("float64");

test("shards have all rows, and unequal lengths", () => {
  const shards = shardsOf(digits, 4, 37);
  expect(shards.map(({ labels }) => labels.size)).toEqual([505, 468, 431, 393]);
  const joined = joinRows(shards);
  expect(allClose(joined.images, digits.images)).toBe(true);
  expect(String(joined.labels)).toBe(String(digits.labels));
});

test("the files of shards and of a step are what train.py reads", () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-distributed-test-"));
  try {
    const shards = shardsOf(digits, 2, 37);
    writeShards(folder, shards);
    const { images, labels } = readNpz(readFileSync(join(folder, "shard-001.npz")));
    expect([images?.dtype, images?.shape, labels?.dtype]).toEqual(["float64", [880, 64], "int32"]);
    writeStep(join(folder, "step"), makeTraining("float64", 8), "float64");
    expect(readdirSync(join(folder, "step")).sort()).toEqual([
      "gradient.onnx",
      "state.safetensors",
      "training.json",
      "update.onnx",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the README has the command for two machines that is tried", () => {
  expect(commandOfMachines().processes).toBeGreaterThan(0);
});

test("a failed install ends there, and is told", () => {
  const ran: string[] = [];
  const fails =
    (which: string) =>
    (command: string, [first = ""]: readonly string[]) => {
      ran.push(`${command} ${first}`);
      return first === which ? "it ended with 100" : undefined;
    };
  expect(install(["torch"], fails("update"))).toBe("apt-get update has failed: it ended with 100");
  expect(ran).toEqual(["apt-get update"]);
  expect(install(["torch"], fails("install"))).toBe(
    "apt-get install has failed: it ended with 100",
  );
  expect(install(["torch"], fails("none"))).toBeUndefined();
});

test("the joint batch of unequal shards trains", () => {
  // The second shard has no rows for the last step of an epoch.
  const shards = shardsOf(digits, 2, 37);
  const losses = trainHere(makeTraining("float64", 32), shards, { steps: 60, batch: 32 });
  expect(losses.length).toBe(60);
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses.at(-1)).toBeLessThan(1);
});
