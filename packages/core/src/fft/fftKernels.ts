/**
 * The group of kernels of Fourier transforms. The build for JavaScript alone has `noFftKernels.ts` in the place of this file,
 * see `scripts/chunks.mjs`.
 */

export { fftKernels } from "@graddiff/wasm-kernel/fft";
