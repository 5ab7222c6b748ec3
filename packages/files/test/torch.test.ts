/**
 * Files of torch.save: the choice of tensors, files that are refused, and valid files that PyTorch itself does not
 * write.
 */

import { readFileSync } from "node:fs";
import { unzipSync, type Zippable, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { type ReadTorchOptions, readTorch } from "../src/index.ts";
import { messageOf } from "./support/messageOf.ts";

const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`golden/torch/${name}`, import.meta.url)));
const refusal = (bytes: Uint8Array, options?: ReadTorchOptions) =>
  messageOf(() => readTorch(bytes, options));

/** Returns a file with some of its parts changed; a part that becomes undefined is removed. */
function changed(
  name: string,
  changes: Readonly<Record<string, (content: Uint8Array) => Uint8Array | undefined>>,
): Uint8Array {
  const parts: Zippable = {};
  for (const [file, content] of Object.entries(unzipSync(bytesOf(name)))) {
    const [change] = Object.entries(changes).flatMap(([end, own]) =>
      file.endsWith(end) ? [own] : [],
    );
    const next = change === undefined ? content : change(content);
    if (next !== undefined) parts[file] = [next, { level: 0 }];
  }
  return zipSync(parts);
}

/** Returns a pickle of opcodes, which are texts or bytes. */
const pickled = (...parts: (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)),
  );
const ofPickle = (...parts: (string | readonly number[])[]) =>
  zipSync({ "x/data.pkl": pickled([0x80, 2], ...parts, ".") });

describe("a part of a checkpoint", () => {
  const checkpoint = bytesOf("checkpoint.pt");

  test("is chosen by its key, or by keys", () => {
    const model = readTorch(checkpoint, { path: "model" });
    expect(Object.keys(model)).toContain("0.weight");
    expect(readTorch(checkpoint, { path: ["model", "0.bias"] })["tensor"]).toEqual(model["0.bias"]);
    expect(Object.keys(readTorch(checkpoint, { path: ["optimizer", "state", 0] }))).toEqual([
      "step",
      "exp_avg",
      "exp_avg_sq",
    ]);
  });

  test("that is not there is told with what is", () => {
    expect(refusal(checkpoint, { path: "net" })).toBe(
      'readTorch: path: expected "net", got a dictionary of "model", "optimizer", "epoch".',
    );
    expect(refusal(checkpoint, { path: ["optimizer", "groups"] })).toBe(
      'readTorch: path: expected "groups" in "optimizer", got a dictionary of "state", "param_groups".',
    );
    expect(refusal(checkpoint, { path: ["epoch", 0] })).toContain('expected 0 in "epoch", got 3');
  });

  test("is the whole by default: what is no tensor is skipped and listed", () => {
    const left: (readonly string[])[] = [];
    const onLeft = (names: readonly string[]) => left.push(names);
    const whole = readTorch(checkpoint, { onLeft });
    expect(Object.keys(whole)).toContain("model.0.weight");
    expect(Object.keys(whole)).toContain("optimizer.state.0.exp_avg");
    const mixed = readTorch(bytesOf("mixed.pt"), { onLeft });
    expect(Object.keys(mixed)).toEqual(["weight", "block.bias", "layers.0.weight"]);
    expect(left).toEqual([
      ["optimizer.param_groups", "epoch"],
      [
        ...["version", "name", "losses", "block._extra_state", "block.steps", "none", "size"],
        ...["empty", "dtype", "layers.0.kind", "layers.1"],
      ],
    ]);
    expect(() => readTorch(checkpoint, { onLeft: 1 as never })).toThrow("onLeft: expected");
  });

  test("has to have a tensor", () => {
    expect(refusal(bytesOf("number.pt"))).toBe(
      "readTorch: epoch: expected a tensor, got 3. The option path chooses a part that has tensors alone.",
    );
    expect(refusal(checkpoint, { path: "epoch" })).toBe(
      "readTorch: bytes: expected a tensor, got 3. The option path chooses a part that has tensors alone.",
    );
    expect(refusal(checkpoint, { path: ["optimizer", "param_groups"] })).toContain(
      "0.lr: expected a tensor, got 0.001",
    );
  });

  test("is a key or keys", () => {
    for (const path of [true, [[]], {}]) {
      expect(refusal(checkpoint, { path } as never)).toContain(
        "expected a key, or an array of keys",
      );
    }
  });
});

