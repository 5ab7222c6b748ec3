/**
 * An open GPU: its memory, in which every value has an address; the shaders; the requests to it, in order; and their
 * answers. Memory is one buffer, until there are more values than a shader sees of one.
 *
 * The first words of memory tell of an error: the number of its check, the index and the element, its run, and the
 * number of the present run. After an error, every later shader returns immediately, until the host learns of it with
 * the next elements that it fetches: it then undoes the assignments of the runs since, and clears the error.
 */

import { ArgumentError } from "../../errors.ts";
import { type Check, errorOfCode } from "../../graph/call.ts";
import type { Cell } from "../../graph/cell.ts";
import { peekCell, writeCell } from "../../graph/recording.ts";
import { at } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FreeList } from "../program/locations/freeList.ts";
import type { GpuBuffer, GpuDevice, GpuEncoder, GpuHost } from "./api.ts";
import { SLOT, WORD, withBuffers } from "./wgsl.ts";

const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 0x40, storage: 0x80 } as const;
const COMPUTE = 4;

/** Bytes of the first words: check, index, element, run of the error; and the present run. */
const HEAD = 20;
const RUN_ADDRESS = 16;
/** Addresses are multiples of this many bytes, at which arrays of words may be written. */
const ALIGNMENT = 256;
/** Bytes of memory at the beginning. */
const SMALLEST = 2 ** 20;
/** Buffers that shaders may have, on every device. */
const MOST_BUFFERS = 8;
/** Buffers of a size that are kept for other copies. */
const MOST_SPARE = 16;
/** The number of runs without a read result after which the error word of the GPU is read. */
const MOST_UNREAD = 256;

/** Words as the host has them. */
export type Words = Uint32Array | Int32Array | Float32Array;

/** An allocation. */
export interface Allocation {
  readonly start: number;
  readonly bytes: number;
}

/** The refused runs: the one with the error, and all since. */
interface Refusal {
  readonly from: number;
  readonly to: number;
  readonly error: Error;
  /** True if the error was thrown to the user. */
  isReported: boolean;
}

/** A Variable that a run has assigned. */
interface Assigned {
  readonly cell: Cell;
  readonly before: Tensor;
  readonly after: Tensor;
}

/** A growth of memory for which the driver has not confirmed the memory. */
interface Growth {
  /** The memory before. */
  readonly before: readonly GpuBuffer[];
  /** The first run after it. */
  readonly from: number;
  readonly errors: Promise<object | null>[];
  /** The copies and writes since, which are repeated in the old memory if the growth fails. */
  readonly journal: { readonly allocation: Allocation; readonly act: Access }[];
}

/** Writes or copies an allocation, which begins in a buffer at an offset in bytes. */
type Access = (buffer: GpuBuffer, offset: number) => void;

