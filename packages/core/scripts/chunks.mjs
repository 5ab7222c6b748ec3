/**
 * The files of the package's builds. One file is read and run fastest; two let bundlers leave out all but the
 * errors for a program that needs nothing else. (Five files, with tensors and WebAssembly on their own, made
 * small compiled steps take 6 % longer, and importing 8 %.) No file is imported, at load, by one that it imports.
 *
 * ```
 * errors ← core ← extend, fft, index, internal, linalg, webgpu
 * errors ← folding ← index
 *            core, work ← pool ← threads       work ← worker
 * ```
 *
 * `dist/js` is the same without WebAssembly, for programs that do not want it: bundlers take it with the
 * condition `graddiff-js`. A bundle has one of the two, and so one class Tensor.
 */

import { resolve } from "node:path";
import { plainNamespaces } from "./plainNamespaces.mjs";
import { tightShaders } from "./tightShaders.mjs";
import { withoutExamples } from "./withoutExamples.mjs";
import { workerText } from "./workerText.mjs";

const source = resolve("src");

/** True if a module is one of these files or in one of these folders. */
const among =
  (...names) =>
  (id) =>
    names.some((name) => id.startsWith(`${source}/${name}`));

/**
 * The entries that users import, and that the other packages of the repository do; all but the first three are for some
 * programs.
 */
export const entries = {
  index: "src/index.ts",
  folding: "src/folding.ts",
  extend: "src/extend.ts",
  fft: "src/fft.ts",
  internal: "src/internal.ts",
  linalg: "src/linalg.ts",
  threads: "src/threads.ts",
  webgpu: "src/webgpu.ts",
  worker: "src/worker.ts",
};

/** The files that belong to an entry alone. */
const apart = among(
  "extend.ts",
  "fft.ts",
  "fft/",
  "algorithms/fft/",
  "folding.ts",
  "index.ts",
  "internal.ts",
  "linalg.ts",
  "linalg/",
  "algorithms/linalg/",
  "generated/algorithms/fft/",
  "generated/algorithms/linalg/",
  "generated/elementary/wgsl.ts",
  "threads.ts",
  "worker.ts",
  "run/threads/",
  "webgpu.ts",
  "models/profileWebGpu.ts",
  "run/webgpu/",
);

export const groups = [
  { name: "errors", test: among("errors.ts", "copies.ts", "callSite.ts", "stack.ts") },
  { name: "core", test: (id) => among("")(id) && !apart(id) },
  { name: "work", test: among("run/threads/work.ts", "run/threads/node.ts") },
  { name: "pool", test: among("run/threads/") },
];

export const plugins = [withoutExamples, plainNamespaces, tightShaders, workerText];

/** For JavaScript alone: the file that replaces another one, by its end. */
const without = (find, file) => ({ find, replacement: `${source}/${file}` });

/** The builds: their folders, and the files that are replaced in them. */
export const builds = [
  { folder: ".", alias: [] },
  {
    folder: "js",
    alias: [
      without(/^\.\/run\/threads\/setThreads\.ts$/, "run/threads/noThreads.ts"),
      without(/^\.\/withWasm\.ts$/, "run/noWasm.ts"),
      without(/^\.\.?\/(families\/)?kernelGroups\.ts$/, "families/noKernelGroups.ts"),
      without(/^\.\.?\/(families\/)?scratch\.ts$/, "families/noScratch.ts"),
      without(/^\.\/kernelGroup\.ts$/, "linalg/noKernelGroup.ts"),
      without(/^\.\/fftKernels\.ts$/, "fft/noFftKernels.ts"),
    ],
  },
];
