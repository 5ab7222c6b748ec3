/**
 * The heap: the linear memory of compiled programs.
 *
 * ```
 * | static data | region | region | scratch of the running program | region | free … |
 * ```
 *
 * There is one scratch area, since runs are synchronous and never nest. A region belongs to a program
 * (arguments, constants, results) or to a Variable, and stays as long as there is room: the heap is a cache of the
 * elements of tensors, not their owner. When it is full, the least recently used regions are evicted; elements that are
 * still needed are copied to arrays.
 */

import { KernelMemoryError, reserve } from "@graddiff/wasm-kernel";
import type { TypedArray } from "../../../tensor/dtype.ts";
import type { DeviceStorage, Storage } from "../../../tensor/tensor.ts";
import { DeviceBuffer, writeTo } from "../../device/bufferStorage.ts";
import { memoryLimit } from "../../device/memoryLimit.ts";
import { align, FreeList } from "../../program/locations/freeList.ts";
import type { Host } from "../kernel/host.ts";

/** A full heap is emptied to this part of the budget, so that it is not full again at once. */
const REMAINS = 0.75;
/** Scratch memory is never less than this: small programs then never move it. */
const SMALLEST_SCRATCH = 2 ** 20;
/** The number of past runs from which the heap predicts how much memory is needed. */
const RUNS = 1000;
/** The bytes below which memory is not replaced by a smaller one. */
const LARGE = 2 ** 28;
const NEEDED_PART = 0.25;

/** Device buffers that are allocated together. */
export class Region {
  readonly buffers: readonly { readonly buffer: LinearBuffer; readonly offset: number }[];
  readonly bytes: number;
  /** The address; undefined while it is not in memory. */
  address: number | undefined;
  /** The run that used it last. */
  lastUse = 0;

  constructor(buffers: Region["buffers"], bytes: number) {
    this.buffers = buffers;
    this.bytes = align(bytes);
  }
}

export class Heap {
  readonly #host: Host;
  readonly #free = new FreeList();
  /** The address of the free list's zero. */
  readonly #base: number;
  readonly #budget: number | undefined;
  readonly #regions = new Set<Region>();
  /**
   * The registry of owners; undefined in hosts without one: regions of collected owners then stay until they are the
   * oldest.
   */
  readonly #owners =
    typeof FinalizationRegistry === "undefined"
      ? undefined
      : new FinalizationRegistry<Region>((region) => this.remove(region));
  #scratch = { start: 0, bytes: 0 };
  #used = 0;
  #run = 0;
  /** The most bytes of scratch memory that the last runs needed, and the number of these runs. */
  #needed = 0;
  #watched = 0;
  /** Changes whenever an address or a view may have become invalid. */
  version = 0;

  /**
   * @param base where its memory begins.
   * @param budget bytes of all regions together, which a single program may exceed. Default: half of the limit of memory.
   */
  constructor(host: Host, base: number, budget?: number) {
    this.#host = host;
    this.#budget = budget;
    this.#base = base;
    reserve(host.memory, base, "createHost");
  }

  /** Bytes of all regions that are in memory. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Begins a run that needs `scratchBytes` of scratch memory: regions that it uses stay until the next call. */
  beginRun(scratchBytes = 0): void {
    this.#run++;
    this.#watched++;
    this.#needed = Math.max(this.#needed, scratchBytes);
  }

