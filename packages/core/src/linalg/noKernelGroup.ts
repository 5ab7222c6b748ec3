/**
 * No kernels: it stands in the place of `kernelGroup.ts` in the build for JavaScript alone, which bundlers take with the
 * condition `graddiff-js`.
 */

export const linalgKernels = undefined;