/** A request for elements. */
interface Request {
  readonly buffer: GpuBuffer;
  readonly bytes: number;
  readonly resolve: (words: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

function tooLarge(most: number, bytes: number): ArgumentError {
  const expected = `values of at most ${most} bytes together`;
  const hint = "Take smaller batches, or compile for WebAssembly";
  return new ArgumentError("webgpu", "", expected, `${bytes} bytes`, hint);
}

const sizeOf = (buffers: readonly GpuBuffer[]) => buffers.reduce((sum, { size }) => sum + size, 0);

const refusedCommand = ({ message }: { readonly message: string }) =>
  `it refused a command: ${message}`;

export class Gpu {
  readonly device: GpuDevice;
  /** The start of WebGPU, which must not be collected before its devices: npm's `webgpu` ends the process then. */
  readonly host: GpuHost;
  /** True if sums and products keep each rounding. */
  readonly exact: boolean;
  /** The version, which changes with the buffer and with the scratch memory. */
  version = 0;
  /** The number of the last run. */
  run = 0;
  /** The reason why the device no longer computes. */
  #end: string | undefined;
  #memory: readonly GpuBuffer[] = [];
  /** Bytes of a buffer that is full: addresses from there on are those of the next one. */
  readonly #part: number;
  /** The most bytes of all buffers. */
  #most: number;
  #growth: Growth | undefined;
  #grown: Promise<void> | undefined;
  /** By buffer: its free parts. */
  readonly #free: FreeList[] = [];
  #scratch: Allocation = { start: 0, bytes: 0 };
  /** By the number of buffers: the layouts of a shader's memory, and of a pipeline. */
  readonly #layouts: (readonly [object, object])[] = [];
  /** The pipelines that programs have, by their code. */
  readonly #pipelines = new Map<string, WeakRef<object>>();
  /** The checks by their numbers, from 1. */
  readonly #checks = new Map<number, Check>();
  #lastCheck = 0;
  /** The numbers of the checks of collected programs, which a pending run may still report. */
  readonly #goneChecks: number[] = [];
  /** Requested copies that were not submitted yet. */
  #encoder: GpuEncoder | undefined;
  #requests: Request[] = [];
  #refusals: Refusal[] = [];
  /** Runs whose completion status is not known yet. */
  #log: { readonly run: number; readonly assigned: readonly Assigned[] }[] = [];
  /** Free buffers of copies, by size. */
  readonly #spare = new Map<number, GpuBuffer[]>();
  /** The registry that releases memory when its owner is collected. */
  readonly #owned = new FinalizationRegistry<() => void>((giveUp) => giveUp());
  readonly lost: Promise<string>;

  constructor(host: GpuHost, device: GpuDevice, exact: boolean) {
    this.host = host;
    this.device = device;
    this.exact = exact;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const bytes = Math.min(maxStorageBufferBindingSize, maxBufferSize, 2 ** 32 - ALIGNMENT);
    this.#part = Math.floor(bytes / ALIGNMENT) * ALIGNMENT;
    // Shaders count words in 32 bits.
    this.#most = Math.min(MOST_BUFFERS * this.#part, 2 ** 34 - ALIGNMENT);
    this.#memory = [this.#buffer(Math.min(SMALLEST, this.#part))];
    this.#take(ALIGNMENT);
    device.addEventListener("uncapturederror", ({ error }) => {
      this.#end ??= refusedCommand(error);
    });
    this.lost = device.lost.then(({ message, reason }) => {
      this.#end ??= `it is lost: ${message || reason}`;
      return this.#end;
    });
  }

  /** Releases everything. */
  close(): void {
    this.#end ??= "it was closed";
    this.device.destroy();
  }

  /** Returns the error of a device that is lost or has refused a command; undefined while it works. */
  gone(): ArgumentError | undefined {
    if (this.#end === undefined) return undefined;
    const expected = "a GPU that is there";
    const hint = "Open it again, and load the last state that was saved";
    return new ArgumentError("webgpu", "", expected, this.#end, hint);
  }

  /** @throws if the device is lost or has refused a command. */
  check(): void {
    const error = this.gone();
    if (error !== undefined) throw error;
  }

  #buffer(size: number, usage: number = USAGE.storage): GpuBuffer {
    return this.device.createBuffer({ size, usage: usage | USAGE.copyFrom | USAGE.copyTo });
  }

  /** Allocates memory, which grows if necessary. @param owner the memory is freed when it is collected. */
  take(bytes: number, owner: object): Allocation {
    const allocation = this.#take(bytes);
    this.#owned.register(owner, () => this.#release(allocation));
    return allocation;
  }

  /** Allocates from the first buffer that has enough memory. */
  #take(bytes: number): Allocation {
    const length = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    if (length > this.#part) throw tooLarge(this.#part, bytes);
    for (let k = 0; ; k++) {
      if (k === MOST_BUFFERS) throw tooLarge(this.#most, sizeOf(this.#memory) + length);
      this.#free[k] ??= new FreeList();
      const free = at(this.#free, k);
      const start = free.take(length);
      const end = start + length;
      try {
        if (end <= this.#part) {
          if (end > (this.#memory[k]?.size ?? 0)) this.#grow(k, end);
          return { start: k * this.#part + start, bytes: length };
        }
      } catch (error) {
        free.free(start, length);
        throw error;
      }
      free.free(start, length);
    }
  }

  #release({ start, bytes }: Allocation): void {
    at(this.#free, Math.floor(start / this.#part)).free(start % this.#part, bytes);
  }

  /** Grows a buffer to a number of bytes. */
  #grow(k: number, bytes: number): void {
    const before = this.#memory;
    const old = before[k];
    const others = sizeOf(before) - (old?.size ?? 0);
    let size = old?.size ?? SMALLEST;
    while (size < bytes) size *= 2;
    size = Math.min(size, this.#part, this.#most - others);
    if (bytes > size) throw tooLarge(this.#most, others + bytes);
    const { device } = this;
    const isFirst = this.#growth === undefined;
    this.#growth ??= { before, from: this.run + 1, errors: [], journal: [] };
    if (isFirst) {
      device.pushErrorScope("validation");
      this.#grown = this.#resolveGrowth(this.#growth);
    }
    device.pushErrorScope("out-of-memory");
    const grown = this.#buffer(size);
    this.#memory = [...before.slice(0, k), grown, ...before.slice(k + 1)];
    this.#growth.errors.push(this.#poppedScope());
    if (old !== undefined) {
      this.commands().copyBufferToBuffer(old, 0, grown, 0, old.size);
      this.submit();
      if (!this.#growth.before.includes(old)) old.destroy();
    }
    this.version++;
  }

  /**
   * Handles the driver's answer to a growth. If it failed, no run since has computed anything, as after an error, so
   * work continues in the old memory.
   */
  async #resolveGrowth({ before, from, errors, journal }: Growth): Promise<void> {
    await undefined;
    let isRefused = false;
    // A later growth adds its own actions.
    for (const error of errors) isRefused = (await error) !== null || isRefused;
    this.submit();
    const refused = this.#poppedScope();
    this.#growth = undefined;
    if (!isRefused) {
      for (const old of before) if (!this.#memory.includes(old)) old.destroy();
      const error = await refused;
      if (error !== null) this.#end ??= refusedCommand(error);
      return;
    }
    const [size, known] = [sizeOf(this.#memory), sizeOf(before)];
    this.#memory = before;
    // The next growth tries less.
    this.#most = known + Math.floor((size - known) / 2 / ALIGNMENT) * ALIGNMENT;
    if (!this.#reaches(this.#scratch)) this.#dropScratch();
    this.version++;
    this.#refuse(from, tooLarge(known, size));
    for (const { allocation, act } of journal) this.#do(allocation, act);
  }

  /** Resolves to the error of the last scope; to null if there was none, or the device is gone. */
  #poppedScope(): Promise<{ readonly message: string } | null> {
    return this.device.popErrorScope().catch(() => null);
  }

  #reaches({ start, bytes }: Allocation): boolean {
    const { size = 0 } = this.#memory[Math.floor(start / this.#part)] ?? {};
    return (start % this.#part) + bytes <= size;
  }

  /** @throws if an allocation extends beyond memory, since the driver had less than it reported. */
  demand(allocation: Allocation): void {
    if (this.#reaches(allocation)) return;
    throw tooLarge(sizeOf(this.#memory), allocation.start + allocation.bytes);
  }

  /**
   * Copies or writes an allocation, and repeats that if a growth of memory fails. Beyond the end of memory there are
   * only results of refused runs.
   */
  #do(allocation: Allocation, act: Access): void {
    const { start, bytes } = allocation;
    if (bytes === 0 || !this.#reaches(allocation)) return;
    act(at(this.#memory, Math.floor(start / this.#part)), start % this.#part);
    this.#growth?.journal.push({ allocation, act });
  }

  /** Returns scratch memory, which all programs share. */
  scratch(bytes: number): Allocation {
    if (bytes > this.#scratch.bytes) {
      this.#dropScratch();
      this.#scratch = this.#take(bytes);
      this.version++;
    }
    return this.#scratch;
  }

  #dropScratch(): void {
    const before = this.#scratch;
    this.#scratch = { start: 0, bytes: 0 };
    this.#release(before);
  }

  /** Returns the pipeline of a shader. */
  pipeline(lines: string): object {
    const code = withBuffers(lines, this.#memory.length, this.#part / WORD);
    const known = this.#pipelines.get(code)?.deref();
    if (known !== undefined) return known;
    const module = this.device.createShaderModule({ code });
    const [, layout] = this.#layoutsOf();
    const pipeline = this.device.createComputePipeline({
      layout,
      compute: { module, entryPoint: "main" },
    });
    this.#pipelines.set(code, new WeakRef(pipeline));
    this.#owned.register(pipeline, () => {
      if (!this.#pipelines.get(code)?.deref()) this.#pipelines.delete(code);
    });
    return pipeline;
  }

  /** Returns the layouts of memory and of pipelines, for the present number of buffers. */
  #layoutsOf(): readonly [object, object] {
    const { device } = this;
    const count = this.#memory.length;
    const known = this.#layouts[count];
    if (known !== undefined) return known;
    const entry = (binding: number, buffer: object) => ({ binding, visibility: COMPUTE, buffer });
    const layout = device.createBindGroupLayout({
      entries: [
        entry(0, { type: "uniform", hasDynamicOffset: true }),
        ...this.#memory.map((_, k) => entry(k + 1, { type: "storage" })),
      ],
    });
    const pair = [layout, device.createPipelineLayout({ bindGroupLayouts: [layout] })] as const;
    this.#layouts[count] = pair;
    return pair;
  }

  /** Returns the bind group of memory and slots. @param most the number of slots of a dispatch. Default 1. */
  bind(slots: Uint32Array, most = 1): object {
    const { device } = this;
    const bytes = most * SLOT.words * 4;
    const buffer = this.#buffer(slots.byteLength + bytes, USAGE.uniform);
    if (slots.length > 0) device.queue.writeBuffer(buffer, 0, slots);
    const [layout] = this.#layoutsOf();
    return device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer, size: bytes } },
        ...this.#memory.map((each, k) => ({ binding: k + 1, resource: { buffer: each } })),
      ],
    });
  }

  /** Returns the number of a check, by which shaders name it. @param owner the number is freed when it is collected. */
  numberOf(check: Check, owner: object): number {
    const number = ++this.#lastCheck;
    this.#checks.set(number, check);
    this.#owned.register(owner, () => this.#goneChecks.push(number));
    return number;
  }

  /** Returns the encoder of commands that are submitted together. */
  commands(): GpuEncoder {
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  /** Submits the requests. */
  submit(): void {
    if (this.#encoder === undefined) return;
    const commands = this.#encoder;
    this.#encoder = undefined;
    this.device.queue.submit([commands.finish()]);
  }

  /** Writes words after all earlier requests. */
  write(start: number, words: Words): void {
    // The words are copied, since the caller may change them.
    const copy = this.#growth ? words.slice() : words;
    this.#do({ start, bytes: copy.byteLength }, (memory, offset) => {
      this.submit();
      this.device.queue.writeBuffer(memory, offset, copy);
    });
  }

  /** Begins a run. @returns its number. */
  begin(): number {
    this.run++;
    this.write(RUN_ADDRESS, Uint32Array.of(this.run));
    return this.run;
  }

  /** Notes what a run has assigned, to be taken back if it turns out that it was refused. */
  note(run: number, assigned: readonly Assigned[]): void {
    if (assigned.length > 0) this.#log.push({ run, assigned });
    if (this.#log.length === MOST_UNREAD) this.#bring([]).catch(() => {});
  }

  /**
   * Copies words of memory into a buffer. @param owner the buffer is freed when it is collected, or earlier by {@link
   * free}.
   */
  copyOut(start: number, bytes: number, owner: object): GpuBuffer {
    const buffer = this.#copied(start, bytes);
    this.#owned.register(owner, () => this.#spareBuffer(buffer), owner);
    return buffer;
  }

  /** Frees the buffer of a copy, which its owner does not read again. */
  free(buffer: GpuBuffer, owner: object): void {
    if (this.#owned.unregister(owner)) this.#spareBuffer(buffer);
  }

  #copied(start: number, bytes: number): GpuBuffer {
    let size = ALIGNMENT;
    while (size < bytes) size *= 2;
    const buffer = this.#spare.get(size)?.pop() ?? this.#buffer(size);
    this.#do({ start, bytes }, (memory, offset) => {
      this.commands().copyBufferToBuffer(memory, offset, buffer, 0, bytes);
    });
    return buffer;
  }

  #spareBuffer(buffer: GpuBuffer): void {
    const list = this.#spare.get(buffer.size) ?? [];
    this.#spare.set(buffer.size, list);
    if (list.length < MOST_SPARE || this.#growth) {
      list.push(buffer);
      return;
    }
    // Commands that were not submitted yet may read it.
    this.submit();
    buffer.destroy();
  }

  /** Copies a buffer into memory. */
  copyIn(buffer: GpuBuffer, start: number, bytes: number): void {
    this.#do({ start, bytes }, (memory, offset) => {
      this.commands().copyBufferToBuffer(buffer, 0, memory, offset, bytes);
    });
  }

  /** Copies from one address of memory to another, through a second buffer, since no command copies within one. */
  copyWithin(from: number, to: number, bytes: number): void {
    const buffer = this.#copied(from, bytes);
    this.copyIn(buffer, to, bytes);
    // Copies into it are submitted after this.
    this.#spareBuffer(buffer);
  }

  /** Fetches the words of a buffer, together with all others that are requested now. */
  fetch(buffer: GpuBuffer, bytes: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ buffer, bytes, resolve, reject });
      if (this.#requests.length > 1) return;
      Promise.resolve().then(() => {
        const requests = this.#requests;
        this.#requests = [];
        this.#bring(requests).catch((error) => {
          for (const each of requests) each.reject(error);
        });
      });
    });
  }

  /** Waits until all requests are done. */
  async wait(): Promise<void> {
    await this.#bring([]);
  }

  async #bring(requests: readonly Request[]): Promise<void> {
    while (this.#growth) await this.#grown;
    this.check();
    const { run } = this;
    const size = HEAD + requests.reduce((sum, { bytes }) => sum + bytes, 0);
    const staging = this.device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTo });
    const commands = this.commands();
    commands.copyBufferToBuffer(at(this.#memory, 0), 0, staging, 0, HEAD);
    let to = HEAD;
    for (const { buffer, bytes } of requests) {
      if (bytes > 0) commands.copyBufferToBuffer(buffer, 0, staging, to, bytes);
      to += bytes;
    }
    this.submit();
    try {
      await staging.mapAsync(1);
    } catch (error) {
      // The message of a lost device comes a moment later.
      await Promise.resolve();
      this.check();
      throw error;
    }
    this.check();
    const all = staging.getMappedRange().slice(0);
    staging.destroy();
    this.#learn(new Uint32Array(all, 0, HEAD / 4), run);
    let from = HEAD;
    for (const { bytes, resolve } of requests) {
      resolve(all.slice(from, from + bytes));
      from += bytes;
    }
  }

  /** Handles the error in the first words. @param run the last run that was submitted before they were read. */
  #learn(words: Uint32Array, run: number): void {
    const [number = 0, index = 0, element = 0, from = 0] = words;
    if (number === 0) {
      this.#log = this.#log.filter((entry) => entry.run > run);
      if (run === this.run)
        for (const gone of this.#goneChecks.splice(0)) this.#checks.delete(gone);
      return;
    }
    if (this.#refusals.some((known) => known.from === from)) return;
    const check = this.#checks.get(number) as Check;
    this.#refuse(from, errorOfCode(check, -1 - index, () => element | 0) as Error);
    this.write(0, new Uint32Array(4));
  }

  /** Undoes the assignments of runs, from one on. */
  #refuse(from: number, error: Error): void {
    this.#refusals.push({ from, to: this.run, error, isReported: false });
    for (const entry of this.#log.reverse()) {
      if (entry.run < from) continue;
      for (const { cell, before, after } of entry.assigned) {
        // A value that was assigned meanwhile stays.
        if (peekCell(cell) === after) writeCell(cell, before);
      }
    }
    this.#log = [];
  }

  /** Returns the error of a run and marks it as reported; undefined unless the run is known to be refused. */
  errorOf(run: number): Error | undefined {
    const refusal = this.#refusals.find(({ from, to }) => run >= from && run <= to);
    if (refusal === undefined) return undefined;
    refusal.isReported = true;
    return refusal.error;
  }

  /** Throws an error that was not thrown yet. */
  throwUnreported(): void {
    const refusal = this.#refusals.find(({ isReported }) => !isReported);
    if (refusal === undefined) return;
    refusal.isReported = true;
    throw refusal.error;
  }
}
