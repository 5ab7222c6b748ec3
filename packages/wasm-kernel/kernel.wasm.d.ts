/**
 * The compiled kernel, in hosts and bundlers that make a `WebAssembly.Module` of such an import:
 * `createKernel({ module })` takes it, and `useKernel(module)` of `@graddiff/core`.
 */
declare const module: object;
export default module;
