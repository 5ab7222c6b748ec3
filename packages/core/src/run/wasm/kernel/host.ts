/**
 * The WebAssembly module, as calls and the code that is written for it see it.
 */

import type { KernelHost } from "@graddiff/wasm-kernel";

/** The WebAssembly module and its memory. */
export type Host = KernelHost;

/** The module, and the memory that its functions work on. */
export type CallHost = Pick<Host, "exports" | "load" | "memory">;
