/**
 * The times of the calls in bodies of loops and conditions, for `profile`. The program runs with a function that notes
 * the time, inserted before each call of a body.
 */

import { registerMemoryFunction } from "../graph/call.ts";
import type { Trace } from "../graph/trace.ts";
import type { CalledProgram } from "../run/device/backend.ts";
import { isControl, type ProgramCall } from "../run/program/calls/call.ts";
import type { ProgramPart, ScheduleItem } from "../run/program/schedule/items.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  factsOf,
  mean,
  type ProfileRow,
  performance,
  shareOf,
  TIME,
  withoutSlowest,
} from "./profiling.ts";

/** A part of a body. */
export interface PartInside {
  readonly trace: Trace;
  /** Undefined for the copies to carries that could not be written in place. */
  readonly part: ProgramPart | undefined;
  readonly calls: readonly ProgramCall[];
  readonly branch: ProfileRow["branch"];
  readonly inside: readonly PartInside[];
}

/** Returns the parts of the bodies of a schedule item, with those of bodies in them. */
export function partsInside(item: ScheduleItem): PartInside[] {
  if (item.kind !== "operation" || item.control === undefined) return [];
  const { control, bodies } = item.control;
  return bodies.flatMap(({ trace, parts, calls }, i) => {
    const branch = control.kind === "repeat" ? undefined : i === 0 ? "whenTrue" : "whenFalse";
    let from = 0;
    const rows = parts.flatMap((part): PartInside[] => {
      const made = calls.slice(from, from + part.calls);
      from += part.calls;
      if (made.length === 0) return [];
      return [{ trace, part, calls: made, branch, inside: partsInside(part.item) }];
    });
    const copies = calls.slice(from);
    if (copies.length === 0) return rows;
    return [...rows, { trace, part: undefined, calls: copies, branch, inside: [] }];
  });
}

/** The time and the number of a call in a run. */
interface CallTime {
  milliseconds: number;
  count: number;
}

/** A stopwatch for the calls of a program, and of its bodies. */
class Stopwatch {
  /** By call of a body. */
  readonly times: ReadonlyMap<ProgramCall, CallTime>;
  /** By call of the program: the time outside of its bodies. */
  readonly outside: CallTime[] = [];
  #running: CallTime | undefined;
  #since = 0;

  /** @param calls the calls of all bodies. */
  constructor(calls: readonly ProgramCall[]) {
    this.times = new Map(calls.map((call) => [call, { milliseconds: 0, count: 0 }]));
  }

  reset(): void {
    for (const time of this.times.values()) Object.assign(time, { milliseconds: 0, count: 0 });
    this.outside.length = 0;
    this.#running = undefined;
  }

  /** Notes that a call of the program begins. */
  next(): void {
    const time = { milliseconds: 0, count: 0 };
    this.outside.push(time);
    this.begin(time);
  }

  /** Notes that a call begins and that the one before it has ended. */
  begin(time: CallTime): void {
    const now = performance.now();
    if (this.#running !== undefined) this.#running.milliseconds += now - this.#since;
    this.#running = time;
    time.count++;
    // The clock is read again, so that the notes are in the time of no call.
    this.#since = performance.now();
  }
}

/** A call of a body, and the stopwatch on which it is noted. */
interface Noted {
  readonly stopwatch: Stopwatch;
  readonly time: CallTime;
}

const noteFunction = registerMemoryFunction<Noted>("note", ({ stopwatch, time }) =>
  stopwatch.begin(time),
);

/** Returns a call with notes in its bodies. */
function withNotes(call: ProgramCall, stopwatch: Stopwatch): ProgramCall {
  const { function: callee } = call;
  if (!isControl(callee)) return call;
  const bodies = callee.bodies.map(({ calls }) => ({
    calls: calls.flatMap((each): ProgramCall[] => {
      const time = stopwatch.times.get(each);
      const withInner = withNotes(each, stopwatch);
      if (time === undefined) return [withInner];
      const data: Noted = { stopwatch, time };
      return [
        { function: { name: "note", javascript: noteFunction, data }, arguments: [] },
        withInner,
      ];
    }),
  }));
  return { ...call, function: { ...callee, bodies } };
}

/** A run with notes. */
interface NotedRun {
  /** The milliseconds of all calls. */
  readonly whole: number;
  readonly times: ReadonlyMap<ProgramCall, CallTime>;
}

const NO_TIME: CallTime = { milliseconds: 0, count: 0 };
const LEAST_NOTED = 4;

/** Runs of a program in which the calls of bodies are timed. */
export class BodyTimes {
  readonly #runs: readonly NotedRun[];

