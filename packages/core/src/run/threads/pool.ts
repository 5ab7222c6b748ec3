/**
 * The threads of a shared memory: it publishes jobs, whose partitions workers and the caller run, see `work.ts`.
 */

import { int32At } from "../../tensor/shape.ts";
import { functionOf } from "../wasm/kernel/functions.ts";
import type { DividedWork, Threads, Workspace } from "../wasm/memory/workspace.ts";
import {
  CONTROL_LENGTH,
  CONTROL_WORDS,
  ENTRY,
  ENTRY_HEAD,
  type Entry,
  FAULT_LENGTH,
  type Functions,
  PARTITIONS_MASK,
  type Start,
  type Taker,
  takerOf,
} from "./work.ts";

/**
 * Milliseconds of running time for which the caller waits for a partition: after that, the worker counts as lost.
 */
const PATIENCE = 10_000;
/**
 * The milliseconds between two checks above which the caller itself was stopped, as by a debugger or a sleeping
 * computer.
 */
const GAP = 1000;
/** Milliseconds that a worker polls for work before it sleeps, and the caller before it waits. */
const WORKER_SPIN = 0.05;
const CALLER_SPIN = 1;
/** Milliseconds of waiting for begun partitions which show that the workers have no free core. */
const STALL = 0.3;
/** The first runs of a job, whose waiting time does not count, since a worker's code is not optimised yet. */
const WARM = 200;
/** Milliseconds for which the caller then works alone: at first, and at most. */
const REST = 5;
const LONGEST_REST = 160;

/** The error of threads that do not answer. */
export class ThreadFault extends Error {
  override readonly name = "ThreadFault";
}

/** A job: partitions of calls that run in parallel. */
export interface Job extends DividedWork {
  /** The start of the entry in memory, and its end. */
  readonly address: number;
  readonly end: number;
  /** The number of runs since the job is new in which the caller waited for workers. */
  waits: number;
}

/** The options that tests choose. */
export interface PoolOptions {
  /** Milliseconds for which a partition is waited for. Default 10 s. */
  readonly patience?: number;
  /** True if the caller leaves all partitions to the others. Default false. */
  readonly isIdle?: boolean;
  /** Runs all partitions of a job, in an order and on threads of its choice, instead of the threads. */
  readonly runJob?: RunJob;
}

/** @param run does what a thread does with a partition, with the scratch memory of that thread. */
export type RunJob = (job: Job, run: (partition: number, thread: number) => void) => void;

const now: () => number = () => (globalThis as unknown as Clock).performance.now();

interface Clock {
  readonly performance: { now(): number };
}

export class Pool {
  /** Threads, the caller included. */
  readonly threads: number;
  readonly space: Workspace;
  readonly #control: Int32Array;
  readonly #address: number;
  readonly #functions: Functions = new Map([[0, []]]);
  /** The indices of the kernel's functions, by name. */
  readonly #named = new Map<string, number>();
  /** The entries that a new worker has to know, by name. */
  readonly #known = new Map<string, Entry>();
  /** The entries of the log that are kept, since some worker may not have read them. */
  readonly #log: { readonly address: number; readonly bytes: number }[] = [];
  /** The number of entries that were written, the first one included. */
  #written = 0;
  #modules = 0;
  #phase = 0;
  readonly #taker: Taker;
  readonly #runJob: RunJob | undefined;
  readonly #canWait: boolean;
  #rest = REST;
  #restUntil = 0;
  /** True once a worker did not finish a partition: the pool cannot be used any more. */
  isBroken = false;
  /** True once the workers were told to end, or are lost: bindings then need no release. */
  hasEnded = false;
  /** The listener for times: see {@link Threads}. */
  timed: Threads["timed"];
  readonly #patience: number;
  readonly #isIdle: boolean;
  /** Is called when the threads are given up. */
  readonly giveUp: () => void;

  constructor(
    space: Workspace,
    threads: number,
    { patience = PATIENCE, isIdle = false, runJob }: PoolOptions,
    giveUp: () => void,
  ) {
    this.space = space;
    this.threads = threads;
    this.#patience = patience;
    this.#isIdle = isIdle;
    this.#runJob = runJob;
    this.giveUp = giveUp;
    const { memory } = space.host;
    this.#address = space.heap.keep(4 * CONTROL_LENGTH);
    this.#control = new Int32Array(memory.buffer, this.#address, CONTROL_LENGTH);
    this.#control.fill(0);
    this.#taker = this.#takerOf(0);
    this.#canWait = mayWait(this.#control);
    this.#append({ kind: ENTRY.start, module: 0, count: 0, bytes: new Uint8Array() });
  }

