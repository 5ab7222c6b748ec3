/**
 * The calls of a program bound for several threads.
 */

import { type Call, errorOfCode, isScratch, scratchArguments } from "../../graph/call.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { isDirect, type ProgramCall } from "../program/calls/call.ts";
import type { Program } from "../program/program.ts";
import { type EmittedCalls, emitCalls, NOWHERE, runsOf } from "../wasm/emit/control.ts";
import { rangeOf } from "../wasm/emit/ranges.ts";
import { type Bound, boundCall, numbersOf, type RegionStarts } from "../wasm/kernel/makeCall.ts";
import type { DividedCalls, DividedOp, Threads } from "../wasm/memory/workspace.ts";
import { timeOf } from "./cost.ts";
import type { Job, Pool } from "./pool.ts";
import {
  type Flat,
  type Phase,
  type Schedule,
  scheduleOf,
  scheduleOfOp,
  THRESHOLDS,
  type Thresholds,
} from "./schedule.ts";

/** Divides programs among the threads of a pool. */
export class ThreadsOf implements Threads {
  readonly pool: Pool;
  readonly #thresholds: Thresholds;

  constructor(pool: Pool, thresholds: Thresholds = THRESHOLDS) {
    this.pool = pool;
    this.#thresholds = thresholds;
  }

  get count(): number {
    return this.pool.threads;
  }

  get timed(): Threads["timed"] {
    return this.pool.timed;
  }

  set timed(log: Threads["timed"]) {
    this.pool.timed = log;
  }

  divide(program: Program): DividedCalls | undefined {
    const { pool } = this;
    if (!pool.space.canCompile) return undefined;
    const schedule = scheduleOf(program, pool.threads, this.#thresholds);
    if (schedule === undefined) return undefined;
    const calls = new CallsInPhases(pool, schedule);
    calls.releaseWhenForgotten();
    return calls;
  }

  divideOnce(calls: readonly Call[], flops: number, scratchBytes: number): DividedOp | undefined {
    const { pool } = this;
    const schedule = scheduleOfOp(
      calls,
      timeOf(flops),
      scratchBytes,
      pool.threads,
      this.#thresholds,
    );
    return schedule && new OpInPhases(pool, schedule);
  }
}

/** The calls of an eager op, bound for one use. */
class OpInPhases implements DividedOp {
  readonly #pool: Pool;
  readonly #schedule: Schedule;

  constructor(pool: Pool, schedule: Schedule) {
    this.#pool = pool;
    this.#schedule = schedule;
  }

  get workBytes(): number {
    return this.#schedule.workBytes;
  }

  run(starts: RegionStarts): void {
    const calls = new CallsInPhases(this.#pool, this.#schedule);
    try {
      for (const call of calls.bind(starts)) call();
    } catch (error) {
      if (calls.isBroken) calls.giveUp();
      throw error;
    } finally {
      calls.release();
    }
  }
}

/** The memory and the functions of a binding, in this thread and in workers. */
interface Binding {
  module: number | undefined;
  readonly allocations: { readonly address: number; readonly bytes: number }[];
}

/** The calls of a schedule, bound for the threads of a pool. */
export class CallsInPhases implements DividedCalls {
  readonly #pool: Pool;
  readonly #schedule: Schedule;
  readonly #calls: readonly ProgramCall[];
  #made: { readonly key: string; readonly bounds: readonly Bound[] } | undefined;
  readonly #binding: Binding = { module: undefined, allocations: [] };

  constructor(pool: Pool, schedule: Schedule) {
    this.#pool = pool;
    this.#schedule = schedule;
    this.#calls = schedule.steps.flatMap((step): readonly ProgramCall[] => {
      if ("stepped" in step) return step.stepped.body.flatMap(inSteps);
      return "alone" in step ? [step.alone] : step.phase.partitions.flat();
    });
  }

