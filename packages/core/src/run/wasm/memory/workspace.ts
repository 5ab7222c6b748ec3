/**
 * The WebAssembly module and its working memory: loaded on first use.
 *
 * Linear memory never shrinks. Where a thousand runs have needed little of a large memory, a new workspace replaces the old one
 * (`workspaceForRun`). Programs and Variables are bound to a memory by its workspace alone, so the old memory becomes garbage.
 */

import {
  alignUp,
  type CompiledModule,
  createHost,
  createSharedHost,
  isCompilingAllowed,
  KernelMemoryError,
  KernelUnavailableError,
  type UnavailableReason,
} from "@graddiff/wasm-kernel";
import { warn } from "../../../errors.ts";
import type { Call } from "../../../graph/call.ts";
import type { Cell } from "../../../graph/cell.ts";
import type { Op } from "../../../graph/op.ts";
import {
  type ArrayOf,
  arrayIn,
  BYTES,
  type DType,
  type TypedArray,
} from "../../../tensor/dtype.ts";
import type { Program } from "../../program/program.ts";
import type { ArrayLoop } from "../emit/arrays.ts";
import type { Host } from "../kernel/host.ts";
import type { Bound, RegionStarts } from "../kernel/makeCall.ts";
import { Heap, type Region } from "./heap.ts";

export { KernelMemoryError, KernelUnavailableError };

/** Elements that go through the module at once: three float64 operands fit a 1 MB cache. */
export const TILE = 16384;

/** The number of arrays with room for a tile: three operands and a result. */
export const TILES = 4;

/** The calls of a program, made by several threads. */
export interface DividedCalls {
  /** Bytes of the scratch memory of all threads. */
  readonly workBytes: number;
  /** Returns the calls at present addresses, to be bound anew when these have changed. */
  bind(starts: RegionStarts): readonly Bound[];
  /** True if a thread did not finish a partition: it may still write to the memory. */
  readonly isBroken: boolean;
  /** Continues with one thread, in another memory, to which all values move. */
  giveUp(): void;
}

/** Work that runs in parallel, in partitions. */
export interface DividedWork {
  readonly partitions: number;
}

/** The calls of an eager op, made by several threads. */
export interface DividedOp {
  /** Bytes of the scratch memory of all threads. */
  readonly workBytes: number;
  run(starts: RegionStarts): void;
}

/** The division of the calls of programs among threads. */
export interface Threads {
  /** Threads, the caller included. */
  readonly count: number;
  /**
   * Called with the milliseconds that each partition took. While it is set, the caller runs all of them, one after the
   * other.
   */
  timed: ((work: DividedWork, partition: number, milliseconds: number) => void) | undefined;
  /** Undefined for a program that one thread runs as fast. */
  divide(program: Program): DividedCalls | undefined;
  /**
   * Divides the calls of an eager op, to be made once; undefined where one thread makes them as fast.
   *
   * @param scratchBytes of one thread; those of all follow each other.
   */
  divideOnce(calls: readonly Call[], flops: number, scratchBytes: number): DividedOp | undefined;
}

/** The module with room for tiles of arrays, and the heap of compiled programs. */
export class Workspace {
  readonly host: Host;
  /** The threads of a memory that they share. */
  threads: Threads | undefined;
  /** The heap of compiled programs. */
  readonly heap: Heap;
  /** The buffers of Variables. */
  readonly variableBuffers = new WeakMap<Cell, Region>();
  /** Loops of eager ops. */
  readonly loops = new Map<Op, ArrayLoop[]>();
  readonly #views: Record<DType, TypedArray[]> = { float32: [], float64: [], int32: [], bool: [] };
  readonly #base: number;
  #canCompile: boolean | undefined;

