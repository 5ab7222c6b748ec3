/**
 * The WebAssembly runner as the rest of the library sees it. The build for JavaScript alone replaces it by
 * `run/noWasm.ts`, see `scripts/chunks.mjs`.
 */

export { runEagerly } from "./eager/eager.ts";
export { enter } from "./wasm/memory/entered.ts";
export { hasKernel } from "./wasm/memory/target.ts";
export { useModule } from "./wasm/memory/useKernel.ts";
export { type DividedWork, isAvailable, threadsInUse } from "./wasm/memory/workspace.ts";