  /** Releases its memory and functions when it is garbage collected. */
  releaseWhenForgotten(): void {
    releases(this.#pool)?.register(this, this.#binding);
  }

  /** Releases its memory and functions. */
  release(): void {
    giveBack(this.#pool, this.#binding);
  }

  get workBytes(): number {
    return this.#schedule.workBytes;
  }

  get isBroken(): boolean {
    return this.#pool.isBroken;
  }

  giveUp(): void {
    this.#pool.giveUp();
  }

  bind(starts: RegionStarts): readonly Bound[] {
    const key = starts.join();
    if (this.#made?.key !== key) {
      giveBack(this.#pool, this.#binding);
      this.#made = { key, bounds: this.#make(starts) };
    }
    return this.#made.bounds;
  }

  #make(starts: RegionStarts): Bound[] {
    const pool = this.#pool;
    const { host } = pool.space;
    const emitted = emitCalls(host, this.#calls, starts, rangeOf);
    const runs = runsOf(emitted);
    let next = 0;
    const flat = (step: Flat, memory: Regions): ((step: number) => void) => {
      if ("alone" in step) {
        const { alone } = step;
        const run = runs[next++];
        return isDirect(alone) ? boundCall(host, alone, starts) : (run ?? (() => {}));
      }
      const first = next;
      next += step.phase.partitions.reduce((sum, { length }) => sum + length, 0);
      return this.#phase(step.phase, emitted, first, memory);
    };
    return this.#schedule.steps.map((step): Bound => {
      if (!("stepped" in step)) {
        const run = flat(step, { starts, moves: undefined });
        return () => run(0);
      }
      const { call, length, moves, body } = step.stepped;
      const inside = { starts: numbersOf(call.arguments, starts), moves };
      const all = body.map((each) => {
        if ("phase" in each) return this.#phase(each.phase, emitted, next, inside);
        const segment = emitted.calls[next++];
        const run = segment && emitted.functions[segment.index];
        // A function for a range of runs, with scratch memory that its caller chooses.
        return (at: number) => run?.(0, at, 1);
      });
      return () => {
        for (let at = 0; at < length; at++) for (const run of all) run(at);
      };
    });
  }

  /** @param first the index of its first call among all that are emitted. */
  #phase(
    { partitions, check }: Phase,
    emitted: EmittedCalls,
    first: number,
    regions: Regions,
  ): (step: number) => void {
    const pool = this.#pool;
    const { memory } = pool.space.host;
    let next = first;
    const rows = partitions.map((calls) => {
      const written = calls.flatMap((call) => {
        const row = this.#row(call, emitted, next++, regions);
        return row === undefined ? [] : [row];
      });
      return [written.length, ...written.flat()];
    });
    const job = this.#write(rows);
    const numbers = new Float64Array(memory.buffer, job.address, (job.end - job.address) / 8);
    if (regions.moves !== undefined) {
      return (step) => {
        numbers[STEP] = step;
        pool.run(job);
      };
    }
    if (check === undefined) return () => pool.run(job);
    /** Reads the code that the only call of a partition returned. */
    const take = (partition: number) => {
      const row = (numbers[HEAD + partition] ?? 0) - job.address / 8 + 1;
      const code = numbers[row + CODE] ?? 0;
      numbers[row + CODE] = 0;
      return code;
    };
    return () => {
      pool.run(job);
      const codes = partitions.map((_, i) => (i < check.first ? 0 : take(i)));
      const refused = codes.findIndex((code) => code < 0);
      if (refused < 0) return;
      const call = at(at(partitions, refused), 0);
      const numbers_ = numbersOf(call.arguments, regions.starts);
      const read = (argument: number, index: number) =>
        new DataView(memory.buffer).getInt32(numberAt(numbers_, argument) + 4 * index, true);
      const error = errorOfCode(call.check ?? check.refusal, numberAt(codes, refused), read);
      if (error !== undefined) throw error;
    };
  }

  /** Returns a call as numbers; undefined for a call with nothing to compute. */
  #row(
    call: ProgramCall,
    { bytes, functions, calls, imported }: EmittedCalls,
    index: number,
    { starts, moves }: Regions,
  ): readonly number[] | undefined {
    const pool = this.#pool;
    if (isDirect(call)) {
      const { function: callee, group, arguments: args } = call;
      if (typeof callee !== "string")
        throw new Error(`${callee.name} is no function of the kernel`);
      const scratch = scratchArguments(args);
      const head = [0, pool.indexOf(callee, group), 0, moves ? 1 : 0, scratch.length, args.length];
      const further = moves
        ? args.map((argument) =>
            typeof argument === "object" ? numberAt(moves, argument.region) : 0,
          )
        : [];
      return [...head, ...numbersOf(args, starts), ...further, ...scratch];
    }
    const emittedCall = calls[index];
    if (emittedCall === undefined || emittedCall.index === NOWHERE) return undefined;
    const binding = this.#binding;
    binding.module ??= pool.addModule(bytes, functions, imported.length);
    const { args = [], scratch = [] } = emittedCall;
    if (scratch.length === 0 && call.arguments.some(isScratch)) {
      throw new Error("its scratch memory is in its code, so that threads would share it");
    }
    return [
      binding.module,
      emittedCall.index,
      0,
      0,
      scratch.length,
      args.length,
      ...args,
      ...scratch,
    ];
  }

  #write(rows: readonly (readonly number[])[]): Job {
    const { heap, host } = this.#pool.space;
    const head = HEAD + rows.length;
    const bytes = 8 * (head + rows.reduce((sum, row) => sum + row.length, 0));
    const address = heap.keep(bytes);
    this.#binding.allocations.push({ address, bytes });
    const numbers = new Float64Array(host.memory.buffer, address, bytes / 8);
    numbers[0] = this.#schedule.threadBytes;
    let offset = head;
    rows.forEach((row, i) => {
      numbers[HEAD + i] = address / 8 + offset;
      numbers.set(row, offset);
      offset += row.length;
    });
    return { address, end: address + bytes, partitions: rows.length, waits: 0 };
  }
}

/** The starts of regions, and in a body the distance by which each step moves them on. */
interface Regions {
  readonly starts: RegionStarts;
  readonly moves: readonly number[] | undefined;
}

/** The offsets in a job: of its head, and of a code in a call. */
const STEP = 1;
const HEAD = 2;
const CODE = 2;

/**
 * Returns the calls in a step of a body for which functions of a range of runs are emitted. Partitions in a body are
 * calls of kernel functions.
 */
function inSteps(step: Flat): ProgramCall[] {
  if (!("alone" in step)) return [];
  const { alone } = step;
  return [{ ...alone, part: { whole: alone, first: 0, count: 1 } }];
}

/** Releases the memory and functions of a binding. */
function giveBack(pool: Pool, binding: Binding): void {
  if (pool.hasEnded) return;
  if (binding.module !== undefined) pool.removeModule(binding.module);
  binding.module = undefined;
  for (const { address, bytes } of binding.allocations.splice(0))
    pool.space.heap.giveBack(address, bytes);
}

const registries = new WeakMap<Pool, FinalizationRegistry<Binding>>();

/** Returns the registry that releases garbage-collected bindings; undefined in hosts without one. */
function releases(pool: Pool): FinalizationRegistry<Binding> | undefined {
  if (typeof FinalizationRegistry === "undefined") return undefined;
  let registry = registries.get(pool);
  if (registry === undefined) {
    registry = new FinalizationRegistry((binding) => giveBack(pool, binding));
    registries.set(pool, registry);
  }
  return registry;
}
