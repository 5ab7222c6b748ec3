// What threads gain: each workload by one thread and by two in turns in one process, and scheduled on free cores that are
// not there.

import { simulateThreads } from "@graddiff/core/internal";
import { setThreads } from "@graddiff/core/threads";
import { alignColumns, formatNumber, formatRatio } from "./table.ts";
import type { Call, Workload } from "./workloads/workload.ts";

/** Milliseconds of one measurement, and how often one and several threads take turns. */
export interface ThreadEffort {
  readonly time: number;
  readonly rounds: number;
}

export const normalThreadEffort: ThreadEffort = { time: 600, rounds: 5 };
export const quickThreadEffort: ThreadEffort = { time: 100, rounds: 1 };

/** Counts of cores on which pieces are scheduled. */
const SIMULATED = [2, 4, 8] as const;

/** A workload with different counts of threads. Times are in milliseconds. */
export interface ThreadTimes {
  readonly name: string;
  /** The least time of a call by one thread. */
  readonly alone: number;
  /** The median over the rounds of the time of one thread over that of several. */
  readonly ratio: number;
  /** The time of one thread over that of its pieces, scheduled on so many free cores: an upper bound. */
  readonly scheduled: readonly number[];
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** The lower quartile of the times of a call: other work on the machine lengthens the others. */
function timeOf(call: Call, time: number): number {
  const times: number[] = [];
  for (const until = performance.now() + time; performance.now() < until || times.length < 3; ) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? Number.NaN;
}

/** A call that is compiled and warm. */
function warm(call: Call, time: number): Call {
  for (const until = performance.now() + time; performance.now() < until; ) call();
  return call;
}

/** Measures a workload with so many threads. */
export async function threadTimes(
  { name, prepare }: Workload,
  threads: number,
  { time, rounds }: ThreadEffort,
): Promise<ThreadTimes> {
  const ratios: number[] = [];
  let alone = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    await setThreads(1);
    const own = timeOf(warm(prepare("compiled"), time), time);
    alone = Math.min(alone, own);
    await setThreads(threads);
    ratios.push(own / timeOf(warm(prepare("compiled"), time), time));
  }
  const scheduled: number[] = [];
  for (const cores of SIMULATED) {
    await setThreads(cores);
    const run = warm(prepare("compiled"), time);
    scheduled.push(alone / simulateThreads(run, time).scheduled);
  }
  await setThreads(1);
  return { name, alone, ratio: median(ratios), scheduled };
}

/** The table of workloads. */
export function formatThreads(results: readonly ThreadTimes[], threads: number): string {
  const header = [
    "workload",
    "1 thread ms",
    `${threads} threads`,
    ...SIMULATED.map((cores) => `${cores} free cores`),
  ];
  const rows = results.map(({ name, alone, ratio, scheduled }) => [
    name,
    formatNumber(alone),
    formatRatio(ratio),
    ...scheduled.map(formatRatio),
  ]);
  return alignColumns([header, ...rows], 1);
}