  constructor(host: Host) {
    this.host = host;
    const { exports, reductionScratch } = host;
    this.#base = alignUp(reductionScratch + exports.reductionScratchByteLength());
    this.heap = new Heap(host, this.#base + TILES * TILE * BYTES.float64);
  }

  /** True if the host lets loops be compiled; tried when the first one is needed. */
  get canCompile(): boolean {
    this.#canCompile ??= isCompilingAllowed();
    return this.#canCompile;
  }

  /** Memory for the values of a loop that JavaScript interprets: the tiles, which only eager ops use. */
  get room(): { readonly address: number; readonly bytes: number } {
    return { address: this.#base, bytes: TILES * TILE * BYTES.float64 };
  }

  /** Returns the address of a tile. */
  address(slot: number): number {
    return this.#base + slot * TILE * BYTES.float64;
  }

  /** Returns a tile as an array of a dtype, valid until memory grows. */
  view<D extends DType>(slot: number, dtype: D): ArrayOf[D];
  view(slot: number, dtype: DType): TypedArray {
    const views = this.#views[dtype];
    let view = views[slot];
    // Arrays of a memory that has grown are detached.
    if (view === undefined || view.length === 0) {
      view = arrayAt(this.host, dtype, this.address(slot), TILE);
      views[slot] = view;
    }
    return view;
  }
}

/** Returns an array of a dtype in linear memory, valid until memory grows. */
export function arrayAt<D extends DType>(
  { memory }: Host,
  dtype: D,
  address: number,
  length: number,
): ArrayOf[D] {
  return arrayIn(memory.buffer, dtype, address, length);
}

/** Copies `rows` × `columns` elements between offsets and strides of rows, at once if they touch. */
export function copyRows(
  source: TypedArray,
  from: number,
  sourceStride: number,
  target: TypedArray,
  to: number,
  targetStride: number,
  rows: number,
  columns: number,
): void {
  const touch = sourceStride === columns && targetStride === columns;
  const atOnce = touch ? rows : 1;
  for (let row = 0; row < rows; row += atOnce) {
    const start = from + row * sourceStride;
    target.set(source.subarray(start, start + atOnce * columns), to + row * targetStride);
  }
}

/** Undefined while untried, null where there is none. */
let loaded: Workspace | null | undefined;

/**
 * Returns the workspace, made on the first call. Where WebAssembly is missing or forbidden, a warning is given once,
 * and JavaScript computes everything with the same results.
 */
export function workspace(): Workspace | undefined {
  if (loaded === undefined) loaded = load();
  return loaded ?? undefined;
}

/**
 * Returns the workspace for a run: another one, on a new memory, if the present memory is much larger than needed. The
 * old one is then unreferenced; its values are copied to arrays.
 */
export function workspaceForRun(): Workspace | undefined {
  const present = workspace();
  // A memory that threads share stays: a new one would need new threads.
  if (present === undefined || present.threads || !present.heap.hasTooMuch()) return present;
  try {
    replaceWorkspace(new Workspace(createHost(present.host.module)));
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
  }
  return workspace();
}

/** Returns a workspace on a new memory of one thread. */
export function workspaceOfOne(): Workspace {
  return new Workspace(createHost());
}

/** Pages of a memory that threads share: as many as the host gives, from 4 GiB down to 256 MiB. */
const MOST_PAGES = 65536;
const FEWEST_PAGES = 4096;

/**
 * Returns a workspace on a new memory that threads share.
 *
 * @param onGroup is called with the bytes of each group of kernels that is loaded.
 */
export function sharedWorkspace(onGroup: (bytes: Uint8Array<ArrayBuffer>) => void): Workspace {
  for (let maximumPages = MOST_PAGES; ; maximumPages /= 2) {
    try {
      return new Workspace(createSharedHost({ maximumPages, onGroup }));
    } catch (error) {
      const isLast = maximumPages <= FEWEST_PAGES;
      if (isLast || !(error instanceof KernelUnavailableError)) throw error;
    }
  }
}

/** Replaces the workspace; the values of the old one are copied to arrays. */
export function replaceWorkspace(next: Workspace): void {
  loaded?.heap.clear();
  loaded = next;
}

/** True if a workspace is available; it is loaded to find out. */
export function isAvailable(): boolean {
  return workspace() !== undefined;
}

/** The number of elements in small batches after which a small batch loads the module, too. */
const LOADING_BATCH = 512;
/** The elements that JavaScript computes in the time in which the module is loaded. */
const WORTH_LOADING = 2 ** 17;
/** The number of elements that small batches have requested. */
let requested = 0;

/** Returns the workspace, if `elements` are worth loading it. */
export function workspaceWorth(elements: number): Workspace | undefined {
  if (loaded === undefined && elements < LOADING_BATCH) {
    requested += elements;
    if (requested < WORTH_LOADING) return undefined;
  }
  return workspace();
}

/** Returns the workspace that is in use, if one is. */
export function workspaceInUse(): Workspace | undefined {
  return loaded ?? undefined;
}

/** Returns the division of the calls of programs, where several threads compute. */
export function threadsInUse(): Threads | undefined {
  return loaded?.threads;
}

/**
 * Loads the workspace with a module that was compiled elsewhere.
 * @throws KernelArgumentError if it is another.
 */
export function loadModule(module: CompiledModule): void {
  loaded = load(module);
  installed = module;
}

/** The module that `useKernel` has set. */
let installed: CompiledModule | undefined;

/** True if the workspace in use has a module that was compiled elsewhere. */
export function isInstalledModule(): boolean {
  return installed !== undefined && loaded?.host.module === installed;
}

function load(module?: CompiledModule): Workspace | null {
  try {
    return new Workspace(createHost(module));
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
    const { why, help } = REASONS[error.reason];
    // The warning is given once, even if a module that is set later does not help.
    if (loaded === null) return null;
    warn(
      `JavaScript computes instead of WebAssembly, with the same results but more slowly, because ${why}. ` +
        `${help}setRunner("js") chooses JavaScript without this warning.`,
    );
    return null;
  }
}

/** The reason why there is no workspace, and a remedy. */
const REASONS: Readonly<Record<UnavailableReason, { why: string; help: string }>> = {
  "no-webassembly": { why: "this host has no WebAssembly", help: "" },
  "no-simd": { why: "WebAssembly has no SIMD in this host", help: "" },
  "no-memory": { why: "this host has no memory left for it", help: "" },
  "compile-failed": {
    why: "this host forbids compiling it",
    help:
      "In a content security policy 'wasm-unsafe-eval' in script-src allows it; a host that imports " +
      "compiled modules can hand one to useKernel(module); ",
  },
};
