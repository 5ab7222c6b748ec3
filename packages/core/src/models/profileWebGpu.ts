/** `profileWebGpu`: the time of a function that is compiled for WebGPU, dispatch by dispatch. */

import { alignColumns } from "../draw/columns.ts";
import { ArgumentError } from "../errors.ts";
import { grouped } from "../families/cost.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import { PreparedForGpu } from "../run/webgpu/backend.ts";
import { TIMES, Timer } from "../run/webgpu/timer.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { LONGEST_NAME, MICROSECONDS, recordedAnew } from "./profile.ts";
import {
  factsOf,
  type ItemFacts,
  LEAST_RUNS,
  mean,
  performance,
  shareOf,
  TIME,
  withoutSlowest,
} from "./profiling.ts";

const OP = "profileWebGpu";

/** Dispatches that compute the same schedule items: ops, or ops that became one loop. */
export interface WebGpuProfileRow {
  /** The ops of the schedule items and the shapes that they run over, such as `matmul [64, 256], tanh [64, 256]`. */
  readonly what: string;
  /** The line of the user's code that applied the first of them that has one; of a derivative, that of the op that it is of. */
  readonly line: string | undefined;
  /** The layer that applied it. */
  readonly layer: string | undefined;
  /** True if it is part of a derivative. */
  readonly isGradient: boolean;
  /** The number of dispatches of a run. */
  readonly dispatches: number;
  /** The mean of all runs but the slowest quarter; undefined where the device has no timestamp queries. */
  readonly milliseconds: number | undefined;
  /** The share of the time of a run; undefined likewise. */
  readonly share: number | undefined;
  /** Operations on floats. */
  readonly flops: number;
  /** Bytes that the schedule items read and write, each array once. */
  readonly bytes: number;
}

/** The result of {@link profileWebGpu}. */
export interface WebGpuProfile {
  /** The name of the backend. */
  readonly backend: "WebGPU";
  /** The rows in the order of a run. */
  readonly rows: readonly WebGpuProfileRow[];
  /** The number of dispatches of a run. */
  readonly dispatches: number;
  /** The bytes that they read and write, the sum of those of the rows. */
  readonly bytes: number;
  /** The time of a run, from the call until the host knows that the GPU has done it, likewise. */
  readonly milliseconds: number;
  /** The number of runs. */
  readonly runs: number;
  /** True if the device has timestamp queries, so that rows have times. */
  readonly hasTimes: boolean;
  /** Returns the rows as a table, longest first. */
  toString(): string;
}

/** The most runs. */
const MOST_RUNS = 100;

/**
 * Returns the dispatches of a run of a function that is compiled for WebGPU. They have the layers and lines of your code that they
 * come from, and the bytes that they read and write. Where the device has timestamp queries, it has the time of each on the GPU, too.
 *
 * The function is recorded once more, with the line of each op, and runs for half a second, at least five times; Variables are
 * then as they were. Each dispatch has a separate pass meanwhile, so a run may take longer than usual. Browsers round times of
 * dispatches to 100 µs.
 *
 * @param compiled what `compile` or `trainingStep` has returned, with an open GPU as its backend. Nothing else may change its
 *   Variables before the promise is resolved.
 * @param args its arguments.
 * @returns a promise of rows as data; `String(…)` is a table.
 * @throws ArgumentError, by a rejection, for another function, and what the function throws.
 * @example
 * ```ts
 * import { compile, type Tensor, uniform } from "@graddiff/core";
 * import { openWebGpu, profileWebGpu } from "@graddiff/core/webgpu";
 *
 * const gpu = await openWebGpu().catch(() => undefined);
 * const step = compile((x: Tensor) => x.matmul(x).tanh().sum(), gpu && { backend: gpu });
 * const table = gpu && (await profileWebGpu(step, uniform([256, 256], { seed: 1 })));
 * console.log(String(table ?? "There is no GPU."));
 * gpu?.close();
 * ```
 */
export async function profileWebGpu<Args extends readonly unknown[]>(
  compiled: (...args: Args) => unknown,
  ...args: Args
): Promise<WebGpuProfile> {
  const { program, leaves } = recordedAnew(OP, compiled, args);
  const prepared = program.prepared();
  if (!(prepared instanceof PreparedForGpu)) {
    const expected = "a function that is compiled for WebGPU";
    const hint = "profile is for those of WebAssembly";
    throw new ArgumentError(OP, "compiled", expected, "one of another backend", hint);
  }
  const timer = timerOf(prepared);
  const cells = program.assigned;
  const before = cells.map((cell) => readCell(cell));
  const measured: { readonly whole: number; readonly each: readonly number[] }[] = [];
  try {
    // Shaders are compiled in the first run.
    await timed(prepared, leaves, timer);
    const until = performance.now() + TIME;
    while (
      measured.length < LEAST_RUNS ||
      (measured.length < MOST_RUNS && performance.now() < until)
    ) {
      const begin = performance.now();
      const each = await timed(prepared, leaves, timer);
      measured.push({ whole: performance.now() - begin, each });
    }
  } finally {
    timer?.close();
    prepared.release();
    cells.forEach((cell, i) => {
      writeCell(cell, at(before, i));
    });
  }
  const kept = withoutSlowest(measured);
  const milliseconds = mean(kept.map(({ whole }) => whole));
  const timeOf = (dispatch: number) => mean(kept.map(({ each }) => each[dispatch] ?? 0));
  const rows = rowsOf(prepared, milliseconds, timer && timeOf);
  const { dispatches } = prepared.device;
  const result = {
    backend: "WebGPU",
    rows,
    dispatches: dispatches.length,
    bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
    milliseconds,
    runs: measured.length,
    hasTimes: timer !== undefined,
  } as const;
  return { ...result, toString: () => tableOf(result) };
}