  /**
   * True if memory is much larger than the last thousand runs needed; tested once in a thousand runs. Memory never
   * shrinks, so a new one must replace it.
   */
  hasTooMuch(): boolean {
    if (this.#watched < RUNS) return false;
    let needed = this.#needed;
    for (const { lastUse, bytes } of this.#regions) {
      if (lastUse > this.#run - RUNS) needed += bytes;
    }
    this.#watched = 0;
    this.#needed = 0;
    const { byteLength } = this.#host.memory.buffer;
    return byteLength >= LARGE && needed < NEEDED_PART * byteLength;
  }

  /** Evicts all regions. */
  clear(): void {
    for (const region of [...this.#regions]) this.remove(region);
  }

  /**
   * Returns the address of `bytes` bytes of scratch memory, for the present run.
   * @throws KernelMemoryError if memory cannot grow so far.
   */
  scratch(bytes: number): number {
    this.#needed = Math.max(this.#needed, bytes);
    const { start, bytes: present } = this.#scratch;
    if (bytes > present) {
      // The version changes, whether or not there is room: no value has an address in the old memory any more.
      this.version++;
      this.#free.free(start, present);
      this.#scratch = { start: 0, bytes: 0 };
      this.#scratch = this.#newScratch(align(bytes), present);
    }
    return this.#base + this.#scratch.start;
  }

  /** Growing by at least half keeps the number of moves small; if that fails, memory grows by the requested bytes. */
  #newScratch(bytes: number, present: number): { start: number; bytes: number } {
    const generous = align(Math.max(bytes, present * 1.5, SMALLEST_SCRATCH));
    try {
      return { start: this.#take(generous), bytes: generous };
    } catch (error) {
      if (!(error instanceof KernelMemoryError) || generous === bytes) throw error;
      return { start: this.#take(bytes), bytes };
    }
  }

  /** Marks a region as used by this run. */
  touch(region: Region): void {
    region.lastUse = this.#run;
  }

  /**
   * Gives a region its address, unless it has one.
   * @param owner when it is collected, the region is freed.
   * @throws KernelMemoryError if memory cannot grow so far.
   */
  admit(region: Region, owner: object): void {
    region.lastUse = this.#run;
    if (region.address !== undefined) return;
    const budget = this.#budget ?? memoryLimit() / 2;
    if (this.#used + region.bytes > budget) this.#evict(budget * REMAINS - region.bytes);
    const address = this.#base + this.#take(region.bytes);
    region.address = address;
    for (const { buffer, offset } of region.buffers) buffer.address = address + offset;
    this.#used += region.bytes;
    this.#regions.add(region);
    this.#owners?.unregister(region);
    this.#owners?.register(owner, region, region);
  }

  /** Evicts regions that this run does not use, the oldest first, until no more than so many bytes are used. */
  #evict(bytes: number): void {
    const idle = [...this.#regions].filter(({ lastUse }) => lastUse !== this.#run);
    idle.sort((a, b) => a.lastUse - b.lastUse);
    for (const region of idle) {
      if (this.#used <= bytes) return;
      this.remove(region);
    }
  }

  /**
   * Returns the address of `bytes` bytes that stay where they are until they are given back.
   * @throws KernelMemoryError if memory cannot grow so far.
   */
  keep(bytes: number): number {
    return this.#base + this.#take(align(bytes));
  }

  /** Frees memory that `keep` has returned. */
  giveBack(address: number, bytes: number): void {
    this.#free.free(address - this.#base, align(bytes));
  }

  /** Evicts a region: elements that are still needed are copied to arrays. */
  remove(region: Region): void {
    if (region.address === undefined) return;
    for (const { buffer } of region.buffers) buffer.vacate();
    this.#free.free(region.address - this.#base, region.bytes);
    region.address = undefined;
    this.#used -= region.bytes;
    this.#regions.delete(region);
    this.#owners?.unregister(region);
    this.version++;
  }

  /**
   * Returns an allocation of `bytes` bytes; if memory cannot hold it, evicts regions that this run does not use, and
   * tries again.
   */
  #take(bytes: number): number {
    try {
      return this.#tryTake(bytes);
    } catch (error) {
      if (!(error instanceof KernelMemoryError) || this.#regions.size === 0) throw error;
      this.#evict(0);
      return this.#tryTake(bytes);
    }
  }

  /** @throws KernelMemoryError if memory cannot hold it; the free list is then as before. */
  #tryTake(bytes: number): number {
    const start = this.#free.take(bytes);
    try {
      this.#reserve();
      return start;
    } catch (error) {
      this.#free.free(start, bytes);
      throw error;
    }
  }

  /** Grows memory to the end of the free list. */
  #reserve(): void {
    const { memory } = this.#host;
    const { buffer } = memory;
    reserve(memory, this.#base + this.#free.end, "heap");
    if (memory.buffer !== buffer) this.version++;
  }
}

export class LinearBuffer extends DeviceBuffer {
  /** While its region is in memory. */
  address = -1;
  readonly #view: (address: number) => TypedArray;

  /** @param view makes a view of the elements. */
  constructor(view: (address: number) => TypedArray) {
    super();
    this.#view = view;
  }

  /** Returns the elements, until memory grows. */
  override view(): TypedArray {
    return this.#view(this.address);
  }

  override write(elements: Storage | DeviceStorage): void {
    writeTo(this.view(), elements);
  }
}
