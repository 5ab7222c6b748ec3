// Timing of an eval's functions by GradBench's rule: a function is repeated until its runs have taken a second in
// total, and the result is the mean of all runs. Compilation happens in the first run, so it counts. Making tensors
// from numbers and reading results do not count.

import { type Call, compare, type Eval, type Expected } from "./eval.ts";
import { NumpyRandom, seed } from "./random.ts";

/** One function of one workload. The workload is given by the index of its size. */
export interface Job {
  readonly size: number;
  readonly name: string;
}

export interface Timing {
  /** The mean of all runs, in milliseconds. */
  readonly mean: number;
  readonly first: number;
  /** The time of the fastest run, which other programs have disturbed least, in milliseconds. */
  readonly fastest: number;
  readonly runs: number;
  /** The difference from the reference, by GradBench's measure. */
  readonly difference: number;
}

/** The outcome of an eval that is not timed and whose answer is right. */
export interface Check {
  readonly right: true;
  readonly difference: number;
}

/** The outcome of a job without a timing. */
export interface Failure {
  readonly reason: string;
}

export type Outcome = Timing | Check | Failure;

/** A message from the process that measures to the process that watches it. */
export type Message =
  | { readonly kind: "runs" }
  | { readonly kind: "rests" }
  | { readonly kind: "done"; readonly outcome: Outcome };

/** Returns the name by which a workload is selected and printed. */
export function fullName(one: Eval<unknown, unknown>, size: unknown): string {
  return `${one.name}: ${one.nameOf(size)}`;
}

/**
 * Runs jobs one after the other, and sends a message with the outcome of each. The time limit counts the time between
 * the messages "runs" and "rests". A failure is an outcome, and the next jobs still run.
 */
export async function measureJobs(
  one: Eval<unknown, unknown>,
  jobs: readonly Job[],
  seconds: number,
  tell: (message: Message) => Promise<void>,
): Promise<void> {
  const random = new NumpyRandom(seed);
  for (const [place, size] of one.sizes.entries()) {
    const mine = jobs.filter((job) => job.size === place);
    const input = one.input(size, random);
    if (mine.length === 0) continue;
    const calls = one.prepare(input);
    const expected = one.expected(input);
    for (const { name } of mine) {
      const wanted = one.score === "none" ? undefined : seconds;
      const outcome = await measureCall(calls[name], expected[name], wanted, tell).catch(
        (error: unknown) => ({ reason: error instanceof Error ? error.message : String(error) }),
      );
      await tell({ kind: "done", outcome });
    }
  }
}

/** Checks the answer of the first run, then repeats the call for `seconds`; without `seconds` there is one run. */
async function measureCall(
  call: Call | undefined,
  expected: Expected | undefined,
  seconds: number | undefined,
  tell: (message: Message) => Promise<void>,
): Promise<Timing | Check> {
  if (call === undefined || expected === undefined) throw new Error("there is no such function");
  await tell({ kind: "runs" });
  const start = performance.now();
  const results = call();
  const first = performance.now() - start;
  await tell({ kind: "rests" });
  const difference = compare(
    results.map((result) => result.data()),
    expected(),
  );
  for (const result of results) result.dispose();
  if (seconds === undefined) return { right: true, difference };
  await tell({ kind: "runs" });
  let [total, runs, fastest] = [first, 1, first];
  while (total < seconds * 1e3) {
    const start = performance.now();
    for (const result of call()) result.dispose();
    const time = performance.now() - start;
    total += time;
    fastest = Math.min(fastest, time);
    runs++;
  }
  await tell({ kind: "rests" });
  return { mean: total / runs, first, fastest, runs, difference };
}
