import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { GraddiffError, tensor } from "@graddiff/core";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { numbersTo, sampled } from "../../core/test/support/sampling.ts";
import { readSafetensors } from "../src/index.ts";
import { newestCheckpoint, saveCheckpoint } from "../src/node.ts";

// Casts a value to any type, since callers in JavaScript have no types.
const wrong = (value: unknown) => value as never;
const root = mkdtempSync(join(tmpdir(), "graddiff-checkpoints-"));
let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(root, "test-")), "not", "there", "yet");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tree = (value: number) => ({ model: { w: tensor([value, -value]) } });
const save = (step: number, keep?: number) =>
  saveCheckpoint(folder, tree(step), { step, ...(keep !== undefined && { keep }) });
const nameOf = (step: number) => `checkpoint-${String(step).padStart(12, "0")}.safetensors`;
const namesOf = (...steps: number[]) => steps.map(nameOf);

describe("saveCheckpoint", () => {
  test("writes an ordinary file of safetensors, whose path it returns", async () => {
    const path = await save(7);
    expect(path).toBe(join(folder, nameOf(7)));
    const { tensors, metadata } = readSafetensors(readFileSync(path));
    expect(tensors["model.w"]?.toArray()).toEqual([7, -7]);
    expect(metadata["step"]).toBe("7");
    expect(metadata["sha256"]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("keeps the last three, or as many as it is told", async () => {
    for (const step of [1, 2, 10, 9, 11]) await save(step);
    expect(readdirSync(folder)).toEqual(namesOf(9, 10, 11));
    await save(12, 1);
    expect(readdirSync(folder)).toEqual(namesOf(12));
  });

  test("leaves higher steps alone, and what is not its own", async () => {
    await save(100, 1);
    writeFileSync(join(folder, "notes.txt"), "");
    await save(50, 1);
    await save(60, 1);
    expect(readdirSync(folder)).toEqual([...namesOf(60, 100), "notes.txt"]);
  });

  test("writes the same step anew, and several at a time", async () => {
    await save(1);
    await saveCheckpoint(folder, tree(5), { step: 1 });
    expect((await newestCheckpoint(folder)).checkpoint?.tensors["model.w"]?.toArray()).toEqual([
      5, -5,
    ]);
    await Promise.all([save(2), save(3), save(4)]);
    expect((await newestCheckpoint(folder)).checkpoint?.step).toBe(4);
    expect(readdirSync(folder).filter((name) => name.includes("temporary"))).toEqual([]);
  });

  test("removes what a process has left that was ended", async () => {
    await save(1);
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const names = [`${hostname()}.${ended}`, `${hostname()}.${process.pid}`, `else.where.${ended}`];
    const left = names.map((name) => `${nameOf(2)}.${name}.7.temporary`);
    for (const name of left) writeFileSync(join(folder, name), "half a file");
    expect((await newestCheckpoint(folder)).checkpoint?.step).toBe(1);
    await save(3);
    // The temporary files of a running process and of another machine stay.
    expect(readdirSync(folder).sort()).toEqual([...namesOf(1, 3), ...left.slice(1)].sort());
  });

  test.each<[unknown, unknown, unknown, string]>([
    ["", {}, { step: 1 }, 'folder: expected a path, got ""'],
    ["x", { a: 1 }, { step: 1 }, "a: expected a Tensor, got 1"],
    ["x", {}, undefined, "step: expected a non-negative integer, got undefined"],
    ["x", {}, { step: -1 }, "step: expected a non-negative integer, got -1"],
    ["x", {}, { step: 1, keep: 0 }, "keep: expected a number from 1, got 0"],
    ["x", {}, { step: 1, kept: 3 }, 'options: expected no others than step, keep, got "kept"'],
  ])("refuses %o, %o, %o", async (place, what, options, message) => {
    const saved = saveCheckpoint(wrong(place), wrong(what), wrong(options));
    await expect(saved).rejects.toThrow(GraddiffError);
    await expect(saved).rejects.toThrow(message);
  });

  test("passes errors of the file system on, and leaves nothing behind", async () => {
    await save(1);
    const inside = join(folder, nameOf(1), "inside");
    await expect(saveCheckpoint(inside, tree(1), { step: 1 })).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(folder)).toEqual(namesOf(1));
  });
});

describe("newestCheckpoint", () => {
  test("finds none where there is none", async () => {
    expect(await newestCheckpoint(folder)).toEqual({ checkpoint: undefined, damaged: [] });
  });

  test("passes over damaged ones, and names them", async () => {
    for (const step of [1, 2, 3]) await save(step);
    await saveCheckpoint(folder, tree(4), { step: 4, keep: 9 });
    await saveCheckpoint(folder, tree(5), { step: 5, keep: 9 });
    const path = (step: number) => join(folder, nameOf(step));
    // The newer checkpoints are damaged: a bit is flipped, a file is cut, and one is a copy of another. Checkpoint 2 is
    // intact.
    const bytes = readFileSync(path(5));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(path(5), bytes);
    truncateSync(path(4), 100);
    writeFileSync(path(3), readFileSync(path(2)));
    const { checkpoint, damaged } = await newestCheckpoint(folder);
    expect(checkpoint?.step).toBe(2);
    expect(checkpoint?.path).toBe(path(2));
    expect(checkpoint?.tensors["model.w"]?.toArray()).toEqual([2, -2]);
    expect(damaged.map((each) => each.path)).toEqual([path(5), path(4), path(3)]);
    expect(damaged[0]?.reason).toMatch(/^newestCheckpoint: sha256: expected [0-9a-f]{64}, got/);
    expect(damaged[1]?.reason).toMatch(/^readSafetensors: bytes: expected a header of/);
    expect(damaged[2]?.reason).toBe(
      'newestCheckpoint: step: expected 3, as the name says, got "2".',
    );
  });

  test("sees every changed bit", async () => {
    const path = await save(1);
    const bytes = readFileSync(path);
    for (const bit of sampled(numbersTo(bytes.length * 8), 5)) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, changed);
      const { checkpoint, damaged } = await newestCheckpoint(folder);
      expect([bit, checkpoint, damaged.length]).toEqual([bit, undefined, 1]);
    }
  });
});