  /** Returns what takes partitions as a thread does, on that of the caller. */
  #takerOf(thread: number): Taker {
    const { memory } = this.space.host;
    const shared = { memory, controlWords: CONTROL_WORDS, partitionsMask: PARTITIONS_MASK, thread };
    return takerOf(shared, this.#control, this.#functions, () => {});
  }

  /** Returns the message that starts the worker of a thread. From now on the log is kept for it. */
  startOf(thread: number): Start {
    const last = this.#log.at(-1);
    Atomics.store(this.#control, CONTROL_WORDS.read + thread, this.#written);
    const { memory, module } = this.space.host;
    return {
      memory,
      kernel: module,
      control: this.#address,
      controlLength: CONTROL_LENGTH,
      faultLength: FAULT_LENGTH,
      partitionsMask: PARTITIONS_MASK,
      controlWords: CONTROL_WORDS,
      entry: ENTRY,
      entryHead: ENTRY_HEAD,
      thread,
      known: [...this.#known.values()],
      last: last?.address ?? 0,
      entriesRead: this.#written,
      spin: WORKER_SPIN,
    };
  }

  /** Tells the workers by the log that a group of kernels was loaded. */
  addGroup(bytes: Uint8Array<ArrayBuffer>): void {
    // The key has the number of written entries, since the number of known modules falls when one is released.
    this.#tell(`group ${this.#written}`, { kind: ENTRY.group, module: 0, count: 0, bytes });
  }

  /** Returns the index of a function of the kernel among those of module 0. */
  indexOf(name: string, group: string | undefined): number {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    // Loading its group logs the group first.
    const exported = functionOf(this.space.host, name, group);
    const index = this.#named.size;
    this.#named.set(name, index);
    this.#functions.get(0)?.push(exported);
    const bytes = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
    this.#tell(`name ${name}`, { kind: ENTRY.name, module: 0, count: index, bytes });
    return index;
  }

  /** Tells the workers about a module. @returns its number. */
  addModule(
    bytes: Uint8Array<ArrayBuffer>,
    functions: readonly ((...args: number[]) => unknown)[],
    imported: number,
  ): number {
    const module = ++this.#modules;
    this.#functions.set(module, [...functions]);
    this.#tell(`module ${module}`, { kind: ENTRY.module, module, count: imported, bytes });
    return module;
  }

  /** Tells the workers that a module is no longer called. */
  removeModule(module: number): void {
    this.#functions.delete(module);
    this.#known.delete(`module ${module}`);
    this.#append({ kind: ENTRY.release, module, count: 0, bytes: new Uint8Array() });
  }

  /** Tells the workers, also later ones, about something that they keep. @param key names it. */
  #tell(key: string, entry: Entry): void {
    this.#known.set(key, entry);
    this.#append(entry);
  }

  /** Writes an entry of the log after the last one. */
  #append({ kind, module, count, bytes }: Entry): void {
    this.#forget();
    const { heap, host } = this.space;
    const size = 4 * ENTRY_HEAD + bytes.length;
    const address = heap.keep(size);
    const { buffer } = host.memory;
    const head = new Int32Array(buffer, address, ENTRY_HEAD);
    head.set([0, kind, module, count, bytes.length]);
    new Uint8Array(buffer, address + 4 * ENTRY_HEAD, bytes.length).set(bytes);
    const last = this.#log.at(-1);
    this.#log.push({ address, bytes: size });
    this.#written++;
    if (last !== undefined) Atomics.store(new Int32Array(buffer, last.address, 1), 0, address);
  }

