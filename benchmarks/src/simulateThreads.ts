/** A simulation of threads on more cores than the machine has: pieces are timed one by one, and scheduled. */

import { type DividedWork, threadsInUse } from "@graddiff/core/internal";

/** The overhead of a phase in milliseconds: workers notice its start, and the caller its end. */
const PHASE = 0.0006;

/** The simulated times of a run, computed from the times of its pieces. */
export interface Simulated {
  /** The milliseconds of a run on one core, with calls and pieces one after the other. */
  readonly alone: number;
  /**
   * The milliseconds of a run whose pieces are scheduled on free cores; contention, such as for caches, is not
   * included.
   */
  readonly scheduled: number;
  /** The milliseconds of that run in which one thread computes alone. */
  readonly undivided: number;
  readonly phases: number;
}

/**
 * Times the pieces of a computation one by one, and schedules them on as many free cores as there are threads: an upper
 * bound of what these gain.
 *
 * @param run does the work once. It was compiled since `setThreads`.
 * @param milliseconds for which it is run.
 * @throws Error if one thread computes.
 */
export function simulateThreads(run: () => void, milliseconds: number): Simulated {
  const threads = threadsInUse();
  if (threads === undefined) throw new Error("simulateThreads: one thread computes");
  const pieces = new Map<DividedWork, Float64Array>();
  const counts = new Map<DividedWork, number>();
  const now = () => performance.now();
  let inPieces = 0;
  threads.timed = (job, piece, took) => {
    let times = pieces.get(job);
    if (times === undefined) {
      times = new Float64Array(job.partitions).fill(Number.POSITIVE_INFINITY);
      pieces.set(job, times);
    }
    times[piece] = Math.min(times[piece] ?? took, took);
    inPieces += took;
    if (piece === 0) counts.set(job, (counts.get(job) ?? 0) + 1);
  };
  try {
    let undivided = Number.POSITIVE_INFINITY;
    let runs = 0;
    for (const until = now() + milliseconds; now() < until || runs < 3; runs++) {
      inPieces = 0;
      const begun = now();
      run();
      undivided = Math.min(undivided, now() - begun - inPieces);
    }
    let alone = undivided;
    let scheduled = undivided;
    let phases = 0;
    for (const [job, times] of pieces) {
      const each = (counts.get(job) ?? 0) / runs;
      phases += each;
      alone += each * times.reduce((sum, own) => sum + own, 0);
      scheduled += each * (PHASE + makespan(times, threads.count));
    }
    return { alone, scheduled, undivided, phases };
  } finally {
    threads.timed = undefined;
  }
}

declare const performance: { now(): number };

/** Returns the total time of pieces that free threads take in order, like the pieces of a job. */
function makespan(times: Float64Array, threads: number): number {
  const free = new Array<number>(threads).fill(0);
  for (let piece = times.length - 1; piece >= 0; piece--) {
    const next = free.indexOf(Math.min(...free));
    free[next] = (free[next] ?? 0) + (times[piece] ?? 0);
  }
  return Math.max(...free);
}
