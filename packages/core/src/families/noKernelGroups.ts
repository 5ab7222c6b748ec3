/**
 * No groups of kernels: it replaces `kernelGroups.ts` in the build for JavaScript alone, which bundlers take with the
 * condition `graddiff-js`.
 */

import type * as groups from "./kernelGroups.ts";

export const orderKernels = undefined;
export const puttingKernels = undefined;
export const scansKernels = undefined;
export const specialKernels = undefined;
export const statisticsKernels = undefined;
export const windowsKernels = undefined;

/** Every group has its name here. */
export type Complete = { readonly [Name in keyof typeof groups]: undefined };
