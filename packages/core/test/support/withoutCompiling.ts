/**
 * A host that forbids compiling, where the kernel is given as a module: JavaScript interprets the loops and bodies of
 * programs.
 */

import { vi } from "vitest";
import { compile, type Tensor } from "../../src/index.ts";
import { interpretCalls } from "../../src/run/wasm/interpret/control.ts";
import { interpretBy } from "../../src/run/wasm/memory/bind.ts";
import { Workspace } from "../../src/run/wasm/memory/workspace.ts";

/** Runs a function as if loops could not be compiled. */
export function withoutCompiling<T>(run: () => T): T {
  interpretBy(interpretCalls);
  const asked = vi.spyOn(Workspace.prototype, "canCompile", "get").mockReturnValue(false);
  try {
    return run();
  } finally {
    asked.mockRestore();
  }
}

/** Returns a compiled function whose program JavaScript interprets. */
export function driven(fn: (...inputs: Tensor[]) => Tensor[]): (...inputs: Tensor[]) => Tensor[] {
  const compiled = compile(fn, { backend: "wasm" });
  return (...inputs) => withoutCompiling(() => compiled(...inputs));
}
