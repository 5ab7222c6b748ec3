/**
 * No WebAssembly: it replaces `run/withWasm.ts` in the build for JavaScript alone, which bundlers take with the
 * condition `graddiff-js`.
 */

import type * as backend from "./withWasm.ts";

export const isAvailable: typeof backend.isAvailable = () => false;
export const runEagerly: typeof backend.runEagerly = () => undefined;
export const hasKernel: typeof backend.hasKernel = () => false;
/** Never called: it is not available. */
export const enter: typeof backend.enter = () => {
  throw new Error("This build has no WebAssembly");
};

/** Does nothing: no module runs here, whatever is handed in. */
export const useModule: typeof backend.useModule = () => {};

export function threadsInUse(): undefined {}
