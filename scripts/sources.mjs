/**
 * Aliases that make Vite and Vitest resolve the packages of this workspace to their sources instead of their builds, so
 * that tests never run a stale build. `paths` in tsconfig.base.json are the same aliases for the compiler. They have no
 * effect on published packages.
 */

import { fileURLToPath } from "node:url";

const files = {
  "@graddiff/core": "core/src/index.ts",
  "@graddiff/core/extend": "core/src/extend.ts",
  "@graddiff/core/fft": "core/src/fft.ts",
  "@graddiff/core/internal": "core/src/internal.ts",
  "@graddiff/core/linalg": "core/src/linalg.ts",
  "@graddiff/core/threads": "core/src/threads.ts",
  "@graddiff/core/webgpu": "core/src/webgpu.ts",
  "@graddiff/core/worker": "core/src/worker.ts",
  "@graddiff/files": "files/src/index.ts",
  "@graddiff/files/node": "files/src/node.ts",
  "@graddiff/nn": "nn/src/index.ts",
  "@graddiff/onnx": "onnx/src/index.ts",
  "@graddiff/solve": "solve/src/index.ts",
  "@graddiff/stats": "stats/src/index.ts",
  "@graddiff/wasm-kernel": "wasm-kernel/src/index.ts",
  "@graddiff/wasm-kernel/fft": "wasm-kernel/src/fft.ts",
  "@graddiff/wasm-kernel/linalg": "wasm-kernel/src/linalg.ts",
};

/**
 * The paths of the sources by the names of the packages and their entries, as esbuild's `alias` takes them.
 *
 * @type {Record<string, string>}
 */
export const sourcePaths = Object.fromEntries(
  Object.entries(files).map(([name, file]) => [
    name,
    fileURLToPath(new URL(`../packages/${file}`, import.meta.url)),
  ]),
);

/** @type {{ find: RegExp, replacement: string }[]} */
export const sources = Object.entries(sourcePaths).map(([name, replacement]) => ({
  find: new RegExp(`^${name}$`),
  replacement,
}));
