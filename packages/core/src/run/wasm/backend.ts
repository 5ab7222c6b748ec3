/**
 * The WebAssembly runner as the rest of the library sees it. Bundlers with the condition `graddiff-js` take
 * `run/noWasm.ts` in its place: `#wasm` in `package.json`.
 */

export { runWasm } from "./index.ts";
export { programOf, type WasmProgram } from "./program/wasmProgram.ts";
export { useModule } from "./useKernel.ts";
export { KernelMemoryError, workspace, workspaceForLoops } from "./workspace.ts";
