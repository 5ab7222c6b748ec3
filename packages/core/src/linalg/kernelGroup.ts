/**
 * The group of kernels that factorise matrices. The build for JavaScript alone has `noKernelGroup.ts` in the place of
 * this file, see `scripts/chunks.mjs`.
 */

export { linalgKernels } from "@graddiff/wasm-kernel/linalg";
