/**
 * A detector of races between threads. The caller runs the partitions of each job in a random order with the threads'
 * memory, while all modules record the bytes that they access. Two partitions race if both access a byte and one of
 * them writes it, whatever the order and the bits were.
 *
 * It runs the shipped code: schedules, jobs in memory, `takerOf`, kernels and programs. It does not record accesses by
 * JavaScript, which runs only between jobs, nor code that no sampled program reaches. In the scratch memory of threads,
 * accesses are compared by thread, since the partitions of one thread share it in turn.
 */

import type { Call } from "../../src/graph/call.ts";
import { align } from "../../src/run/program/locations/freeList.ts";
import { WORK } from "../../src/run/program/locations/locations.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Job } from "../../src/run/threads/pool.ts";
import type { RegionStarts } from "../../src/run/wasm/kernel/makeCall.ts";
import type { DividedCalls, DividedOp, Threads } from "../../src/run/wasm/memory/workspace.ts";
import type { AccessRecorder } from "./recordedWasm.ts";

/** Two partitions that race for a byte. */
export interface Race {
  readonly address: number;
  /** The accesses of the later partition and of the earlier one. */
  readonly accesses: readonly ["reads" | "writes", "has read" | "has written"];
  /** The indices of both partitions in their job; in the scratch memory of threads, the indices of both threads. */
  readonly partitions: readonly [later: number, earlier: number | undefined];
  readonly isScratch: boolean;
}

/** The most partitions of a job. Accesses are numbered by partition below this number, and by thread from it on. */
const PARTITIONS = 4096;
const NUMBERS = PARTITIONS + 64;

/** Bytes whose accesses are recorded in one array. */
const PAGE = 2 ** 16;

/** Returns the array for the bytes of a page, made at the first access. */
function pageOf(pages: Int32Array[], page: number): Int32Array {
  const numbers = pages[page] ?? new Int32Array(PAGE);
  pages[page] = numbers;
  return numbers;
}

/** Compares the accesses of the partitions of a job. */
export class RaceRecorder implements AccessRecorder {
  /** The races since the list was last emptied: at most one of each job. */
  readonly races: Race[] = [];
  /** The number of bytes that partitions have accessed. */
  touched = 0;
  /** By page, for each byte: the number of its last writer, and below of its last reader. */
  readonly #writers: Int32Array[] = [];
  readonly #readers: Int32Array[] = [];
  /** The first number of the present job, which is above all numbers of the jobs before it. */
  #base = 1;
  #partition = 0;
  #thread = 0;
  #isOn = false;
  #hasRace = false;
  #scratchStart = 0;
  #scratchEnd = 0;

  /** Sets the bounds of the scratch memory of all threads. */
  setScratch(start: number, end: number): void {
    this.#scratchStart = start;
    this.#scratchEnd = end;
  }

  /** True if a partition of the present job has written a byte. */
  hasWritten(address: number): boolean {
    return (this.#writers[address >>> 16]?.[address & (PAGE - 1)] ?? 0) >= this.#base;
  }

  enter(partition: number, thread: number): void {
    this.#isOn = true;
    this.#partition = this.#base + partition;
    this.#thread = this.#base + PARTITIONS + thread;
  }

  /** Ends a job: later accesses cannot race with its accesses. */
  leave(): void {
    this.#isOn = false;
    this.#hasRace = false;
    this.#base += NUMBERS;
    if (this.#base < 2 ** 31 - 2 * NUMBERS) return;
    this.#base = 1;
    for (const page of [...this.#writers, ...this.#readers]) page?.fill(0);
  }

  read(address: number, offset: number, bytes: number): void {
    if (this.#isOn) this.#touch(address + offset, bytes, false);
  }

  write(address: number, offset: number, bytes: number): void {
    if (this.#isOn) this.#touch(address + offset, bytes, true);
  }

  #touch(start: number, bytes: number, writes: boolean): void {
    const first = start & (PAGE - 1);
    const end = first + bytes;
    if (end > PAGE) {
      const here = PAGE - first;
      this.#touch(start, here, writes);
      this.#touch(start + here, bytes - here, writes);
      return;
    }
    this.touched += bytes;
    const base = this.#base;
    // One test of the start suffices, since scratch memory of threads begins and ends at multiples of 64 bytes.
    const isScratch = start >= this.#scratchStart && start < this.#scratchEnd;
    const own = isScratch ? this.#thread : this.#partition;
    const writers = pageOf(this.#writers, start >>> 16);
    const readers = pageOf(this.#readers, start >>> 16);
    for (let i = first; i < end; i++) {
      const writer = writers[i] as number;
      if (writer >= base && writer !== own) this.#found(start - first + i, writes, own, writer);
      const reader = readers[i] as number;
      if (!writes) {
        // The negative first number of a job means several readers.
        if (reader !== own) readers[i] = reader >= base || reader === -base ? -base : own;
        continue;
      }
      if (reader === -base) this.#found(start - first + i, true, own, undefined);
      else if (reader >= base && reader !== own)
        this.#found(start - first + i, true, own, reader, true);
      writers[i] = own;
    }
  }

  /** @param earlier undefined for several readers. */
  #found(
    address: number,
    writes: boolean,
    later: number,
    earlier: number | undefined,
    hasRead = earlier === undefined,
  ): void {
    if (this.#hasRace) return;
    this.#hasRace = true;
    const isScratch = later - this.#base >= PARTITIONS;
    const indexOf = (own: number) => own - this.#base - (isScratch ? PARTITIONS : 0);
    const partitions = [indexOf(later), earlier && indexOf(earlier)] as const;
    const accesses = [writes ? "writes" : "reads", hasRead ? "has read" : "has written"] as const;
    this.races.push({ address, accesses, partitions, isScratch });
  }
}

/** Returns the function that tells a recorder of a pool's partitions (see `drawnPool`). */
export function watching(recorder: RaceRecorder) {
  return (_job: Job, partition: number | undefined, thread: number): void => {
    if (partition === undefined) recorder.leave();
    else recorder.enter(partition, thread);
  };
}

/** Wraps threads, and tells a recorder before each run where their scratch memory is. */
export class WatchedThreads implements Threads {
  readonly #threads: Threads;
  readonly #recorder: RaceRecorder;
  timed: Threads["timed"];
  /** The number of programs and ops that were divided. */
  divided = 0;

  constructor(threads: Threads, recorder: RaceRecorder) {
    this.#threads = threads;
    this.#recorder = recorder;
  }

  get count(): number {
    return this.#threads.count;
  }

  divide(program: Program): DividedCalls | undefined {
    const calls = this.#threads.divide(program);
    if (calls === undefined) return undefined;
    this.divided++;
    return {
      workBytes: calls.workBytes,
      isBroken: false,
      giveUp: () => calls.giveUp(),
      bind: (starts) => {
        const start = starts[WORK] ?? 0;
        const bounds = calls.bind(starts);
        return bounds.map((bound) => () => {
          this.#recorder.setScratch(start, start + this.count * align(program.plan.workBytes));
          bound();
        });
      },
    };
  }

  divideOnce(calls: readonly Call[], flops: number, scratchBytes: number): DividedOp | undefined {
    const op = this.#threads.divideOnce(calls, flops, scratchBytes);
    if (op === undefined) return undefined;
    this.divided++;
    return {
      workBytes: op.workBytes,
      run: (starts: RegionStarts) => {
        // The last region, after those of the arrays, is scratch memory.
        const start = starts.at(-1) ?? 0;
        this.#recorder.setScratch(start, start + op.workBytes);
        op.run(starts);
      },
    };
  }
}
