// The gain of threads: each workload by one thread and by two in turns in one process, and simulated on more cores than
// the machine has.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { setThreads } from "@graddiff/core/threads";
import { simulateThreads } from "./simulateThreads.ts";
import { alignColumns, formatNumber, formatRatio } from "./table.ts";
import type { Call, Workload } from "./workloads/workload.ts";

/** The milliseconds of one measurement, and the number of rounds in which one and several threads take turns. */
export interface ThreadEffort {
  readonly time: number;
  readonly rounds: number;
}

export const normalThreadEffort: ThreadEffort = { time: 600, rounds: 5 };
export const quickThreadEffort: ThreadEffort = { time: 100, rounds: 1 };

/** The simulated numbers of cores. */
const SIMULATED = [2, 4, 8] as const;

/** A workload with different counts of threads. Times are in milliseconds. */
export interface ThreadTimes {
  readonly name: string;
  /** The least time of a call by one thread. */
  readonly alone: number;
  /** The median over the rounds of the time of one thread over that of several. */
  readonly ratio: number;
  /**
   * The greatest possible gain by two cores of this machine: twice the time of a call alone, over the time of a call
   * while another worker does the same work. Below 2 the cores share memory, caches, their clock or other programs.
   */
  readonly most: number;
  /**
   * The time of one thread over that of its pieces, scheduled on as many free cores as there are threads: an upper
   * bound.
   */
  readonly scheduled: readonly number[];
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Returns the lower quartile of the times of a call: other work on the machine only adds time. */
function timeOf(call: Call, time: number): number {
  const times: number[] = [];
  for (const until = performance.now() + time; performance.now() < until || times.length < 3; ) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? Number.NaN;
}

/** Returns a call that is compiled and warm. */
function warm(call: Call, time: number): Call {
  for (const until = performance.now() + time; performance.now() < until; ) call();
  return call;
}

/** Measures a workload with `threads` threads. */
export async function threadTimes(
  { name, prepare }: Workload,
  threads: number,
  { time, rounds }: ThreadEffort,
  beside: Beside = timeBeside,
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
  await setThreads(1);
  const most = (2 * alone) / (await beside(prepare("compiled"), name, time));
  const scheduled: number[] = [];
  for (const cores of SIMULATED) {
    await setThreads(cores);
    const run = warm(prepare("compiled"), time);
    scheduled.push(alone / simulateThreads(run, time).scheduled);
  }
  await setThreads(1);
  return { name, alone, ratio: median(ratios), most, scheduled };
}

/** A function that returns the time of a call while a worker of the build runs the same workload. */
type Beside = (call: Call, name: string, time: number) => Promise<number>;

async function timeBeside(call: Call, name: string, time: number): Promise<number> {
  warm(call, time);
  const worker = new Worker(new URL("./threadsBeside.js", import.meta.url), {
    workerData: { name, time },
  });
  await once(worker, "message");
  const found = timeOf(call, time);
  await worker.terminate();
  return found;
}

/** Returns the table of workloads. */
export function formatThreads(results: readonly ThreadTimes[], threads: number): string {
  const header = [
    "workload",
    "1 thread ms",
    `${threads} threads`,
    "2 cores at most",
    ...SIMULATED.map((cores) => `${cores} free cores`),
  ];
  const rows = results.map(({ name, alone, ratio, most, scheduled }) => [
    name,
    formatNumber(alone),
    formatRatio(ratio),
    formatRatio(most),
    ...scheduled.map(formatRatio),
  ]);
  return alignColumns([header, ...rows], 1);
}
