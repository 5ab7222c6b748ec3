/**
 * The kernel as a module that the host compiled, where compiling is forbidden.
 */

import type { CompiledModule } from "@graddiff/wasm-kernel";
import { refuseSurplus } from "../arguments.ts";
import { useModule } from "./withWasm.ts";

/**
 * Sets the compiled kernel, for hosts that forbid compiling WebAssembly while a program runs but can import it, such as
 * Cloudflare's workers. Products, reductions, rows at indices, random numbers and the elementary functions of large
 * arrays then run in WebAssembly. What is compiled for each program elsewhere, its loops and the bodies of `scan` and
 * its kin, JavaScript runs on the same memory unless the host allows compiling. Results are the same, bit for bit.
 *
 * Call it before anything else of this library. Nowhere else is it needed: the kernel is part of the
 * package.
 *
 * @param module the `WebAssembly.Module` of `@graddiff/wasm-kernel/kernel.wasm`, of the version that is
 *   installed.
 * @throws ArgumentError if it is anything else, or if another kernel is in use.
 * @example
 * ```js
 * import kernel from "@graddiff/wasm-kernel/kernel.wasm";
 * import { useKernel } from "@graddiff/core";
 *
 * useKernel(kernel);
 * ```
 */
export function useKernel(module: CompiledModule): void {
  refuseSurplus("useKernel", 1, arguments);
  useModule(module);
}
