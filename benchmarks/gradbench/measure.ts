// Timing of one eval's functions, by GradBench's rule: a function runs until it has run for a second,
// and the mean of all runs counts. Compilation happens in the first run, and so counts as well.
// Making tensors of numbers does not, nor does reading them.

import { type Call, compare, type Eval, type Expected } from "./eval.ts";
import { NumpyRandom, seed } from "./random.ts";

/** One function of one workload, which is given by its index among the sizes. */
export interface Job {
  readonly size: number;
  readonly name: string;
}

export interface Timing {
  /** The mean of all runs, in milliseconds. */
  readonly mean: number;
  readonly first: number;
  /** The run that other work on the machine has disturbed least. */
  readonly fastest: number;
  readonly runs: number;
  /** The difference from the reference, by GradBench's measure. */
  readonly difference: number;
}

/** The answer of what is not timed was right. */
export interface Check {
  readonly right: true;
  readonly difference: number;
}

/** Why there is no timing. */
export interface Failure {
  readonly reason: string;
}

export type Outcome = Timing | Check | Failure;

/** The messages of the process that times to the one that watches it. */
export type Message =
  | { readonly kind: "runs" }
  | { readonly kind: "rests" }
  | { readonly kind: "done"; readonly outcome: Outcome };

/** Returns the names by which a workload is chosen and printed. */
export function fullName(one: Eval<unknown, unknown>, size: unknown): string {
  return `${one.name}: ${one.nameOf(size)}`;
}

/**
 * Does jobs one after the other and tells of each. Time between "runs" and "rests" is the tool's own,
 * which the limit is about. A failure is told and does not end the others.
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

/** Checks the answer of the first run before there is another; without `seconds` there is none. */
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
