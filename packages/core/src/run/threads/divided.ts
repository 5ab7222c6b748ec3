/**
 * The calls of a program bound for several threads.
 */

import { errorOfCode } from "../../graph/call.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { isDirect, type ProgramCall } from "../program/calls/call.ts";
import type { Program } from "../program/program.ts";
import { type EmittedCalls, emitCalls, NOWHERE, runsOf } from "../wasm/emit/control.ts";
import { rangeOf } from "../wasm/emit/ranges.ts";
import { type Bound, boundCall, numbersOf, type RegionStarts } from "../wasm/kernel/makeCall.ts";
import type { DividedCalls, Threads } from "../wasm/memory/workspace.ts";
import type { Job, Pool } from "./pool.ts";
import { type Phase, type Schedule, scheduleOf, THRESHOLDS, type Thresholds } from "./schedule.ts";

/** Divides programs among the threads of a pool. */
export class ThreadsOf implements Threads {
  readonly pool: Pool;
  readonly #thresholds: Thresholds;

  constructor(pool: Pool, thresholds: Thresholds = THRESHOLDS) {
    this.pool = pool;
    this.#thresholds = thresholds;
  }

  divide(program: Program): DividedCalls | undefined {
    const { pool } = this;
    if (!pool.space.canCompile) return undefined;
    const schedule = scheduleOf(program, pool.threads, this.#thresholds);
    return schedule && new CallsInPhases(pool, schedule);
  }
}

/** What a binding has in memory and in workers. */
interface Held {
  module: number | undefined;
  readonly stretches: { readonly address: number; readonly bytes: number }[];
}

class CallsInPhases implements DividedCalls {
  readonly #pool: Pool;
  readonly #schedule: Schedule;
  readonly #calls: readonly ProgramCall[];
  #made: { readonly key: string; readonly bounds: readonly Bound[] } | undefined;
  readonly #held: Held = { module: undefined, stretches: [] };

  constructor(pool: Pool, schedule: Schedule) {
    this.#pool = pool;
    this.#schedule = schedule;
    this.#calls = schedule.steps.flatMap((step) =>
      "alone" in step ? [step.alone] : step.phase.pieces,
    );
    releases(pool)?.register(this, this.#held);
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
      giveBack(this.#pool, this.#held);
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
    return this.#schedule.steps.map((step): Bound => {
      if ("phase" in step) {
        const first = next;
        next += step.phase.pieces.length;
        return this.#phase(step.phase, emitted, first, starts);
      }
      const { alone } = step;
      const run = runs[next++];
      return isDirect(alone) ? boundCall(host, alone, starts) : (run ?? (() => {}));
    });
  }

  /** @param first the place of its first piece among all calls. */
  #phase(
    { pieces, check }: Phase,
    emitted: EmittedCalls,
    first: number,
    starts: RegionStarts,
  ): Bound {
    const pool = this.#pool;
    const rows: Row[] = [];
    pieces.forEach((piece, i) => {
      const numbers = this.#row(piece, emitted, first + i, starts);
      if (numbers !== undefined)
        rows.push({ numbers, piece, mayRefuse: check !== undefined && i >= check.first });
    });
    const job = this.#write(rows.map(({ numbers }) => numbers));
    if (check === undefined) return () => pool.run(job);
    const { memory } = pool.space.host;
    return () => {
      pool.run(job);
      const numbers = new Float64Array(memory.buffer, job.address, (job.end - job.address) / 8);
      /** Takes the code of a piece. */
      const take = (i: number) => {
        const place = (numbers[1 + i] ?? 0) - job.address / 8 + CODE;
        const code = numbers[place] ?? 0;
        numbers[place] = 0;
        return code;
      };
      const codes = rows.map(({ mayRefuse }, i) => (mayRefuse ? take(i) : 0));
      const refused = codes.findIndex((code) => code < 0);
      if (refused < 0) return;
      const { piece } = at(rows, refused);
      const given = numbersOf(piece.arguments, starts);
      const read = (argument: number, index: number) =>
        new DataView(memory.buffer).getInt32(numberAt(given, argument) + 4 * index, true);
      const error = errorOfCode(piece.check ?? check.own, numberAt(codes, refused), read);
      if (error !== undefined) throw error;
    };
  }

  /** A piece as numbers; undefined for what has nothing to compute. */
  #row(
    piece: ProgramCall,
    { bytes, functions, calls, imported }: EmittedCalls,
    index: number,
    starts: RegionStarts,
  ): readonly number[] | undefined {
    const pool = this.#pool;
    if (isDirect(piece)) {
      const { function: callee, group, arguments: given } = piece;
      if (typeof callee !== "string")
        throw new Error(`${callee.name} is no function of the kernel`);
      const scratch = given.findIndex((own) => typeof own === "object" && own.access === "scratch");
      return [
        0,
        pool.placeOf(callee, group),
        scratch,
        0,
        given.length,
        ...numbersOf(given, starts),
      ];
    }
    const own = calls[index];
    if (own === undefined || own.place === NOWHERE) return undefined;
    const held = this.#held;
    held.module ??= pool.addModule(bytes, functions, imported.length);
    const given = own.given ?? [];
    // Functions of rows take the distance of their scratch memory first.
    const scratch = given.length === 3 ? 0 : -1;
    return [held.module, own.place, scratch, 0, given.length, ...given];
  }

  #write(rows: readonly (readonly number[])[]): Job {
    const { heap, host } = this.#pool.space;
    const head = 1 + rows.length;
    const bytes = 8 * (head + rows.reduce((sum, row) => sum + row.length, 0));
    const address = heap.keep(bytes);
    this.#held.stretches.push({ address, bytes });
    const numbers = new Float64Array(host.memory.buffer, address, bytes / 8);
    numbers[0] = this.#schedule.threadBytes;
    let place = head;
    rows.forEach((row, i) => {
      numbers[1 + i] = address / 8 + place;
      numbers.set(row, place);
      place += row.length;
    });
    return { address, end: address + bytes, pieces: rows.length, waits: 0 };
  }
}

/** A piece as it stands in memory. */
interface Row {
  readonly numbers: readonly number[];
  readonly piece: ProgramCall;
  readonly mayRefuse: boolean;
}

/** The place of a code in a row. */
const CODE = 3;

/** Gives back what a binding has. */
function giveBack(pool: Pool, held: Held): void {
  if (pool.isBroken) return;
  if (held.module !== undefined) pool.removeModule(held.module);
  held.module = undefined;
  for (const { address, bytes } of held.stretches.splice(0))
    pool.space.heap.giveBack(address, bytes);
}

const registries = new WeakMap<Pool, FinalizationRegistry<Held>>();

/** What is called for bindings that nobody has any more; undefined in hosts without it. */
function releases(pool: Pool): FinalizationRegistry<Held> | undefined {
  if (typeof FinalizationRegistry === "undefined") return undefined;
  let registry = registries.get(pool);
  if (registry === undefined) {
    registry = new FinalizationRegistry((held) => giveBack(pool, held));
    registries.set(pool, registry);
  }
  return registry;
}
