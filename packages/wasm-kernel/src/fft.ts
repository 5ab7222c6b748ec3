// @graddiff/wasm-kernel/fft: the group of kernels of Fourier transforms, which few programs need.

export { fftKernels } from "./generated/fft.ts";
