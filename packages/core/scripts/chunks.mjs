/**
 * The files of the package's builds. One file is read fastest; a few let bundlers leave out what a program
 * does not use, and a class of errors needs nothing else. No file is imported, at load, by one that it
 * imports itself.
 *
 * ```
 * errors ← base ← wasm ← core ← index
 * ```
 *
 * `dist/js` is the same without WebAssembly, for programs that do not want it: bundlers take it with the
 * condition `graddiff-js`. A bundle has one of the two, and so one class Tensor.
 */

import { resolve } from "node:path";

const source = resolve("src");

/** Whether a module is one of these files or in one of these folders. */
const among =
  (...names) =>
  (id) =>
    names.some((name) => id.startsWith(`${source}/${name}`));

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
  { name: "wasm", test: among("run/wasm/") },
  { name: "core", test: (id) => among("")(id) && !among("index.ts")(id) },
];

/** The builds: their folders, and what stands in them in the place of something else. */
export const builds = [
  { folder: ".", alias: [] },
  {
    folder: "js",
    alias: [{ find: /^\.\/wasm\/backend\.ts$/, replacement: `${source}/run/noWasm.ts` }],
  },
];
