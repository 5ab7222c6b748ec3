/**
 * A detector of races between threads: the caller runs the partitions of each job in a drawn order, with the memory that
 * threads give them, while all modules tell which bytes they touch. Two partitions that touch the same byte, of which one
 * writes it, are a race, whatever the order and the bits were.
 *
 * It runs what ships: schedules, jobs in memory, `takerOf` and the code of kernels and programs. It sees no accesses of
 * JavaScript, which runs between jobs alone, nor those of code that a program of the sample does not reach. Bytes of the
 * scratch memory of threads are compared by thread, since partitions of one thread follow each other there.
 */

import type { Call } from "../../src/graph/call.ts";
import { align } from "../../src/run/program/locations/freeList.ts";
import { WORK } from "../../src/run/program/locations/locations.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Job } from "../../src/run/threads/pool.ts";
import type { RegionStarts } from "../../src/run/wasm/kernel/makeCall.ts";
import type { DividedCalls, DividedOp, Threads } from "../../src/run/wasm/memory/workspace.ts";
import type { AccessRecorder } from "./recordedWasm.ts";

/** Two partitions that touch a byte. */
export interface Race {
  readonly address: number;
  /** The accesses of the later one and of the earlier one. */
  readonly accesses: readonly ["reads" | "writes", "has read" | "has written"];
  /** Both: the indices of the partitions in their job, or of the threads if it is scratch memory of threads. */
  readonly partitions: readonly [later: number, earlier: number | undefined];
  readonly isScratch: boolean;
}

/** The most partitions of a job, after which the numbers of threads begin, and of both together. */
const PARTITIONS = 4096;
const NUMBERS = PARTITIONS + 64;

/** Bytes whose accesses are noted in one array. */
const PAGE = 2 ** 16;

/** Returns the numbers of the bytes of a page, which is made when it is touched. */
function pageOf(pages: Int32Array[], page: number): Int32Array {
  const numbers = pages[page] ?? new Int32Array(PAGE);
  pages[page] = numbers;
  return numbers;
}

/** Compares the accesses of the partitions of a job. */
export class RaceRecorder implements AccessRecorder {
  /** The races since this was last emptied: the first one of each job. */
  readonly races: Race[] = [];
  /** The bytes that partitions have touched. */
  touched = 0;
  /** By page, for each byte: the number of who has written it last, and of who has read it. */
  readonly #writers: Int32Array[] = [];
  readonly #readers: Int32Array[] = [];
  /** The start of the numbers of the present job, which are above those of all jobs before it. */
  #base = 1;
  #partition = 0;
  #thread = 0;
  #isOn = false;
  #hasRace = false;
  #scratchStart = 0;
  #scratchEnd = 0;

  /** Says where the scratch memory of all threads is. */
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

  /** Ends a job: what comes after it is ordered. */
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
    // Scratch memory of threads begins and ends at multiples of 64 bytes.
    const isScratch = start >= this.#scratchStart && start < this.#scratchEnd;
    const own = isScratch ? this.#thread : this.#partition;
    const writers = pageOf(this.#writers, start >>> 16);
    const readers = pageOf(this.#readers, start >>> 16);
    for (let i = first; i < end; i++) {
      const writer = writers[i] as number;
      if (writer >= base && writer !== own) this.#found(start - first + i, writes, own, writer);
      const reader = readers[i] as number;
      if (!writes) {
        // The negative start of a job stands for several readers.
        if (reader !== own) readers[i] = reader >= base || reader === -base ? -base : own;
        continue;
      }
      if (reader === -base) this.#found(start - first + i, true, own, undefined);
      else if (reader >= base && reader !== own)
        this.#found(start - first + i, true, own, reader, true);
      writers[i] = own;
    }
  }

  /** @param earlier undefined for several that have read. */
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

/** Returns what watches the partitions of a pool, see `drawnPool`. */
export function watching(recorder: RaceRecorder) {
  return (_job: Job, partition: number | undefined, thread: number): void => {
    if (partition === undefined) recorder.leave();
    else recorder.enter(partition, thread);
  };
}

/** Threads that tell a recorder where their scratch memory is, before each run. */
export class WatchedThreads implements Threads {
  readonly #threads: Threads;
  readonly #recorder: RaceRecorder;
  timed: Threads["timed"];
  /** The programs and the ops that were divided. */
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
        // The region after those of the arrays.
        const start = starts.at(-1) ?? 0;
        this.#recorder.setScratch(start, start + op.workBytes);
        op.run(starts);
      },
    };
  }
}