  /** @param parts the parts of all bodies of the program. Without parts the program does not run. */
  constructor(parts: readonly PartInside[], memory: CalledProgram, leaves: readonly Tensor[]) {
    const all = (list: readonly PartInside[]): ProgramCall[] =>
      list.flatMap(({ calls, inside }) => [...calls, ...all(inside)]);
    const inBodies = all(parts);
    const { calls } = memory.program;
    const stopwatch = new Stopwatch(inBodies);
    const noted = calls.map((call) => withNotes(call, stopwatch));
    const runs: NotedRun[] = [];
    const until = performance.now() + TIME / 2;
    while (inBodies.length > 0 && (runs.length < LEAST_NOTED || performance.now() < until)) {
      stopwatch.reset();
      memory.run(leaves, () => stopwatch.next(), noted);
      const times = new Map<ProgramCall, CallTime>();
      for (const [call, time] of stopwatch.times) times.set(call, { ...time });
      for (const [i, call] of calls.entries()) times.set(call, stopwatch.outside[i] ?? NO_TIME);
      const whole = [...times.values()].reduce((sum, time) => sum + time.milliseconds, 0);
      runs.push({ whole, times });
    }
    // The first run also compiles the functions, so it does not count.
    this.#runs = withoutSlowest(runs.slice(1));
  }

  /** Returns the times without the time that notes take. @param milliseconds the time of all calls without notes. */
  without(milliseconds: number): ShareOfTimes {
    const runs = this.#runs;
    const times = new Map<ProgramCall, CallTime>();
    for (const call of runs[0]?.times.keys() ?? []) {
      const noted = runs.map((run) => run.times.get(call) ?? NO_TIME);
      times.set(call, {
        milliseconds: mean(noted.map((time) => time.milliseconds)),
        count: mean(noted.map(({ count }) => count)),
      });
    }
    const notes = [...times.values()].reduce((sum, { count }) => sum + count, 0);
    const longer = notes > 0 ? mean(runs.map(({ whole }) => whole)) - milliseconds : 0;
    return new ShareOfTimes(times, Math.max(0, longer / Math.max(1, notes)));
  }
}

/** The times of calls, of which those of bodies are shares. */
class ShareOfTimes {
  readonly #times: ReadonlyMap<ProgramCall, CallTime>;
  /** The milliseconds that a note takes. */
  readonly #note: number;

  constructor(times: ReadonlyMap<ProgramCall, CallTime>, note: number) {
    this.#times = times;
    this.#note = note;
  }

  /**
   * Returns the rows of the bodies of a schedule item of a program, as parts of its time.
   *
   * @param calls of the schedule item.
   * @param measured its time without notes, and that of the whole run.
   */
  rowsOf(
    calls: readonly ProgramCall[],
    parts: readonly PartInside[],
    { milliseconds, whole }: { readonly milliseconds: number; readonly whole: number },
  ): readonly ProfileRow[] {
    const all = this.#of(calls) + this.#sumOf(parts);
    return this.#rows(parts, all > 0 ? milliseconds / all : 0, whole);
  }

  #rows(parts: readonly PartInside[], scale: number, whole: number): readonly ProfileRow[] {
    return parts.map(({ trace, part, calls, branch, inside }): ProfileRow => {
      const milliseconds = scale * (this.#of(calls) + this.#sumOf(inside));
      const times = this.#times.get(at(calls, calls.length - 1))?.count ?? 0;
      const { flops, bytes, ...facts } = part === undefined ? COPIES : factsOf(trace, part);
      return {
        ...facts,
        ...{ milliseconds, share: shareOf(milliseconds, whole), times, branch },
        ...{ flops: flops * times, bytes: bytes * times, subnormals: 0 },
        inside: this.#rows(inside, scale, whole),
      };
    });
  }

  #sumOf(parts: readonly PartInside[]): number {
    return parts.reduce((sum, { calls, inside }) => sum + this.#of(calls) + this.#sumOf(inside), 0);
  }

  /** Returns the time of calls, without the time of their bodies. */
  #of(calls: readonly ProgramCall[]): number {
    return calls.reduce((sum, call) => {
      const { milliseconds, count } = this.#times.get(call) ?? NO_TIME;
      return sum + Math.max(0, milliseconds - count * this.#note);
    }, 0);
  }
}

const COPIES = {
  what: "copies to carries",
  line: undefined,
  layer: undefined,
  isGradient: false,
  flops: 0,
  bytes: 0,
};
