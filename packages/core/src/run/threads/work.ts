/**
 * The work of a thread: it runs partitions of calls, and between them reads the log of functions. The functions here
 * are sent to workers as their text, so they use nothing but their parameters and what every host has.
 *
 * ```
 * control   int32s of the shared memory: the ticket, the job, how many of its partitions are done, …
 * job       float64s: bytes of scratch memory of a thread, the step of a loop, then the offset of each partition
 * partition     float64s: count of calls, and each: module, function, code, whether arguments move on in a step, count
 *           of scratch arguments, count of arguments, arguments, what they move on by in a step, and the indices of all
 *           arguments that are scratch memory: these move on by the scratch memory of a thread, for each thread log
 *           entries of int32s and bytes, each with the address of the next: modules that come and go
 * ```
 *
 * The *ticket* is the number of a phase and, in its low bits, the number of partitions that are not taken. A thread
 * that decrements it by a compare-and-swap takes the partition with the new number. A thread that was suspended finds
 * another ticket, and takes nothing of a phase that is over. So a phase waits for partitions, never for threads.
 */

/** The indices in the control array, in int32: a word that is written often has a line of the cache for itself. */
export const CONTROL_WORDS = {
  ticket: 0,
  done: 16,
  job: 32,
  jobEnd: 33,
  sleepers: 48,
  waits: 64,
  stop: 80,
  fault: 81,
  /** The text of a fault: its length, and its characters. */
  fail: 96,
  /** By thread: how many entries of the log it has read. */
  read: 256,
};

/** Int32s of the control array, and the characters of a fault that it has room for. */
export const CONTROL_LENGTH = 512;
export const FAULT_LENGTH = 128;

/** The low bits of a ticket, which count partitions. */
export const PARTITIONS_MASK = 4095;

/** The kinds of the entries of the log. */
export const ENTRY = { start: 0, name: 1, group: 2, module: 3, release: 4 } as const;

/** Int32s before the bytes of an entry: next, kind, module, count, length. */
export const ENTRY_HEAD = 5;

type AnyFunction = (...args: number[]) => unknown;

/** The functions that partitions call: by module, by index. */
export type Functions = Map<number, AnyFunction[]>;

/** An entry of the log, which every thread reads. */
export interface Entry {
  readonly kind: number;
  /** The number of a module; 0 for the functions of the kernel. */
  readonly module: number;
  /** The index of a function of the kernel; the functions of JavaScript that a module imports. */
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A memory that is shared: its buffer is a SharedArrayBuffer, see `LinearMemory`. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer;
}

/** The message with which a worker is started. */
export interface Start {
  readonly memory: SharedMemory;
  readonly kernel: object;
  /** The address of the control array. */
  readonly control: number;
  readonly controlLength: number;
  readonly faultLength: number;
  readonly partitionsMask: number;
  readonly controlWords: typeof CONTROL_WORDS;
  readonly entry: typeof ENTRY;
  readonly entryHead: number;
  /** The number of the thread, from 1 on. */
  readonly thread: number;
  /** The entries of the log so far, and the entry after which it goes on. */
  readonly known: readonly Entry[];
  readonly last: number;
  readonly entriesRead: number;
  /** Milliseconds that it looks for work before it sleeps. */
  readonly spin: number;
}

/** Takes partitions on one thread. */
export interface Taker {
  /** Takes partitions until there are none. @returns how many it has taken. */
  readonly takeAll: () => number;
  /** Runs a partition of a job. @throws what its function throws. */
  readonly run: (job: number, end: number, partition: number) => void;
}

/**
 * Returns the function by which a thread takes partitions.
 *
 * @param look is called before a partition is taken: it reads the log, which was written before the ticket.
 */
export function takerOf(
  {
    memory,
    controlWords,
    partitionsMask,
    thread,
  }: Pick<Start, "memory" | "controlWords" | "partitionsMask" | "thread">,
  control: Int32Array,
  functions: Functions,
  look: () => void,
): Taker {
  let numbers = new Float64Array(0);
  const args: number[] = [];
  const run = (job: number, end: number, partition: number): void => {
    // Memory that grew in another thread is seen here the next time that its buffer is read.
    while (numbers.byteLength < end) {
      const { buffer } = memory;
      numbers = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    }
    const start = job / 8;
    const scratchBytes = thread * (numbers[start] as number);
    const step = numbers[start + 1] as number;
    let position = numbers[start + 2 + partition] as number;
    const calls = numbers[position++] as number;
    for (let k = 0; k < calls; k++) {
      const list = functions.get(numbers[position] as number);
      const call = list?.[numbers[position + 1] as number];
      const code = position + 2;
      const moves = numbers[position + 3] as number;
      const scratches = numbers[position + 4] as number;
      const count = numbers[position + 5] as number;
      position += 6;
      args.length = count;
      for (let i = 0; i < count; i++) args[i] = numbers[position + i] as number;
      position += count;
      if (moves > 0) {
        for (let i = 0; i < count; i++) {
          args[i] = (args[i] as number) + step * (numbers[position + i] as number);
        }
        position += count;
      }
      for (let i = 0; i < scratches; i++) {
        const scratch = numbers[position++] as number;
        args[scratch] = (args[scratch] as number) + scratchBytes;
      }
      if (call === undefined) throw new Error(`thread ${thread} lacks a function`);
      const result = call(...args) as number;
      // The code of an error; functions that refuse nothing return no number.
      if (result < 0) numbers[code] = result;
    }
  };
  const takeAll = (): number => {
    let taken = 0;
    for (;;) {
      const ticket = Atomics.load(control, controlWords.ticket);
      const left = ticket & partitionsMask;
      if (left === 0) return taken;
      look();
      if (Atomics.compareExchange(control, controlWords.ticket, ticket, ticket - 1) !== ticket)
        continue;
      taken++;
      // The job belongs to the ticket: it is not replaced until all of its partitions are done.
      run(
        Atomics.load(control, controlWords.job) >>> 0,
        Atomics.load(control, controlWords.jobEnd) >>> 0,
        left - 1,
      );
      Atomics.add(control, controlWords.done, 1);
    }
  };
  return { takeAll, run };
}

