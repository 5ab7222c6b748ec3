// Timing of one case: all its contestants in one tinybench run, after a warm-up of each.
//
// A sample is the mean of a batch of calls that is long enough for the clock, since a kernel on a
// thousand elements takes less than a microsecond. V8 tiers a function up only after some calls,
// so the warm-up is part of every measurement.

import { Bench } from "tinybench";
import { checkAnswers } from "./equality.ts";
import type { BenchmarkCase, Contestant } from "./suite.ts";

/** The effort of a measurement. Times are in milliseconds, for each contestant. */
export interface Effort {
  readonly warmupTime: number;
  readonly time: number;
  readonly iterations: number;
  /** The shortest batch that counts as one sample, if the clock is as precise as in Node. */
  readonly batchTime: number;
}

export const normalEffort: Effort = { warmupTime: 300, time: 700, iterations: 32, batchTime: 0.1 };
export const quickEffort: Effort = { warmupTime: 120, time: 80, iterations: 5, batchTime: 0.05 };

/** The time of a call, in milliseconds, above which a contestant is called only a few times. */
const longCall = 30;
const longCallIterations = 5;

/** The shortest batch in steps of the clock, which is 5 µs in a page. */
const clockSteps = 100;

/** Returns the resolution of the clock, in milliseconds. */
function clockStep(): number {
  const steps = Array.from({ length: 8 }, () => {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    return now - start;
  });
  return Math.min(...steps);
}

/** One contestant's times. */
export interface Timing {
  readonly contestant: string;
  readonly medianMicroseconds: number;
  /** The best sample, which other work on the machine has disturbed least. */
  readonly fastestMicroseconds: number;
  readonly nanosecondsPerElement: number | undefined;
  /**
   * The very first call, which for a compiled function includes the compilation, while the JavaScript engine may still
   * be compiling the library.
   */
  readonly firstMilliseconds: number;
  /** The median of first calls after preparing the work again, when all code is warm, or NaN. */
  readonly anewMilliseconds: number;
  /** Baseline's median over this median: above 1 is faster than the baseline. */
  readonly ratio: number;
  readonly samples: number;
  /** The relative margin of error of the mean, in percent. */
  readonly marginPercent: number;
}

/**
 * Checks the answers, then times all contestants.
 *
 * @throws WrongAnswerError when a contestant's answer differs from the first one's
 */
export async function measure(
  caseName: string,
  { elements, compiles = false, prepare }: Pick<BenchmarkCase, "elements" | "compiles" | "prepare">,
  effort: Effort,
): Promise<Timing[]> {
  const contestants = prepare();
  const firstCalls = checkAnswers(caseName, contestants);
  const batchTime = Math.max(effort.batchTime, clockSteps * clockStep());
  const batches = contestants.map((contestant) => batchSize(contestant, batchTime));
  const long = batches.some(({ milliseconds }) => milliseconds > longCall);
  const iterations = long ? Math.min(longCallIterations, effort.iterations) : effort.iterations;
  const bench = new Bench({
    time: effort.time,
    iterations,
    warmupTime: effort.warmupTime,
    warmupIterations: iterations,
    throws: true,
  });
  for (const [index, contestant] of contestants.entries()) {
    const batch = batches[index]?.calls ?? 1;
    bench.add(contestant.name, () => {
      const start = bench.now();
      for (let call = 0; call < batch; call++) contestant.run();
      const duration = bench.now() - start;
      return { overriddenDuration: duration / batch, overriddenIterationCost: duration };
    });
  }
  await bench.run();

  const summaries = bench.tasks.map((task) => {
    const { result } = task;
    if (result.state !== "completed") {
      throw new Error(`${caseName}: ${task.name}: expected timings, got "${result.state}".`);
    }
    const { p50, min, rme, samplesCount } = result.latency;
    return {
      contestant: task.name,
      median: p50,
      fastest: min,
      margin: rme,
      samples: samplesCount,
    };
  });
  const anew = compiles ? measureAnew(prepare, iterations) : [];
  const baseline = summaries[0]?.median ?? Number.NaN;
  return summaries.map(({ contestant, median, fastest, margin, samples }, index) => ({
    contestant,
    medianMicroseconds: median * 1e3,
    fastestMicroseconds: fastest * 1e3,
    nanosecondsPerElement: elements === undefined ? undefined : (median * 1e6) / elements,
    firstMilliseconds: firstCalls[index] ?? Number.NaN,
    anewMilliseconds: anew[index] ?? Number.NaN,
    ratio: baseline / median,
    samples,
    marginPercent: margin,
  }));
}

/** Measures, for each contestant, the median of the first calls after preparing it again. */
function measureAnew(prepare: () => readonly Contestant[], times: number): number[] {
  const rounds = Array.from({ length: times }, () =>
    prepare().map((contestant) => {
      const start = performance.now();
      contestant.run();
      return performance.now() - start;
    }),
  );
  const [first = []] = rounds;
  return first.map((_, index) => {
    const sorted = rounds.map((round) => round[index] ?? Number.NaN).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  });
}

/** Doubles the number of calls until they take `batchTime`. */
function batchSize(
  contestant: Contestant,
  batchTime: number,
): { readonly calls: number; readonly milliseconds: number } {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) contestant.run();
    const milliseconds = performance.now() - start;
    if (milliseconds >= batchTime) return { calls, milliseconds };
  }
}
