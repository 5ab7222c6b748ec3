/**
 * The files of the package's builds. One file loads and runs fastest. `errors` is separate, so that bundlers can leave
 * out everything else for a program that imports only errors. (With five files, where tensors and WebAssembly were
 * separate, small compiled steps took 6 % longer, and importing took 8 % longer.) Static imports of the files form no
 * circle:
 *
 * ```
 * errors ← core ← extend, fft, index, internal, linalg, webgpu
 * errors ← folding ← index
 *            core, work ← pool ← threads       work ← internal, worker
 * ```
 *
 * `dist/js` has the same files without WebAssembly; bundlers use it under the condition `graddiff-js`. A bundle
 * contains one of the two builds, and so only one class Tensor.
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
 * The entries of the package and their sources. Users import them, and the other packages of the repository import
 * `extend`, `internal` and some others.
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

/** True for the files that only one entry needs, and that are therefore not in the file `core`. */
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
  "ports.ts",
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
  { name: "work", test: among("ports.ts", "run/threads/work.ts") },
  { name: "pool", test: among("run/threads/") },
];

export const plugins = [withoutExamples, plainNamespaces, tightShaders, workerText];

/** Returns an alias that replaces the imports that match `find` by a file without WebAssembly. */
const without = (find, file) => ({ find, replacement: `${source}/${file}` });

/** The builds: the folder of each below dist/, and its aliases. */
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
