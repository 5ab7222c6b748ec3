/**
 * Vite's and Vitest's names for the packages of this workspace: their sources in place of their build,
 * so that tests never see a stale one. `paths` in tsconfig.base.json says the same to the compiler.
 * Published packages know nothing of it, since they hold no sources.
 */

import { fileURLToPath } from "node:url";

/** @type {{ find: RegExp, replacement: string }[]} */
export const sources = ["core", "wasm-kernel"].map((name) => ({
  find: new RegExp(`^@graddiff/${name}$`),
  replacement: fileURLToPath(new URL(`../packages/${name}/src/index.ts`, import.meta.url)),
}));
