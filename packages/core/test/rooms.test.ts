/**
 * The folders of core are layers (rooms). Imports, also of types, lead from a layer to lower layers only, and no file
 * imports itself through others.
 */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  circles,
  drawing,
  drawn,
  FILES,
  IMPORTS,
  ROOMS,
  roomOf,
  upward,
} from "../scripts/rooms.mjs";

test("every file stands in a room", () => {
  const rooms = new Set(FILES.map(roomOf));
  expect(ROOMS.filter((room) => !rooms.has(room))).toEqual([]);
  expect([...rooms].filter((room) => !ROOMS.includes(room as string))).toEqual([]);
  expect([...IMPORTS.values()].flat().length).toBeGreaterThan(1500);
});

test("no import leads to a room above", () => {
  expect(upward()).toEqual([]);
});

/**
 * The exception: an op may have bodies, which are traces of ops, and the types of its kernel refer to operations of a
 * trace.
 */
const MUTUAL = ["graph/joint.ts", "graph/kernel.ts", "graph/op.ts", "graph/trace.ts"];

test("no file imports what imports it, but for the types of an op and of a trace", () => {
  expect(circles()).toEqual([MUTUAL]);
});

/** Returns the files of `src/` that import a path with a pattern. */
const importersOf = (pattern: RegExp) =>
  FILES.filter((file) => IMPORTS.get(file)?.some((path) => pattern.test(path)));

test("the kernel is known to run/wasm, and by the names of its functions and groups", () => {
  const elsewhere = importersOf(/^@graddiff\/wasm-kernel/).filter(
    (file) => !file.startsWith("run/wasm/"),
  );
  expect(elsewhere).toEqual([
    "families/exports.ts",
    "families/kernelGroups.ts",
    "fft/fftKernels.ts",
    "linalg/kernelGroup.ts",
    "run/useKernel.ts",
  ]);
});

test("the machine of this process is known to what hands it on", () => {
  const outside = importersOf(/^run\/(wasm|eager|threads)\//).filter(
    (file) => !/^run\/(wasm|eager|threads)\//.test(file),
  );
  expect(outside).toEqual(["run/withWasm.ts", "threads.ts", "worker.ts"]);
});

/** Returns the names that a file re-exports. */
const namesIn = (path: string) =>
  [...readFileSync(new URL(path, import.meta.url), "utf8").matchAll(/^export[^{]*{([^}]*)}/gm)]
    .flatMap(([, list = ""]) => list.split(","))
    .map((name) => name.replace("type ", "").trim())
    .filter((name) => name !== "");

test("the entry for authors has at most 40 names", () => {
  const names = namesIn("../src/extend.ts");
  expect(names).toContain("optionsReader");
  expect(names.length).toBeLessThanOrEqual(40);
});

test("the main file of each folder says what comes in, what goes out and which invariant holds", () => {
  const source = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const rows = source("../ARCHITECTURE.md").matchAll(/^\| `([\w/]+)` \| `(\w+\.ts)`/gm);
  const main = new Map([...rows].map(([, folder = "", file = ""]) => [folder, file]));
  // Generated folders are left out, and so are subfolders, which belong to their folder.
  const folders = ROOMS.filter((room) => !/\.|^generated|^algorithms\//.test(room));
  expect([...main.keys()].sort()).toEqual([...folders].sort());
  for (const [folder, file] of main) {
    const [comment = ""] = /\/\*\*[\s\S]*?\*\//.exec(source(`../src/${folder}/${file}`)) ?? [];
    for (const word of ["In:", "Out:", "Invariant"]) expect(comment, folder).toContain(word);
  }
});

test("ARCHITECTURE.md of core has the folders and their imports as they are", () => {
  expect(drawn()).toBe(drawing());
});
