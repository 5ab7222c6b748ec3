/**
 * The kernel from outside, where it may not be compiled.
 */

import { type CompiledModule, KernelArgumentError } from "@graddiff/wasm-kernel";
import { ArgumentError, describe } from "../../errors.ts";
import { kernelInUse, loadModule } from "./workspace.ts";

/**
 * Hands in the compiled kernel, for hosts that forbid compiling WebAssembly while a program runs but can
 * import it, such as Cloudflare's workers. Products, reductions, rows at indices, random numbers and the
 * elementary functions of large arrays then run in WebAssembly. Loops, which are compiled for each
 * program, run op by op in JavaScript unless the host allows compiling; results are the same, bit for bit.
 *
 * Call it before anything else of this library. Nowhere else is it needed: the kernel is part of the
 * package.
 *
 * ```js
 * import kernel from "@graddiff/wasm-kernel/kernel.wasm";
 * import { useKernel } from "@graddiff/core";
 *
 * useKernel(kernel);
 * ```
 *
 * @param module the `WebAssembly.Module` of `@graddiff/wasm-kernel/kernel.wasm`, of the version that is
 *   installed.
 * @throws ArgumentError if it is anything else, or comes when another kernel is in use.
 */
export function useKernel(module: CompiledModule): void {
  if (typeof module !== "object" || module === null) throw notTheKernel(module);
  const present = kernelInUse();
  if (present?.module === module) return;
  if (present !== undefined) {
    throw new ArgumentError({
      op: "useKernel",
      expected: "to be called before anything is computed in WebAssembly",
      got: "a kernel that is in use",
      hint: "Call it once, where the program starts",
    });
  }
  try {
    loadModule(module);
  } catch (error) {
    throw error instanceof KernelArgumentError ? notTheKernel(module) : error;
  }
}

function notTheKernel(module: unknown): ArgumentError {
  return new ArgumentError({
    op: "useKernel",
    argument: "module",
    expected: "the WebAssembly.Module of @graddiff/wasm-kernel/kernel.wasm, of the same version",
    got: describe(module),
    hint: "Import it where the host makes modules of such imports",
  });
}
