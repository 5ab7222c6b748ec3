/**
 * The kernel as a module that the host compiled, where compiling is forbidden.
 */

import { type CompiledModule, KernelArgumentError } from "@graddiff/wasm-kernel";
import { ArgumentError, describe } from "../../../errors.ts";
import { interpretCalls } from "../interpret/control.ts";
import { interpretBy } from "./bind.ts";
import { loadModule, workspaceInUse } from "./workspace.ts";

/** Takes a module, see `useKernel`. */
export function useModule(module: CompiledModule): void {
  if (typeof module !== "object" || module === null) throw notTheKernel(module);
  const present = workspaceInUse()?.host;
  if (present?.module === module) return;
  if (present !== undefined) {
    const expected = "to be called before anything is computed in WebAssembly";
    const hint = "Call it once, where the program starts";
    throw new ArgumentError("useKernel", "", expected, "a kernel that is in use", hint);
  }
  interpretBy(interpretCalls);
  try {
    loadModule(module);
  } catch (error) {
    throw error instanceof KernelArgumentError ? notTheKernel(module) : error;
  }
}

function notTheKernel(module: unknown): ArgumentError {
  const expected =
    "the WebAssembly.Module of @graddiff/wasm-kernel/kernel.wasm, of the same version";
  const hint = "Import it where the host makes modules of such imports";
  return new ArgumentError("useKernel", "module", expected, describe(module), hint);
}
