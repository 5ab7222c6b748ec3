/**
 * `profile`: what a compiled function spends its time on, call by call.
 */

import { refuseSurplus } from "../arguments.ts";
import { lineOf } from "../callSite.ts";
import { compiledAnew } from "../compile/compile.ts";
import { followingBack } from "../differentiate/reverse.ts";
import { alignColumns } from "../draw/table.ts";
import { ArgumentError, describe } from "../errors.ts";
import { grouped } from "../families/cost.ts";
import type { Cell } from "../graph/cell.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import { nodeAt, type Site, type Trace } from "../graph/trace.ts";
import { TraceRecording, withSites } from "../graph/tracing.ts";
import type { CalledProgram } from "../run/device/backend.ts";
import { describeUnit, type ProgramPart } from "../run/program/program.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { at, bytesOf, numberAt } from "../tensor/shape.ts";
import { settle, type Tensor } from "../tensor/tensor.ts";
import { siteOfCall } from "./sites.ts";

/** The time of a unit that runs as one: an op, or ops that became one loop. */
export interface ProfileRow {
  /** The ops of the unit, in order, and the shape that they run over, such as `add maximum [32, 10]`. */
  readonly what: string;
  /**
   * The line of the user's code that applied the op, as `model.ts:12:5`; of a derivative, that of the op that it is of.
   */
  readonly line: string | undefined;
  /** The layer that applied the op, as `Sequential.layers[2], Dense 4 → 2`. */
  readonly layer: string | undefined;
  /** True if it is part of a derivative. */
  readonly isGradient: boolean;
  /** The mean of all runs but the slowest quarter. */
  readonly milliseconds: number;
  /** The share of the time of a run. */
  readonly share: number;
  /** Operations on floats. */
  readonly flops: number;
  /** Bytes that it reads and writes, each array once. */
  readonly bytes: number;
  /**
   * Subnormal floats among what it reads and writes: numbers next to 0 (below 2⁻¹²⁶ in float32), for each of which
   * processors may take as long as for 100 others.
   */
  readonly subnormals: number;
}

