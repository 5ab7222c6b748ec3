// Kernels on a memory that threads share. Their modules differ from the modules for one thread only in the import of
// the memory, which declares that it is shared.

import { hostOn, type KernelHost } from "./kernel.ts";
import { bytesOfGroup, compile, kernelBytes, newMemory, requireWebAssembly } from "./module.ts";
import type { CompiledModule } from "./webassembly.ts";

export interface SharedHostOptions {
  /** The most pages of 64 KiB of the memory; hosts reserve the addresses of all of them. */
  readonly maximumPages: number;
  /** A callback that receives the bytes of each group that is loaded, for the other threads. */
  readonly onGroup: (bytes: Uint8Array<ArrayBuffer>) => void;
}

const INITIAL_PAGES = 2;

let sharedModule: { readonly pages: number; readonly module: CompiledModule } | undefined;

/**
 * Makes the kernels on a new memory that threads share, without an arena. Its `module` and `memory` can be posted to a
 * worker, which makes a separate instance.
 *
 * @throws KernelUnavailableError when the host lacks WebAssembly or SIMD, forbids compiling, or cannot make a shared
 *   memory
 */
export function createSharedHost({ maximumPages, onGroup }: SharedHostOptions): KernelHost {
  const webAssembly = requireWebAssembly();
  const memory = newMemory(webAssembly, {
    initial: INITIAL_PAGES,
    maximum: maximumPages,
    shared: true,
  });
  const sharedBytes = (bytes: Uint8Array<ArrayBuffer>) => withSharedMemory(bytes, maximumPages);
  if (sharedModule?.pages !== maximumPages) {
    const module = compile(webAssembly, sharedBytes(kernelBytes()));
    sharedModule = { pages: maximumPages, module };
  }
  const host = hostOn(webAssembly, sharedModule.module, memory, (group) => {
    const bytes = sharedBytes(bytesOfGroup(group));
    onGroup(bytes);
    return compile(webAssembly, bytes);
  });
  return { ...host, sharedPages: maximumPages };
}

const IMPORT_SECTION = 2;
const MEMORY = 2;
/** The flags of a memory's limits: that a maximum follows, and that the memory is shared. */
const HAS_MAXIMUM = 1;
const SHARED = 3;

/**
 * Converts a module that imports a memory of one thread to a module that imports a shared memory of at most
 * `maximumPages` pages.
 */
function withSharedMemory(
  bytes: Uint8Array<ArrayBuffer>,
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes, 8);
  for (;;) {
    const start = reader.offset;
    const id = reader.byte();
    const end = reader.unsigned() + reader.offset;
    if (id !== IMPORT_SECTION) {
      reader.offset = end;
      continue;
    }
    const body = reader.offset;
    const limits = findMemory(reader);
    const flags = reader.byte();
    const own = [SHARED, ...encoded(reader.unsigned()), ...encoded(maximumPages)];
    if ((flags & HAS_MAXIMUM) !== 0) reader.unsigned();
    const section = [...bytes.slice(body, limits), ...own, ...bytes.slice(reader.offset, end)];
    const head = [IMPORT_SECTION, ...encoded(section.length)];
    return Uint8Array.from([...bytes.slice(0, start), ...head, ...section, ...bytes.slice(end)]);
  }
}

/** Reads imports up to the limits of the memory. @returns the offset of the limits. */
function findMemory(reader: Reader): number {
  reader.unsigned();
  for (;;) {
    for (let names = 0; names < 2; names++) {
      const length = reader.unsigned();
      reader.offset += length;
    }
    const kind = reader.byte();
    if (kind === MEMORY) return reader.offset;
    // All other imports of kernels are functions, described by the index of their type.
    reader.unsigned();
  }
}

/** Reads the binary format of modules. */
class Reader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  byte(): number {
    const byte = this.#bytes[this.offset++];
    if (byte === undefined) throw new Error("a kernel without a memory");
    return byte;
  }

  /** Returns an unsigned LEB128. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

function encoded(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...encoded(Math.floor(value / 128))];
}
