/**
 * The WebAssembly runner as the rest of the library sees it. The build for JavaScript alone has
 * `run/noWasm.ts` in its place, see `scripts/chunks.mjs`.
 */

export { runEagerly } from "./eager.ts";
export { enter } from "./entered.ts";
export { keeps } from "./target.ts";
export { useModule } from "./useKernel.ts";
export { isAvailable } from "./workspace.ts";
