/**
 * The kernel from outside, where it may not be compiled.
 */

import { type CompiledModule, KernelArgumentError } from "@graddiff/wasm-kernel";
import { ArgumentError, describe } from "../../../errors.ts";
import { driveCalls } from "../drive/control.ts";
import { driveBy } from "./bind.ts";
import { loadModule, workspaceInUse } from "./workspace.ts";

/** Takes a module, see `useKernel`. */
export function useModule(module: CompiledModule): void {
  if (typeof module !== "object" || module === null) throw notTheKernel(module);
  const present = workspaceInUse()?.host;
  if (present?.module === module) return;
  if (present !== undefined) {
    throw new ArgumentError(
      "useKernel",
      "",
      "to be called before anything is computed in WebAssembly",
      "a kernel that is in use",
      "Call it once, where the program starts",
    );
  }
  driveBy(driveCalls);
  try {
    loadModule(module);
  } catch (error) {
    throw error instanceof KernelArgumentError ? notTheKernel(module) : error;
  }
}

function notTheKernel(module: unknown): ArgumentError {
  return new ArgumentError(
    "useKernel",
    "module",
    "the WebAssembly.Module of @graddiff/wasm-kernel/kernel.wasm, of the same version",
    describe(module),
    "Import it where the host makes modules of such imports",
  );
}
