// @graddiff/wasm-kernel/linalg: the group of kernels that factorise matrices, which few programs need.

export { linalgKernels } from "./generated/linalg.ts";
