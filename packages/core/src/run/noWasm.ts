/**
 * No WebAssembly: it stands in the place of `run/wasm/backend.ts` in the build for JavaScript alone, which
 * bundlers take with the condition `graddiff-js`.
 */

import type * as backend from "./wasm/backend.ts";

export const runEagerly: typeof backend.runEagerly = () => undefined;
/** Never called: there is no workspace. */
export const plannedInMemory: typeof backend.plannedInMemory = () => {
  throw new Error("This build has no WebAssembly");
};
export const runInMemory: typeof backend.runInMemory = () => undefined;
export const warnOfMemory: typeof backend.warnOfMemory = () => {};
export const workspace: typeof backend.workspace = () => undefined;
export const workspaceForRun: typeof backend.workspaceForRun = () => undefined;

/** Nothing runs in WebAssembly here, whatever is handed in. */
export const useModule: typeof backend.useModule = () => {};

/** Never thrown here. */
export class KernelMemoryError extends Error {}
