// The libraries that are compared, graddiff first.

/** The most that an answer may differ from graddiff's, as a share of the greatest element of the answer. */
export const tolerance = 1e-3;

/**
 * The number of calls whose answers are compared: training continues between them, so that updates are checked, too.
 */
export const compared = 3;

/** The number of threads in the rows of libraries with threads. */
export const threads = 2;

/**
 * The libraries. `load` returns a function from the name of a workload, and its inputs if it has any, to its contestant
 * as in src/suite.ts. `run` does the work once and reads the loss, the value or the product, so that no library can
 * defer it; `results` returns all answers of the last run. A library with `only` has only the workloads with these
 * names.
 */
export const libraries = [
  { name: "graddiff", packages: [], load: () => import("./graddiff.mjs") },
  {
    name: "tfjs",
    packages: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
    load: () => import("./tfjs.mjs"),
  },
  { name: "jax-js", packages: ["@jax-js/jax"], load: () => import("./jax.mjs") },
  {
    name: "fft.js",
    packages: ["fft.js"],
    only: /\bfft of/,
    load: () => import("./fftjs.mjs"),
  },
  {
    name: "pffft",
    packages: ["@echogarden/pffft-wasm"],
    only: /\bfft of/,
    load: () => import("./pffft.mjs"),
  },
  // PyTorch runs if the machine has it: worker.py has its calls and its timing.
  { name: "PyTorch", packages: [] },
  {
    name: `graddiff, ${threads} threads`,
    packages: [],
    threads,
    load: () => import("./graddiffThreads.mjs"),
  },
  { name: `tfjs, ${threads} threads`, packages: [], threads, load: () => import("./tfjs.mjs") },
  { name: `PyTorch, ${threads} threads`, packages: [], threads },
];
