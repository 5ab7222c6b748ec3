// The kernel: one instance of the module on one linear memory, with an arena above its data, and instances of the
// groups that are loaded on the same memory.

import { Arena } from "./arena.ts";
import { KernelArgumentError } from "./errors.ts";
import type { BaseExports, KernelExports } from "./generated/exports.ts";
import type { KernelGroup } from "./group.ts";
import { alignUp } from "./memory.ts";
import { embeddedModule, moduleOfGroup, newMemory, requireWebAssembly } from "./module.ts";
import type { CompiledModule, LinearMemory, WebAssemblyInterface } from "./webassembly.ts";

export interface KernelOptions {
  /** A memory of the caller, which is not shared and which nothing else uses. Default: a new one. */
  memory?: LinearMemory;
  /** The initial pages of 64 KiB of a new memory. Default: 2. It grows as needed. */
  initialPages?: number;
  /** The most pages of 64 KiB of a new memory. Default: the limit of the host. */
  maximumPages?: number;
  /**
   * The compiled `@graddiff/wasm-kernel/kernel.wasm` of the same version, for hosts where compiling the embedded bytes
   * is forbidden or not wanted. Default: the embedded bytes, compiled once per process.
   */
  module?: CompiledModule;
}

/** The kernels on a linear memory, without an arena: the caller allocates addresses. */
export interface KernelHost {
  /**
   * The kernels themselves, without checks: addresses in bytes, counts in elements. The kernels of a group are there
   * once it is loaded; with the module kernel.wasm all groups are.
   */
  readonly exports: LoadedExports;
  /** The linear memory that the kernels work on. */
  readonly memory: LinearMemory;
  /** The compiled module, for a second instance or a worker. */
  readonly module: CompiledModule;
  /**
   * The most pages of 64 KiB of a memory that threads share; each module that imports the memory declares this limit.
   */
  readonly sharedPages?: number;
  /**
   * The address of `reductionScratchByteLength()` bytes for the `scratch` of reductions. Memory is free after them.
   */
  readonly reductionScratch: number;
  /**
   * Adds the kernels of a group to `exports`, unless they are there already.
   *
   * @returns the kernels of the group.
   * @throws KernelUnavailableError when the host forbids compiling the group, or has no memory left to unpack it
   * @throws KernelArgumentError when the group is not of this version
   *
   * @example
   * const kernel = createKernel();
   * const { erf_f32 } = kernel.load(specialKernels);
   * const x = kernel.arena.float32(kernel.arena.allocate(8), 2);
   * x.set([0, 1]);
   * erf_f32(x.byteOffset, x.byteOffset, 2);
   * Array.from(x); // [0, 0.8427007794380188]
   */
  load<Name extends keyof KernelExports>(group: KernelGroup<Name>): Pick<KernelExports, Name>;
}

/** The kernels on a linear memory, and an arena that allocates its addresses. */
export interface Kernel extends KernelHost {
  /** Allocation and views. */
  readonly arena: Arena;
}

/** The kernels of the base, and those of the groups that are loaded. */
export type LoadedExports = BaseExports & Partial<KernelExports>;

const DEFAULT_INITIAL_PAGES = 2;

/**
 * Makes a kernel, synchronously. Make one and keep it: every kernel has a separate memory, and some browsers allow no
 * more than about a hundred.
 *
 * @throws KernelUnavailableError when the host lacks WebAssembly or SIMD, forbids compiling (a
 *   content security policy without `wasm-unsafe-eval`), or has no memory left
 * @throws KernelArgumentError when an option is wrong
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(12);
 * const x = kernel.arena.float32(address, 3);
 * x.set([1, 2, 3]);
 * sum(kernel, x); // 6
 */
