/** In a page, files are Blobs, or files in the browser's own file system (OPFS). */

import { loadState, state, tensor } from "@graddiff/core";
import { Adam, Dense } from "@graddiff/nn";
import { expect, test } from "vitest";
import { readNpz, readSafetensors, writeNpz, writeSafetensors } from "../../src/index.ts";

function trained() {
  const model = new Dense(3, 2, { seed: 1 });
  const optimizer = new Adam(model.variables, { learningRate: 0.1 });
  optimizer.step([
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    tensor([1, 2]),
  ]);
  return { model, optimizer };
}

test("a Blob gives back the bytes, to safetensors and to NPZ", async () => {
  const saved = trained();
  const blob = new Blob([writeSafetensors(state(saved))]);
  const other = trained();
  loadState(other, readSafetensors(await blob.arrayBuffer()).tensors);
  expect(other.model.weight.value.data()).toEqual(saved.model.weight.value.data());
  const archive = new Blob([writeNpz(state(saved), { compress: true })]);
  expect(readNpz(await archive.arrayBuffer())["optimizer.count"]?.item()).toBe(1);
});

test("so does the browser's own file system", async () => {
  const saved = trained();
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle("model.safetensors", { create: true });
  const writable = await handle.createWritable();
  await writable.write(writeSafetensors(state(saved)));
  // Closing replaces the file; if the page ends before, the old file stays.
  await writable.close();

  const file = await (await folder.getFileHandle("model.safetensors")).getFile();
  const { tensors } = readSafetensors(await file.arrayBuffer());
  const names = ["model.weight", "optimizer.means.0", "optimizer.count"];
  for (const name of names) expect(tensors[name]).toBeDefined();
  const other = trained();
  loadState(other, tensors);
  const values = (of: object) => JSON.stringify(state(of));
  expect(values(other)).toBe(values(saved));
  await folder.removeEntry("model.safetensors");
});