/** Returns a clock for the dispatches of a run; undefined where the device has none. */
function timerOf({ gpu: { device }, device: { dispatches } }: PreparedForGpu): Timer | undefined {
  const { length } = dispatches;
  return device.features?.has(TIMES) && length > 0 ? new Timer(device, length) : undefined;
}

/**
 * Runs once, and waits for the end.
 *
 * @returns the milliseconds of each dispatch; none without a clock.
 * @throws the error of the run.
 */
async function timed(
  prepared: PreparedForGpu,
  inputs: readonly Tensor[],
  timer: Timer | undefined,
): Promise<readonly number[]> {
  const { gpu, device } = prepared;
  device.timing = timer && ((dispatch) => timer.passOf(dispatch));
  try {
    prepared.run(inputs);
  } finally {
    device.timing = undefined;
  }
  const { number } = device;
  timer?.copy(gpu.commands());
  await gpu.wait();
  const error = gpu.errorOf(number);
  if (error !== undefined) throw error;
  return (await timer?.read()) ?? [];
}

/** The facts about the dispatches that copy new values of Variables. */
const COMMITS: ItemFacts = {
  what: "new values of Variables",
  line: undefined,
  layer: undefined,
  isGradient: false,
  flops: 0,
  bytes: 0,
};

function rowsOf(
  prepared: PreparedForGpu,
  whole: number,
  timeOf: ((dispatch: number) => number) | undefined,
): WebGpuProfileRow[] {
  const { trace, parts } = prepared.planned();
  const { dispatches, count } = prepared.device;
  const partOfCall = parts.flatMap(({ calls }, part) => Array<number>(calls).fill(part));
  const counted = new Set<number>();
  /** By row: its dispatches, and the parts that they compute; none for the copies to variable buffers. */
  const list: {
    readonly key: string;
    readonly indices: readonly number[];
    readonly all: number[];
  }[] = [];
  dispatches.forEach(({ calls }, dispatch) => {
    const indices = dispatch < count ? [...new Set(calls.map((call) => at(partOfCall, call)))] : [];
    const key = indices.join();
    const last = list.at(-1);
    if (last?.key === key) last.all.push(dispatch);
    else list.push({ key, indices, all: [dispatch] });
  });
  return list.map(({ indices, all }) => {
    const facts = indices.map((part) => factsOf(trace, at(parts, part)));
    // A schedule item whose dispatches are in several rows counts in the first.
    const fresh = facts.filter((_, i) => !counted.has(at(indices, i)));
    for (const part of indices) counted.add(part);
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
    const milliseconds = timeOf && sum(all.map(timeOf));
    return {
      ...(facts.find(({ line }) => line !== undefined) ?? facts[0] ?? COMMITS),
      what: facts.map(({ what }) => what).join(", ") || COMMITS.what,
      dispatches: all.length,
      milliseconds,
      share: milliseconds === undefined ? undefined : shareOf(milliseconds, whole),
      flops: sum(fresh.map(({ flops }) => flops)),
      bytes: sum(fresh.map(({ bytes }) => bytes)),
    };
  });
}

function tableOf({
  backend,
  rows,
  dispatches,
  bytes,
  milliseconds: whole,
  hasTimes,
}: Omit<WebGpuProfile, "toString">): string {
  const timeOf = ({ milliseconds = 0 }: WebGpuProfileRow) => milliseconds;
  const lines = rows
    .toSorted((a, b) => timeOf(b) - timeOf(a))
    .map((row) => [
      hasTimes ? (timeOf(row) * MICROSECONDS).toFixed(1) : "",
      hasTimes ? `${(100 * (row.share ?? 0)).toFixed(1)} %` : "",
      String(row.dispatches),
      grouped(row.bytes),
      row.what.length > LONGEST_NAME ? `${row.what.slice(0, LONGEST_NAME - 1)}…` : row.what,
      [row.isGradient ? "gradient of" : "", row.line ?? "", row.layer ?? ""]
        .filter(Boolean)
        .join(" "),
    ]);
  const head = [hasTimes ? "µs" : "", hasTimes ? "share" : "", "dispatches", "bytes"];
  const table = alignColumns([[...head, "what", "where"], ...lines], {
    right: [0, 1, 2, 3],
    gap: "  ",
  });
  const time = `${(whole * MICROSECONDS).toFixed(1)} µs a run on ${backend}`;
  const last = `${time}, ${grouped(dispatches)} dispatches, ${grouped(bytes)} bytes read and written`;
  const none = "no times of dispatches: the device has no timestamp queries";
  return [...table, last, ...(hasTimes ? [] : [none])].join("\n");
}