export function createKernel(options: KernelOptions = {}): Kernel {
  const webAssembly = requireWebAssembly();
  const module = options.module ?? embeddedModule();
  const memory = options.memory ?? createMemory(webAssembly, options);
  const host = hostOn(webAssembly, module, memory);
  // Scratch memory is below the arena, where no release or reset can reach it.
  const { exports, reductionScratch } = host;
  return {
    ...host,
    arena: new Arena(memory, reductionScratch + exports.reductionScratchByteLength()),
  };
}

/**
 * Makes the kernels on a new memory, without an arena; see {@link createKernel}.
 *
 * @param module the compiled kernel.wasm of this version. Default: the embedded bytes.
 */
export function createHost(module: CompiledModule = embeddedModule()): KernelHost {
  const webAssembly = requireWebAssembly();
  return hostOn(webAssembly, module, newMemory(webAssembly, { initial: DEFAULT_INITIAL_PAGES }));
}

/** @param compileGroup compiles a group. Default: compiles it for a memory of one thread. */
export function hostOn(
  webAssembly: WebAssemblyInterface,
  module: CompiledModule,
  memory: LinearMemory,
  compileGroup: (group: KernelGroup) => CompiledModule = moduleOfGroup,
): KernelHost {
  const exports = instantiate(webAssembly, module, memory);
  const load = <Name extends keyof KernelExports>(group: KernelGroup<Name>) => {
    if (!group.exports.every((name) => name in exports))
      loadGroup(webAssembly, exports, memory, group, compileGroup(group));
    // The cast is safe, since a test compares the names of each group with the exports of its module.
    return exports as Pick<KernelExports, Name>;
  };
  return { exports, memory, module, reductionScratch: alignUp(exports.heapBase()), load };
}

function loadGroup(
  webAssembly: WebAssemblyInterface,
  exports: LoadedExports,
  memory: LinearMemory,
  group: KernelGroup,
  module: CompiledModule,
): void {
  let own: unknown;
  try {
    own = new webAssembly.Instance(module, { env: { memory }, kernel: exports }).exports;
  } catch (cause) {
    const expected = "a group of this version";
    throw new KernelArgumentError("load", "group", expected, `${group.name} (${cause})`);
  }
  Object.assign(exports, own);
}

function createMemory(webAssembly: WebAssemblyInterface, options: KernelOptions): LinearMemory {
  const initial = options.initialPages ?? DEFAULT_INITIAL_PAGES;
  checkPages("initialPages", initial);
  const maximum = options.maximumPages;
  if (maximum !== undefined) {
    checkPages("maximumPages", maximum);
    if (maximum < initial) {
      const expected = `at least initialPages (${initial})`;
      throw new KernelArgumentError("createKernel", "maximumPages", expected, String(maximum));
    }
  }
  return newMemory(webAssembly, maximum === undefined ? { initial } : { initial, maximum });
}

function checkPages(argument: string, pages: number): void {
  if (!Number.isInteger(pages) || pages < 1 || pages > 65536) {
    const expected = "a whole number of pages from 1 to 65536";
    throw new KernelArgumentError("createKernel", argument, expected, String(pages));
  }
}

function instantiate(
  webAssembly: WebAssemblyInterface,
  module: CompiledModule,
  memory: LinearMemory,
): LoadedExports {
  let exports: unknown;
  try {
    exports = new webAssembly.Instance(module, { env: { memory } }).exports;
  } catch (cause) {
    const expected = "a memory that is not shared and the module of kernel.wasm";
    throw new KernelArgumentError("createKernel", "memory or module", expected, String(cause));
  }
  if (
    typeof exports !== "object" ||
    exports === null ||
    !("reductionScratchByteLength" in exports)
  ) {
    const expected = "the compiled kernel.wasm of this version";
    throw new KernelArgumentError("createKernel", "module", expected, "another module");
  }
  // The cast is safe: the type is the compiler's declaration of this module, and a test compares its names with the
  // exports. The exports are copied, since groups add theirs to the object.
  return { ...(exports as BaseExports) };
}
