/**
 * `profile`: the time of a compiled function, call by call.
 */

import { refuseSurplus } from "../arguments.ts";
import { compiledAnew } from "../compile/compile.ts";
import { followingBack } from "../differentiate/reverse.ts";
import { alignColumns } from "../draw/columns.ts";
import { ArgumentError, describe } from "../errors.ts";
import { grouped } from "../families/cost.ts";
import type { Cell } from "../graph/cell.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import type { SourceLocation, Trace } from "../graph/trace.ts";
import { TraceRecording, withLocations } from "../graph/tracing.ts";
import type { CalledProgram } from "../run/device/backend.ts";
import type { ProgramPart } from "../run/program/schedule/items.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { at, numberAt } from "../tensor/shape.ts";
import { resolve, type Tensor } from "../tensor/tensor.ts";
import { BodyTimes, partsInside } from "./profileBodies.ts";
import {
  factsOf,
  LEAST_RUNS,
  type MarkedLocation,
  mean,
  type ProfileRow,
  performance,
  shareOf,
  TIME,
  withoutSlowest,
} from "./profiling.ts";
import { locationOfCall } from "./watchedRecording.ts";

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
  /** The rows in the order of a run. The last one is the time outside of the calls: copies of arguments and results. */
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
const MOST_RUNS = 1000;

/**
 * Times a compiled function, call by call: what is slow, in which layer and at which line of your code. The function is
 * recorded once more, with the line of each op, and runs for half a second, at least five times; Variables are then as
 * they were. A clock around each call takes less than a microsecond in Node. In a page, whose clock has steps of 5 to
 * 100 µs, shorter calls have no measured time.
 *
 * The bodies of loops and the branches of conditions are rows inside of theirs, with how often each ran. They are timed in
 * further runs, whose clock takes some 50 ns a call. This is taken off; what is left is a share of the time of the loop.
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
 * const result = profile(step, uniform([64, 256], { seed: 1 }), uniform([256, 256], { seed: 2 }));
 * console.log(result.rows.map(({ what }) => what)[0]); // matmul [64, 256]
 * console.log(result.rows[0]?.flops); // 8388608
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
    const expected = "a program in WebAssembly's memory";
    const got = backend
      ? `one of ${backend}`
      : (prepared.describe().split("\n").at(-1) ?? "another one");
    const hint = backend
      ? "Write await profileWebGpu(step, …)"
      : "It runs so with the backend js, without WebAssembly, and where it needs too much memory";
    throw new ArgumentError("profile", "compiled", expected, got, hint);
  }
  const { trace, parts } = memory.program;
  const inside = parts.map(({ item }) => partsInside(item));
  const { times, runs, starts, subnormals, bodies } = withVariablesKept(program.assigned, () => ({
    subnormals: subnormalsOf(memory, leaves),
    ...timesOf((clock) => memory.run(leaves, clock)),
    bodies: new BodyTimes(inside.flat(), memory, leaves),
  }));
  const milliseconds = mean(times.map(({ whole }) => whole));
  const around = times.map(
    ({ whole, calls }) => whole - calls.reduce((sum, each) => sum + each, 0),
  );
  const shares = bodies.without(milliseconds - mean(around));
  let call = 0;
  const rows = parts.flatMap((part, index): ProfileRow[] => {
    const from = call;
    call += part.calls;
    const sums = times.map(({ calls }) =>
      calls.slice(from, call).reduce((sum, each) => sum + each, 0),
    );
    const measured = { milliseconds: mean(sums), whole: milliseconds };
    if (part.calls === 0) return [];
    const row = rowOf(trace, part, measured, at(subnormals, index));
    const made = memory.program.calls.slice(from, call);
    return [{ ...row, inside: shares.rowsOf(made, at(inside, index), measured) }];
  });
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
  /** The source location of the op whose derivative is being recorded. */
  let origin: SourceLocation | undefined;
  const recording = new TraceRecording();
  const follow = (output: Tensor | undefined) => {
    const isRecorded = output !== undefined && resolve(output).level === recording;
    const node = isRecorded ? recording.nodeOf(output) : undefined;
    origin = node?.kind === "operation" ? node.location : undefined;
  };
  const location = (): MarkedLocation => ({
    ...(origin ?? locationOfCall()),
    isGradient: origin !== undefined,
  });
  const found =
    typeof compiled === "function"
      ? withLocations(location, () =>
          followingBack(follow, () => compiledAnew(compiled, args, recording)),
        )
      : undefined;
  if (found !== undefined) return found;
  const expected = "what compile or trainingStep has returned";
  throw new ArgumentError(op, "compiled", expected, describe(compiled));
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