  /** Frees the memory of entries that all workers have read. */
  #forget(): void {
    let read = this.#written;
    for (let thread = 1; thread < this.threads; thread++) {
      read = Math.min(read, Atomics.load(this.#control, CONTROL_WORDS.read + thread));
    }
    // The last entry that a worker has read leads it to the next.
    const unread = this.#written - read;
    while (this.#log.length > unread + 1) {
      const first = this.#log.shift();
      if (first) this.space.heap.giveBack(first.address, first.bytes);
    }
  }

  /**
   * Runs all partitions of a job, as many in parallel as there are threads.
   *
   * @throws what a partition throws; ThreadFault if a worker does not end one.
   */
  run(job: Job): void {
    if (this.isBroken) throw new ThreadFault("threads: they have been given up");
    if (this.#runJob !== undefined) {
      const { address, end } = job;
      this.#runJob(job, (partition, thread) => this.#takerOf(thread).run(address, end, partition));
      return;
    }
    if (this.timed !== undefined || (this.#restUntil > 0 && now() < this.#restUntil)) {
      this.#runAlone(job);
      return;
    }
    this.#restUntil = 0;
    const control = this.#control;
    const begun = now();
    this.#publish(job);
    let taken = 0;
    try {
      if (!this.#isIdle) taken = this.#taker.takeAll();
    } catch (error) {
      this.#giveUpRest(job);
      throw error;
    }
    this.#wait(job, taken, begun);
    if (Atomics.load(control, CONTROL_WORDS.fault) !== 0) {
      const text = control.slice(
        CONTROL_WORDS.fail + 1,
        CONTROL_WORDS.fail + 1 + int32At(control, CONTROL_WORDS.fail),
      );
      Atomics.store(control, CONTROL_WORDS.fault, 0);
      throw new Error(`threads: a piece of a call has failed: ${String.fromCharCode(...text)}`);
    }
  }

  /** Runs all partitions of a job on the caller's thread. */
  #runAlone(job: Job): void {
    const { address, end, partitions } = job;
    for (let partition = 0; partition < partitions; partition++) {
      const begun = this.timed && now();
      this.#taker.run(address, end, partition);
      if (begun !== undefined) this.timed?.(job, partition, now() - begun);
    }
  }

  /** Ends all workers, each after its current call. */
  stop(): void {
    this.hasEnded = true;
    Atomics.store(this.#control, CONTROL_WORDS.stop, 1);
    this.#publish({ address: 0, end: 0, partitions: 0 });
  }

  #publish({ address, end, partitions }: Pick<Job, "address" | "end" | "partitions">): void {
    const control = this.#control;
    // The number is in the bits above the count of partitions, and wraps around.
    this.#phase = (this.#phase + PARTITIONS_MASK + 1) | 0;
    // The ticket counts no partitions, so no thread takes or runs one meanwhile.
    Atomics.store(control, CONTROL_WORDS.job, address | 0);
    Atomics.store(control, CONTROL_WORDS.jobEnd, end | 0);
    Atomics.store(control, CONTROL_WORDS.done, 0);
    Atomics.store(control, CONTROL_WORDS.ticket, this.#phase | partitions);
    if (Atomics.load(control, CONTROL_WORDS.sleepers) > 0)
      Atomics.notify(control, CONTROL_WORDS.ticket);
  }

  /** Takes all partitions that are left without running them, and waits for those that are being run. */
  #giveUpRest(job: Job): void {
    const control = this.#control;
    for (;;) {
      const ticket = Atomics.load(control, CONTROL_WORDS.ticket);
      const left = ticket & PARTITIONS_MASK;
      if (Atomics.compareExchange(control, CONTROL_WORDS.ticket, ticket, ticket - left) !== ticket)
        continue;
      // One more for the partition that threw: it was taken, but not counted as done.
      Atomics.add(control, CONTROL_WORDS.done, left + 1);
      break;
    }
    this.#wait({ ...job, waits: 0 }, 0, now());
    Atomics.store(control, CONTROL_WORDS.fault, 0);
  }

  /** Waits until all partitions are done. @param taken how many of them the caller has run, since `begun`. */
  #wait(job: Job, taken: number, begun: number): void {
    const control = this.#control;
    const { partitions } = job;
    let done = Atomics.load(control, CONTROL_WORDS.done);
    if (done >= partitions) return;
    const since = now();
    let looked = since;
    let waited = 0;
    for (let spins = 1; done < partitions; spins++) {
      if (spins % 64 === 0) {
        const present = now();
        if (present - looked < GAP) waited += present - looked;
        looked = present;
        if (waited > this.#patience) {
          this.isBroken = true;
          this.hasEnded = true;
          throw new ThreadFault(
            `threads: a worker has not finished within ${this.#patience / 1000} s what it had begun. Threads are given up, ` +
              "and work goes on with one",
          );
        }
        if (present - since > CALLER_SPIN && this.#canWait) {
          Atomics.store(control, CONTROL_WORDS.waits, 1);
          Atomics.wait(control, CONTROL_WORDS.done, done, 1);
          Atomics.store(control, CONTROL_WORDS.waits, 0);
        }
      }
      done = Atomics.load(control, CONTROL_WORDS.done);
    }
    this.#backOff(job, now() - since, taken > 0 ? (since - begun) / taken : 0);
  }

  /** If the caller had to wait, the workers have no free core: for a while the caller is faster alone. */
  #backOff(job: Job, waited: number, expected: number): void {
    if (job.waits < WARM) job.waits++;
    else if (waited > Math.max(STALL, 4 * expected)) {
      this.#rest = Math.min(2 * this.#rest, LONGEST_REST);
      this.#restUntil = now() + this.#rest;
    } else this.#rest = Math.max(REST, 0.9 * this.#rest);
  }
}

/** True if this thread may block; the main thread of a page may not. */
function mayWait(control: Int32Array): boolean {
  try {
    // The wait returns at once, since the word has another number.
    Atomics.wait(control, CONTROL_WORDS.waits, -1, 0);
    return true;
  } catch {
    return false;
  }
}
