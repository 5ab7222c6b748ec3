/**
 * The WebAssembly runner as the rest of the library sees it. The build for JavaScript alone has
 * `run/noWasm.ts` in its place, see `scripts/chunks.mjs`.
 */

export { runEagerly } from "./eager.ts";
export { type MemoryRun, plannedInMemory, runInMemory, warnOfMemory } from "./memory.ts";
export { useModule } from "./useKernel.ts";
export { KernelMemoryError, workspace, workspaceForRun } from "./workspace.ts";