describe("memory", () => {
  const views = bytesOf("views.pt");

  test("is that of tensors that share it, each its own", () => {
    const { whole, part, transposed } = readTorch(views);
    expect(Array.from(part?.data() ?? [])).toEqual([3, 4, 5, 6]);
    expect(Array.from(transposed?.data() ?? [])).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(whole?.size).toBe(12);
  });

  test("is limited, by four times the file or more unless told", () => {
    expect(refusal(views, { limit: 100 })).toBe(
      "readTorch: part: expected at most 100 bytes of tensors, got 128 and more. Allow more with the option limit.",
    );
    expect(refusal(views, { limit: -1 })).toContain("a number of bytes");
    // The view has 2²⁹ copies of each of two elements.
    const huge = changed("views.pt", {
      "data.pkl": (content) =>
        replaced(content, [0x4b, 2, 0x4b, 3, 0x86], [0x4b, 2, 0x4a, 0, 0, 0, 0x20, 0x86]),
    });
    expect(refusal(huge)).toMatch(
      /repeated: expected at most 1048576 bytes of tensors, got 8589934\d+ and more/,
    );
  });
});

/** Returns content with the first occurrence of some bytes replaced. */
function replaced(content: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const at = Buffer.from(content).indexOf(Buffer.from(from));
  expect(at).toBeGreaterThan(0);
  return new Uint8Array(
    Buffer.concat([content.subarray(0, at), Buffer.from(to), content.subarray(at + from.length)]),
  );
}

describe("what is no such file is told by name:", () => {
  test.each([
    ["texts", Buffer.from("import torch"), "got 12 bytes of another kind"],
    [
      "a pickle",
      pickled([0x80, 2], "}."),
      "got one of PyTorch before 1.6, or a pickle. A newer PyTorch writes it anew, and runs nothing of it: torch.save(torch.load(path, weights_only=True), other)",
    ],
    ["another archive", zipSync({ "x.npy": new Uint8Array(3) }), "readNpz of this package"],
  ])("%s", (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });

  test("a storage that is missing, or too short", () => {
    expect(refusal(changed("one.pt", { "data/0": () => undefined }))).toContain(
      'tensor: expected a storage "0", got none',
    );
    expect(refusal(changed("one.pt", { "data/0": (content) => content.subarray(1) }))).toContain(
      "expected a storage of 8 bytes, got 7",
    );
  });

  test("a tensor beyond its storage", () => {
    const beyond = changed("one.pt", {
      "data.pkl": (content) =>
        replaced(content, [0x4b, 1, 0x4b, 2, 0x86], [0x4b, 2, 0x4b, 2, 0x86]),
    });
    expect(refusal(beyond)).toContain(
      "expected elements up to index 3, got 2 elements for shape [2, 2]",
    );
  });
});

describe("pickles are data:", () => {
  test.each([
    ["nothing on the stack", ["0"], "one that takes more than it has put"],
    ["no mark", ["t"], "one without a mark"],
    ["an opcode of texts", ["I1\n"], "expected the opcodes of a pickle of tensors, got 0x49"],
    ["an unknown memo", ["h", [7]], "one that recalls 7, unknown yet"],
    ["a text that ends early", ["X", [9, 0, 0, 0], "x"], "9 bytes of a pickle"],
    ["a text that is none", ["U", [1, 0xff]], "texts in UTF-8"],
    ["a key without a value", ["}(K", [1], "u"], "values for keys"],
    ["a class without a name", ["NN", [0x93]], "the name of a class"],
    ["a key that is a list", ["}]Ns"], "keys that are texts or integers"],
    [
      "a name that objects have",
      ["}U", [9], "__proto__cposix\nsystem\n)Rs"],
      "got an object of posix.system",
    ],
  ] as const)("%s", (_, parts, message) => {
    expect(refusal(ofPickle(...parts))).toContain(message);
  });

  test("integers of any length, floats, bytes and all else that is passed by", () => {
    const long = [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
    const parts = [
      ["K", [7], "0N0"],
      [[0x88, 0x89], "00J", [255, 255, 255, 255], "0M", [1, 2], "0"],
      [long, "0", [0x8a, 0], "0G", [63, 240, 0, 0, 0, 0, 0, 0], "0"],
      ["C", [1, 0], "0B", [1, 0, 0, 0, 0], "0", [0x8c, 1], "x0", [0x8f], "0"],
      ["(K", [1], [0x91], "0(K", [1], "1"],
    ].flat() as (string | readonly number[])[];
    expect(Object.keys(readTorch(ofPickle(...parts, "}")))).toEqual([]);
    expect(refusal(ofPickle(long))).toContain("got -2361183241434822606848n");
  });
});
