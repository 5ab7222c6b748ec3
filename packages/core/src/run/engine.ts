/**
 * The engine of this process, WebAssembly where it can be had: the one file beside `useKernel.ts` that names it. Each
 * function is a separate export, so that bundlers leave out those that a program does not need.
 */

import type { Engine } from "./device/backend.ts";
import * as wasm from "./withWasm.ts";

export const isAvailable: Engine["isAvailable"] = wasm.isAvailable;
export const runEagerly: Engine["runEagerly"] = wasm.runEagerly;
export const hasKernel: Engine["hasKernel"] = wasm.hasKernel;
export const enter: Engine["enter"] = wasm.enter;