/** Returns for each part the subnormal elements of what it reads, before it runs, and of what it writes, after it. */
function subnormalsOf(memory: InMemory, leaves: readonly Tensor[]): number[] {
  const { parts } = memory.program;
  const counts = parts.map(() => 0);
  const count = (part: number, ids: readonly number[]) => {
    for (const id of new Set(ids)) {
      const elements = memory.elements(id);
      if (elements) counts[part] = numberAt(counts, part) + subnormalsIn(elements);
    }
  };
  /** By call: the parts whose subnormal elements are counted before it. */
  const counting: (() => void)[][] = [[]];
  parts.forEach(({ item, calls }, part) => {
    if (calls === 0) return;
    counting.at(-1)?.push(() => count(part, item.reads));
    for (let i = 0; i < calls; i++) counting.push([]);
    const written = item.writes.filter((id) => !item.reads.includes(id));
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

/** The fields of rows outside of all bodies. */
const ONCE = { times: 1, branch: undefined, inside: [] } as const;

function rowOf(
  trace: Trace,
  part: ProgramPart,
  { milliseconds, whole }: { readonly milliseconds: number; readonly whole: number },
  subnormals: number,
): ProfileRow {
  const { flops, bytes, ...facts } = factsOf(trace, part);
  const share = shareOf(milliseconds, whole);
  return { ...facts, milliseconds, share, flops, bytes, subnormals, ...ONCE };
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
    ...ONCE,
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

/** Rows that take less are summed in one. */
const SHOWN_SHARE = 0.005;
export const LONGEST_NAME = 44;

function tableOf(rows: readonly ProfileRow[], whole: number): string {
  const hasBodies = rows.some(({ inside }) => inside.length > 0);
  const lines = linesOf(rows, whole, "").map(([first = "", second = "", times = "", ...others]) => [
    ...[first, second],
    ...(hasBodies ? [times] : []),
    ...others,
  ]);
  const head = ["µs", "share", ...(hasBodies ? ["times"] : []), "GFLOP/s", "GB/s", "what", "where"];
  const right = head.slice(0, -2).map((_, i) => i);
  const table = alignColumns([head, ...lines], { right, gap: "  " });
  return [...table, `${inMicroseconds(whole)} µs a run`, ...notesOf(rows)].join("\n");
}

const inMicroseconds = (milliseconds: number) => (milliseconds * MICROSECONDS).toFixed(1);

/** Returns the columns of rows, longest first, each with those of its bodies below it, further to the right. */
function linesOf(rows: readonly ProfileRow[], whole: number, indent: string): string[][] {
  const sorted = [...rows].sort((a, b) => b.milliseconds - a.milliseconds);
  const shown = sorted.filter(({ share }) => share >= SHOWN_SHARE);
  const rest = sorted.slice(shown.length);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const rate = (amount: number, { milliseconds }: ProfileRow) =>
    amount > 0 && milliseconds > 0 ? (amount / milliseconds / 1e6).toFixed(1) : "";
  const lines = shown.flatMap((row) => {
    const what = `${indent}${row.branch === undefined ? "" : `${row.branch}: `}${row.what}`;
    const cells = [
      inMicroseconds(row.milliseconds),
      percent(row.share),
      grouped(Math.round(row.times)),
      rate(row.flops, row),
      rate(row.bytes, row),
      what.length > LONGEST_NAME ? `${what.slice(0, LONGEST_NAME - 1)}…` : what,
      [row.isGradient ? "gradient of" : "", row.line ?? "", row.layer ?? ""]
        .filter(Boolean)
        .join(" "),
    ];
    return [cells, ...linesOf(row.inside, whole, `${indent}  `)];
  });
  const sum = rest.reduce((total, { milliseconds }) => total + milliseconds, 0);
  if (rest.length > 0 && (indent === "" || shareOf(sum, whole) >= SHOWN_SHARE)) {
    const share = percent(shareOf(sum, whole));
    lines.push([
      inMicroseconds(sum),
      share,
      "",
      "",
      "",
      `${indent}${rest.length} shorter one${rest.length === 1 ? "" : "s"}`,
      "",
    ]);
  }
  return lines;
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
