/**
 * The groups of kernels: modules beside the one that every program has, for ops that no method of Tensor keeps. A
 * kernel of such an op names its group here, so a bundle has the groups of its ops alone. The build for JavaScript
 * alone has `noKernelGroups.ts` in the place of this file, see `scripts/chunks.mjs`.
 */

export {
  orderKernels,
  puttingKernels,
  scansKernels,
  specialKernels,
  statisticsKernels,
  windowsKernels,
} from "@graddiff/wasm-kernel";
