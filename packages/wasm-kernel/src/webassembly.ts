// Types for the few parts of the WebAssembly interface that this package uses.
//
// TypeScript declares WebAssembly only in the library of the browser's DOM. With these structural types, neither this
// package nor its users need that library; the real WebAssembly.Memory and WebAssembly.Module fit them.

/** A linear memory, as `new WebAssembly.Memory(…)` makes it. */
export interface LinearMemory {
  /**
   * The bytes. It is another object after every growth; views of the old one are then empty. A memory that threads
   * share has a SharedArrayBuffer instead of an ArrayBuffer: views of the old one stay valid, with its length.
   */
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB, or throws a RangeError. */
  grow(pages: number): unknown;
}

/** A compiled module, as `new WebAssembly.Module(…)` makes it. It can be posted to a worker. */
export type CompiledModule = object;

/** The sizes of a memory, in pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  /** True if threads share it. Default false. */
  readonly shared?: boolean;
}

export interface WebAssemblyInterface {
  readonly Memory: new (limits: MemoryLimits) => LinearMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: Readonly<Record<string, object>>,
  ) => { readonly exports: unknown };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** Bytes in one page of linear memory. */
export const PAGE_BYTES = 65536;

/** The host's global, declared only for this file; a host may lack it. */
declare const WebAssembly: WebAssemblyInterface | undefined;

/** Returns the host's WebAssembly, or undefined where it has none. It is looked up at every call, not at import. */
export function findWebAssembly(): WebAssemblyInterface | undefined {
  return typeof WebAssembly === "undefined" ? undefined : WebAssembly;
}