/** The WebAssembly that a worker needs. */
interface Assembly {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, object>>,
  ) => { readonly exports: Record<string, AnyFunction> };
}

/**
 * Runs a worker until it is told to stop.
 *
 * @param ready is called when it can take partitions.
 * @param makeTaker is {@link takerOf}.
 */
export function work(start: Start, ready: () => void, makeTaker: typeof takerOf): void {
  const {
    memory,
    kernel,
    controlWords,
    entry,
    entryHead,
    thread,
    spin,
    partitionsMask,
    faultLength,
  } = start;
  const host = globalThis as unknown as {
    WebAssembly: Assembly;
    performance: { now(): number };
  };
  const { Instance, Module } = host.WebAssembly;
  const control = new Int32Array(memory.buffer, start.control, start.controlLength);
  const functions: Functions = new Map();
  const exports = { ...new Instance(kernel, { env: { memory } }).exports };
  const named: AnyFunction[] = [];
  functions.set(0, named);
  const enter = ({ kind, module, count, bytes }: Entry): void => {
    if (kind === entry.release) functions.delete(module);
    else if (kind === entry.name) {
      const name = String.fromCharCode(...bytes);
      named[count] = exports[name] as AnyFunction;
    } else if (kind === entry.group) {
      const instance = new Instance(new Module(bytes), { env: { memory }, kernel: exports });
      Object.assign(exports, instance.exports);
    } else if (kind === entry.module) {
      const js: Record<string, AnyFunction> = {};
      for (let i = 0; i < count; i++) {
        js[i] = () => {
          throw new Error("a function of JavaScript was called beside the thread that has it");
        };
      }
      const exported = new Instance(new Module(bytes), { env: { memory }, kernel: exports, js })
        .exports;
      const list: AnyFunction[] = [];
      for (let i = 0; exported[i] !== undefined; i++) list.push(exported[i] as AnyFunction);
      functions.set(module, list);
    }
  };
  let last = start.last;
  let entriesRead = start.entriesRead;
  let words = new Int32Array(memory.buffer);
  const word = (address: number, i: number): number => {
    while (words.byteLength < address + 4 * (i + 1)) words = new Int32Array(memory.buffer);
    return Atomics.load(words, address / 4 + i);
  };
  const readLog = (): void => {
    for (;;) {
      const next = word(last, 0) >>> 0;
      if (next === 0) return;
      const length = word(next, 4);
      const begin = next + 4 * entryHead;
      word(begin + length, 0);
      const bytes = new Uint8Array(memory.buffer, begin, length).slice();
      // The method `slice` of a shared memory makes an array that is not shared.
      enter({ kind: word(next, 1), module: word(next, 2), count: word(next, 3), bytes });
      last = next;
      entriesRead++;
      Atomics.store(control, controlWords.read + thread, entriesRead);
    }
  };
  for (const known of start.known) enter(known);
  const shared = { memory, controlWords, partitionsMask, thread };
  const { takeAll } = makeTaker(shared, control, functions, readLog);
  ready();
  let idle = 0;
  let since = 0;
  for (;;) {
    const ticket = Atomics.load(control, controlWords.ticket);
    if ((ticket & partitionsMask) > 0) {
      idle = 0;
      try {
        takeAll();
      } catch (error) {
        const message = String(error).slice(0, faultLength);
        for (let i = 0; i < message.length; i++) {
          control[controlWords.fail + 1 + i] = message.charCodeAt(i);
        }
        control[controlWords.fail] = message.length;
        Atomics.store(control, controlWords.fault, 1);
        // The partition is over, though it has failed.
        Atomics.add(control, controlWords.done, 1);
      }
      if (Atomics.load(control, controlWords.waits) === 1)
        Atomics.notify(control, controlWords.done);
      continue;
    }
    if (Atomics.load(control, controlWords.stop) === 1) return;
    idle++;
    if (idle === 1) since = host.performance.now();
    else if (idle % 64 === 0 && host.performance.now() - since > spin) {
      readLog();
      Atomics.add(control, controlWords.sleepers, 1);
      Atomics.wait(control, controlWords.ticket, ticket);
      Atomics.sub(control, controlWords.sleepers, 1);
      idle = 0;
    }
  }
}