/** An event of Chrome's trace format. Times are microseconds. */
export interface TraceEvent {
  /** The ops of the call and the shape that they run over. */
  readonly name: string;
  /** The kind of event: a complete one. */
  readonly ph: "X";
  /** The start, in microseconds. */
  readonly ts: number;
  /** The duration, in microseconds. */
  readonly dur: number;
  /** The process of the timeline. */
  readonly pid: number;
  /** The row of the timeline. */
  readonly tid: number;
  /** The arguments that a viewer shows of the call: its line, layer, operations and bytes. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** The result of {@link profile}. */
export interface Profile {
  /** The rows in the order of a run. The last one is what is around the calls: copies of arguments and results. */
  readonly rows: readonly ProfileRow[];
  /** The time of a whole run, likewise. */
  readonly milliseconds: number;
  /** The number of runs. */
  readonly runs: number;
  /** Returns the rows as a table, longest first. */
  toString(): string;
  /** Returns the last run in the format that Chrome's about:tracing and ui.perfetto.dev read, once it is JSON. */
  trace(): { readonly traceEvents: readonly TraceEvent[] };
}

/** Runs that warm the caches and make loops, and are not counted. */
const WARM = 3;
export const LEAST_RUNS = 5;
const MOST_RUNS = 1000;
/** Milliseconds in which runs begin. */
export const TIME = 500;

/** The layer and the line of an op, and whether the recording is of its derivative. */
interface MarkedSite extends Site {
  readonly isGradient: boolean;
}

/**
 * Times a compiled function, call by call: what is slow, in which layer and at which line of your code. The function is
 * recorded once more, with the line of each op, and runs for half a second, at least five times; Variables are then as
 * they were. A clock around each call takes less than a microsecond in Node. In a page, whose clock has steps of 5 to
 * 100 µs, shorter calls have no time of their own.
 *
 * @param compiled what `compile` or `trainingStep` has returned.
 * @param args its arguments.
 * @returns rows as data; `String(…)` is a table, and `trace()` for the viewers of browsers.
 * @throws ArgumentError for another function, and for a program that does not run in WebAssembly's memory; and what the
 *   function throws.
 * @example
 * ```ts
 * import { compile, profile, type Tensor, uniform } from "@graddiff/core";
 *
 * const step = compile((x: Tensor, w: Tensor) => x.matmul(w).tanh().sum());
 * const told = profile(step, uniform([64, 256], { seed: 1 }), uniform([256, 256], { seed: 2 }));
 * console.log(told.rows.map(({ what }) => what)[0]); // matmul [64, 256]
 * console.log(told.rows[0]?.flops); // 8388608
 * ```
 */
export function profile<Args extends readonly unknown[]>(
  compiled: (...args: Args) => unknown,
  ...args: Args
): Profile {
  const { program, leaves } = recordedAnew("profile", compiled, args);
  const prepared = program.prepared();
  const { backend } = prepared;
  const memory = prepared.called();
  if (memory === undefined) {
    throw new ArgumentError({
      op: "profile",
      argument: "compiled",
      expected: "a program in WebAssembly's memory",
      got: backend
        ? `one of ${backend}`
        : (prepared.describe().split("\n").at(-1) ?? "another one"),
      hint: backend
        ? "Write await profileWebGpu(step, …)"
        : "It runs so with the backend js, without WebAssembly, and where it needs too much memory",
    });
  }
  const { trace, parts } = memory.program;
  const { times, runs, starts, subnormals } = withVariablesKept(program.assigned, () => ({
    subnormals: subnormalsOf(memory, leaves),
    ...timesOf((clock) => memory.run(leaves, clock)),
  }));
  const milliseconds = mean(times.map(({ whole }) => whole));
  let call = 0;
  const rows = parts.flatMap((part, index): ProfileRow[] => {
    const from = call;
    call += part.calls;
    const own = times.map(({ calls }) =>
      calls.slice(from, call).reduce((sum, each) => sum + each, 0),
    );
    const measured = { milliseconds: mean(own), whole: milliseconds };
    return part.calls === 0 ? [] : [rowOf(trace, part, measured, at(subnormals, index))];
  });
  const around = times.map(
    ({ whole, calls }) => whole - calls.reduce((sum, each) => sum + each, 0),
  );
  rows.push(rowAround(mean(around), milliseconds));
  return {
    rows,
    milliseconds,
    runs,
    toString: () => tableOf(rows, milliseconds),
    trace() {
      refuseSurplus("trace", 0, arguments);
      return eventsOf(rows, parts, starts);
    },
  };
}

/**
 * Returns the program of a compiled function with the lines and layers of its ops, and its arguments as it takes them.
 *
 * @throws ArgumentError for another function.
 */
export function recordedAnew(op: string, compiled: unknown, args: readonly unknown[]) {
  /** The site of the op whose derivative is being recorded. */
  let origin: Site | undefined;
  const recording = new TraceRecording();
  const follow = (output: Tensor | undefined) => {
    const isOwn = output !== undefined && settle(output).level === recording;
    const node = isOwn ? recording.nodeOf(output) : undefined;
    origin = node?.kind === "operation" ? node.site : undefined;
  };
  const site = (): MarkedSite => ({
    ...(origin ?? siteOfCall()),
    isGradient: origin !== undefined,
  });
  const found =
    typeof compiled === "function"
      ? withSites(site, () => followingBack(follow, () => compiledAnew(compiled, args, recording)))
      : undefined;
  if (found !== undefined) return found;
  throw new ArgumentError({
    op,
    argument: "compiled",
    expected: "what compile or trainingStep has returned",
    got: describe(compiled),
  });
}

/** Runs that may assign to Variables, which have their values again at the end. */
function withVariablesKept<Result>(cells: readonly Cell[], run: () => Result): Result {
  const before = cells.map((cell) => readCell(cell));
  try {
    return run();
  } finally {
    cells.forEach((cell, i) => {
      writeCell(cell, at(before, i));
    });
  }
}

interface Times {
  readonly whole: number;
  /** The milliseconds by call. */
  readonly calls: readonly number[];
}

export const { performance } = globalThis as unknown as {
  readonly performance: { readonly now: () => number };
};

/** Times of runs but the slowest, and when the calls of the last one began, all in milliseconds. */
function timesOf(run: (clock: () => void) => unknown): {
  readonly times: readonly Times[];
  readonly runs: number;
  readonly starts: readonly number[];
} {
  for (let i = 0; i < WARM; i++) run(() => {});
  const times: Times[] = [];
  let marks: number[] = [];
  const until = performance.now() + TIME;
  while (times.length < LEAST_RUNS || (times.length < MOST_RUNS && performance.now() < until)) {
    const next: number[] = [];
    const begin = performance.now();
    run(() => next.push(performance.now()));
    const end = performance.now();
    const calls = next.slice(1).map((mark, i) => mark - numberAt(next, i));
    times.push({ whole: end - begin, calls });
    marks = next;
  }
  return {
    times: withoutSlowest(times),
    runs: times.length,
    starts: marks,
  };
}

type InMemory = CalledProgram;

/** Returns for each part the subnormal elements of what it reads, before it runs, and of what it writes, behind it. */
function subnormalsOf(memory: InMemory, leaves: readonly Tensor[]): number[] {
  const { parts } = memory.program;
  const counts = parts.map(() => 0);
  const count = (part: number, ids: readonly number[]) => {
    for (const id of new Set(ids)) {
      const elements = memory.elements(id);
      if (elements) counts[part] = numberAt(counts, part) + subnormalsIn(elements);
    }
  };
  /** By call: what is counted before it. */
  const counting: (() => void)[][] = [[]];
  parts.forEach(({ unit, calls }, part) => {
    if (calls === 0) return;
    counting.at(-1)?.push(() => count(part, unit.reads));
    for (let i = 0; i < calls; i++) counting.push([]);
    const written = unit.writes.filter((id) => !unit.reads.includes(id));
    counting.at(-1)?.push(() => count(part, written));
  });
  let call = 0;
  memory.run(leaves, () => {
    for (const each of at(counting, call++)) each();
  });
  return counts;
}

function subnormalsIn(elements: TypedArray): number {
  const isNarrow = elements instanceof Float32Array;
  if (!isNarrow && !(elements instanceof Float64Array)) return 0;
  const least = isNarrow ? 2 ** -126 : 2 ** -1022;
  let count = 0;
  for (const element of elements) if (element !== 0 && Math.abs(element) < least) count++;
  return count;
}

/** Returns the measurements but the slowest, which others disturb most, a collection of garbage among them. */
export function withoutSlowest<Measured extends { readonly whole: number }>(
  measured: readonly Measured[],
): readonly Measured[] {
  const sorted = measured.toSorted((a, b) => a.whole - b.whole);
  return sorted.slice(0, Math.ceil(sorted.length * 0.75));
}

/** Returns a mean, since a clock of coarse steps has a median of 0 for what is shorter than a step. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the share of a whole, which is 0 where the clock has not moved. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** The facts about a unit that need no clock. */
export type UnitFacts = Pick<
  ProfileRow,
  "what" | "line" | "layer" | "isGradient" | "flops" | "bytes"
>;

/** Returns the facts about a unit of a program of {@link recordedAnew}. */
export function factsOf(trace: Trace, { unit, flops }: ProgramPart): UnitFacts {
  const first = nodeAt(trace.nodes, unit.kind === "operation" ? unit.id : (unit.writes[0] ?? 0));
  // The recording makes marked ones.
  const site = (first.kind === "operation" ? first.site : undefined) as MarkedSite | undefined;
  const arrays = new Set([...unit.reads, ...unit.writes]);
  const bytes = [...arrays].reduce((sum, id) => sum + bytesOf(nodeAt(trace.nodes, id)), 0);
  return {
    what: describeUnit(trace, unit),
    line: lineOf(site?.trace),
    layer: site?.place,
    isGradient: site?.isGradient ?? false,
    flops,
    bytes,
  };
}

function rowOf(
  trace: Trace,
  part: ProgramPart,
  { milliseconds, whole }: { readonly milliseconds: number; readonly whole: number },
  subnormals: number,
): ProfileRow {
  const { flops, bytes, ...facts } = factsOf(trace, part);
  return { ...facts, milliseconds, share: shareOf(milliseconds, whole), flops, bytes, subnormals };
}

function rowAround(milliseconds: number, whole: number): ProfileRow {
  return {
    what: "around the calls",
    line: undefined,
    layer: undefined,
    isGradient: false,
    milliseconds,
    share: shareOf(milliseconds, whole),
    flops: 0,
    bytes: 0,
    subnormals: 0,
  };
}

export const MICROSECONDS = 1000;

function eventsOf(
  rows: readonly ProfileRow[],
  parts: readonly ProgramPart[],
  starts: readonly number[],
): { traceEvents: TraceEvent[] } {
  const origin = starts[0] ?? 0;
  let call = 0;
  let row = 0;
  const traceEvents = parts.flatMap(({ calls }): TraceEvent[] => {
    if (calls === 0) return [];
    const from = numberAt(starts, call);
    call += calls;
    const { what, flops, bytes, line, layer, isGradient } = at(rows, row++);
    const [ts, dur] = [from - origin, numberAt(starts, call) - from].map((ms) => ms * MICROSECONDS);
    const args = { flops, bytes, line, layer, isGradient };
    return [{ name: what, ph: "X", ts: ts ?? 0, dur: dur ?? 0, pid: 1, tid: 1, args }];
  });
  return { traceEvents };
}

/** Rows that take less are told together. */
const SHOWN_SHARE = 0.005;
export const LONGEST_NAME = 44;

function tableOf(rows: readonly ProfileRow[], whole: number): string {
  const sorted = [...rows].sort((a, b) => b.milliseconds - a.milliseconds);
  const shown = sorted.filter(({ share }) => share >= SHOWN_SHARE);
  const rest = sorted.slice(shown.length);
  const time = (milliseconds: number) => (milliseconds * MICROSECONDS).toFixed(1);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const rate = (amount: number, { milliseconds }: ProfileRow) =>
    amount > 0 && milliseconds > 0 ? (amount / milliseconds / 1e6).toFixed(1) : "";
  const lines = shown.map((row) => [
    time(row.milliseconds),
    percent(row.share),
    rate(row.flops, row),
    rate(row.bytes, row),
    row.what.length > LONGEST_NAME ? `${row.what.slice(0, LONGEST_NAME - 1)}…` : row.what,
    [row.isGradient ? "gradient of" : "", row.line ?? "", row.layer ?? ""]
      .filter(Boolean)
      .join(" "),
  ]);
  if (rest.length > 0) {
    const sum = rest.reduce((total, { milliseconds }) => total + milliseconds, 0);
    lines.push([
      time(sum),
      percent(shareOf(sum, whole)),
      "",
      "",
      `${rest.length} shorter ones`,
      "",
    ]);
  }
  const all = [["µs", "share", "GFLOP/s", "GB/s", "what", "where"], ...lines];
  const table = alignColumns(all, { right: [0, 1, 2, 3], gap: "  " });
  return [...table, `${time(whole)} µs a run`, ...notesOf(rows)].join("\n");
}

/** The number of operations that a note names. */
const NAMED = 3;

/** Returns the notes on rows that are slow for their numbers. */
function notesOf(rows: readonly ProfileRow[]): string[] {
  const found = rows.filter(({ subnormals }) => subnormals > 0);
  if (found.length === 0) return [];
  found.sort((a, b) => b.milliseconds - a.milliseconds);
  const named = found
    .slice(0, NAMED)
    .map(({ what, subnormals }) => `${grouped(subnormals)} of ${what}`);
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : "";
  return [
    `subnormal numbers, each as slow as up to 100 others: ${named.join(", ")}${more}; scale what is so small, or make it 0`,
  ];
}
