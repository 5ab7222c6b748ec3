/**
 * No WebAssembly: what stands in the place of `run/wasm/backend.ts` in bundles for JavaScript alone, which
 * bundlers make with the condition `graddiff-js`.
 */

import type * as backend from "./wasm/backend.ts";

export const runWasm: typeof backend.runWasm = () => undefined;
export const programOf: typeof backend.programOf = () => undefined;
export const workspace: typeof backend.workspace = () => undefined;

/** Never thrown here. */
export class KernelMemoryError extends Error {}
