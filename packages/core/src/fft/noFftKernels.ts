/**
 * No kernels: the build for JavaScript alone has this file in the place of `fftKernels.ts`; bundlers select it with the condition
 * `graddiff-js`.
 */

export const fftKernels = undefined;
