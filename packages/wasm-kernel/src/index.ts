// @graddiff/wasm-kernel: numeric kernels in WebAssembly with SIMD, and a small host for them.
//
// The module is embedded, so importing needs no file, fetch or await. It has no tensors or gradients, only arrays of
// float32 and float64 in one linear memory. If the host cannot run the module, createKernel throws a
// KernelUnavailableError, and the caller uses JavaScript.

export { Arena, type ArenaMark } from "./arena.ts";
export { addBackward, addForward, multiplyBackward, multiplyForward } from "./binary.ts";
export type { FloatView } from "./check.ts";
export {
  KernelArgumentError,
  KernelMemoryError,
  KernelUnavailableError,
  type UnavailableReason,
} from "./errors.ts";
export type * from "./generated/exports.ts";
export * from "./generated/groups.ts";
export { signatures } from "./generated/signatures.ts";
export type { KernelGroup } from "./group.ts";
export {
  createHost,
  createKernel,
  type Kernel,
  type KernelHost,
  type KernelOptions,
  type LoadedExports,
} from "./kernel.ts";
export { alignUp, reserve } from "./memory.ts";
export { isCompilingAllowed, isSupported, kernelBytes, requireWebAssembly } from "./module.ts";
export { sum } from "./reduction.ts";
export { createSharedHost, type SharedHostOptions } from "./shared.ts";
export type { CompiledModule, LinearMemory } from "./webassembly.ts";
