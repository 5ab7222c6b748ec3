/** Safetensors in several files with an index, and files of other formats. */

import { readFileSync } from "node:fs";
import { tensor } from "@graddiff/core";
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { readSafetensors, readShards, writeNpy, writeNpz, writeSafetensors } from "../src/index.ts";
import { messageOf } from "./support/messageOf.ts";

const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";
const files: Readonly<Record<string, Uint8Array>> = {
  [first]: writeSafetensors({ a: tensor([1, 2]), b: tensor([[3], [4]]) }),
  [second]: writeSafetensors({ c: tensor([true]) }),
};
const bytesOf = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const MAP = { a: first, b: first, c: second };
const indexOf = (map: unknown, metadata: unknown = { total_size: 17 }) =>
  bytesOf({ metadata, weight_map: map });

function opening() {
  const asked: string[] = [];
  const open = (name: string) => {
    asked.push(name);
    return files[name] ?? new Uint8Array();
  };
  return { asked, open };
}

test("the tensors of all files are read, each file once, at once or later", async () => {
  for (const isLater of [false, true]) {
    const { asked, open } = opening();
    const own = isLater ? async (name: string) => open(name) : open;
    const { tensors, metadata } = await readShards(indexOf(MAP, { total_size: 17, by: "x" }), own);
    expect(Object.keys(tensors)).toEqual(["a", "b", "c"]);
    expect(tensors["b"]?.shape).toEqual([2, 1]);
    expect(metadata).toEqual({ total_size: "17", by: "x" });
    expect(asked).toEqual([first, second]);
  }
  const padded = bytesOf(`\n ${JSON.stringify({ weight_map: MAP }, undefined, 2)}\n`);
  expect(Object.keys((await readShards(padded, opening().open)).tensors)).toHaveLength(3);
});

test("names that leave the folder are refused, and nothing is asked for", async () => {
  for (const name of [
    "../a",
    "/a",
    "C:\\a",
    "\\\\host\\a",
    "file:///a",
    "a/..%2f../b",
    "%252e%252e/a",
    "a\0",
    "",
  ]) {
    const { asked, open } = opening();
    await expect(readShards(indexOf({ a: first, b: name }), open)).rejects.toThrow(
      /^readShards: index: b: expected a file in the folder of the index, got "/,
    );
    expect(asked).toEqual([]);
  }
});

test("an index that is none, or that its files are at odds with, is refused", async () => {
  const refused = async (index: Uint8Array, open: unknown = opening().open) => {
    try {
      await readShards(index, open as () => Uint8Array);
    } catch (error) {
      return String(error);
    }
    return "";
  };
  expect(await refused(files[first] ?? new Uint8Array())).toContain("expected the index of safe");
  expect(await refused(new Uint8Array())).toContain("expected the index of safetensors, as JSON");
  expect(await refused(bytesOf("{"))).toContain("readShards: index: expected JSON");
  expect(await refused(bytesOf({ weight_map: 1 }))).toContain("weight_map, the file of each");
  expect(await refused(indexOf(MAP, []))).toContain("metadata, an object");
  expect(await refused(indexOf({ a: 1 }))).toContain(
    "index: a: expected the name of a file, got 1",
  );
  expect(await refused(bytesOf(`{"weight_map":{"a":"x","a":"y"}}`))).toContain('"a" twice');
  expect(await refused(bytesOf("[".repeat(1e6)))).toContain("as JSON");
  expect(await refused(bytesOf(`{"a":${"[".repeat(1e6)}`))).toContain("nested at most 3 deep");
  expect(await refused(indexOf({ a: second }))).toContain(
    `${second}: expected the tensors of the index, 1 of them, got none of "a"`,
  );
  expect(await refused(indexOf({ a: first }))).toContain('got "b", too');
  expect(await refused(indexOf({ a: "other" }))).toContain("readShards: other: expected 8 bytes");
  expect(await refused(indexOf(MAP), 1)).toContain("readShards: open: expected a function");
});

test("a file of another kind is told by name", () => {
  const torch = readFileSync(new URL("golden/torch/one.pt", import.meta.url));
  const old = readFileSync(new URL("golden/torch/old.pt", import.meta.url));
  const page = "<!DOCTYPE html><html><body>404</body></html>";
  for (const [bytes, got] of [
    [indexOf(MAP), "the index of one in several files. readShards(index, open) reads them."],
    [bytesOf({ weight_map: MAP }), "the index of one in several files"],
    [bytesOf({ hidden_size: 768 }), "JSON. A file of safetensors begins with 8 bytes of a length."],
    [torch, "a ZIP archive, as .pt, .pth and .npz are. readTorch reads those of PyTorch"],
    [old, "a pickle, as older files of PyTorch are. A newer PyTorch writes tensors: safe"],
    [writeNpz({ a: tensor([1]) }), "a ZIP archive"],
    [zipSync({ x: new Uint8Array(9) }), "a ZIP archive"],
    [writeNpy(tensor([1])), "an array of NumPy. readNpy reads it."],
    [bytesOf("version https://git-lfs.github.com/spec/v1\n"), "a Git LFS pointer"],
    [bytesOf(page), "HTML. A page came in the place of the file"],
  ] as const) {
    expect(messageOf(() => readSafetensors(bytes))).toContain(
      `readSafetensors: bytes: expected a file of safetensors, got ${got}`,
    );
  }
});

test("a length that looks like a text is one where the file has it", () => {
  // As bytes of a text, 123 is { and 8827 is {".
  for (const length of [123, 8827]) {
    const bytes = new Uint8Array(8 + length).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(bytesOf("{}"), 8);
    expect(readSafetensors(bytes).tensors).toEqual({});
  }
});
