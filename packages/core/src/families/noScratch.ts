/**
 * No scratch memory: it replaces `scratch.ts` in the build for JavaScript alone, which bundlers take with the condition
 * `graddiff-js`.
 */

import type * as scratch from "./scratch.ts";

export const CUMULATIVE_SUM_BYTES = 0;
export const REDUCTION_BYTES = 0;
export const FEW_WINDOWS: typeof scratch.FEW_WINDOWS = 64;
export const convolutionBytes: typeof scratch.convolutionBytes = () => 0;
export const factorisationBytes: typeof scratch.factorisationBytes = () => 0;
export const matmulBytes: typeof scratch.matmulBytes = () => 0;
export const maxPoolBytes: typeof scratch.maxPoolBytes = () => 0;
export const windowBytes: typeof scratch.windowBytes = () => 0;

/** Every formula has its name here. */
export type Complete = { readonly [Name in keyof typeof scratch]: unknown };
