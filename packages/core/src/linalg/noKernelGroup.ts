/**
 * No kernels: it replaces `kernelGroup.ts` in the build for JavaScript alone, which bundlers take with the condition
 * `graddiff-js`.
 */

export const linalgKernels = undefined;
