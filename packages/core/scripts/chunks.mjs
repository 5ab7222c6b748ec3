/**
 * The files of the package's bundle. One file is read fastest; a few let bundlers leave out what a program
 * does not use, and a class of errors needs nothing else. No file is imported, at load, by one that it
 * imports itself.
 *
 * ```
 * errors ← base ← wasm (or noWasm) ← core ← index
 * ```
 */

import { resolve } from "node:path";

const source = resolve("src");

/** Whether a module is one of these files or in one of these folders. */
const among =
  (...names) =>
  (id) =>
    names.some((name) => id.startsWith(`${source}/${name}`));

export const entries = {
  index: "src/index.ts",
  wasm: "src/run/wasm/backend.ts",
  noWasm: "src/run/noWasm.ts",
};

/** What makes tensors for users stands beside the methods of Tensor: whoever imports it gets these, too. */
const makers = among(
  "tensor/create.ts",
  "tensor/face.ts",
  "graph/variable.ts",
  "graph/tree.ts",
  "graph/body.ts",
);

const base = among("arguments.ts", "tensor/", "elementary/", "graph/", "families/");

export const groups = [
  { name: "errors", test: among("errors.ts", "callSite.ts") },
  { name: "base", test: (id) => base(id) && !makers(id) },
  {
    name: "core",
    test: (id) => among("")(id) && !among("run/wasm/", "run/noWasm.ts", "index.ts")(id),
  },
];
