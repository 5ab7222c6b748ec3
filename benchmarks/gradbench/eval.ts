// The interface of an eval: one of GradBench's computations, on inputs of many sizes, computed by graddiff and by a
// reference in plain JavaScript.

import type { Tensor } from "@graddiff/core";
import type { NumpyRandom } from "./random.ts";

/** A function that does the work once, on existing tensors, and returns the results. Only this is timed. */
export type Call = () => readonly Tensor[];

/** A function that returns the expected results, computed by the reference. */
export type Expected = () => readonly ArrayLike<number>[];

export interface Eval<Size, Input> {
  /** GradBench's name. */
  readonly name: string;
  /** The description in the table, one line. */
  readonly description: string;
  /** GradBench's names of the functions: the primal and its derivative, or variants of one. */
  readonly functions: readonly string[];
  /**
   * The formula of the score from the mean times: 1 / sum, or 1 / least. With "none" the answer is checked and nothing
   * is timed.
   */
  readonly score: "sum" | "fastest" | "none";
  /** The sizes of all workloads. Their inputs are drawn in this order from one stream of random numbers. */
  readonly sizes: readonly Size[];
  /** GradBench's name of a workload. */
  nameOf(size: Size): string;
  /** Returns the numbers of a workload. */
  input(size: Size, random: NumpyRandom): Input;
  /** Makes tensors from the numbers, and returns the calls by function name. Compilation happens in the first call. */
  prepare(input: Input): Readonly<Record<string, Call>>;
  /** Returns the functions that compute the expected results, by function name. */
  expected(input: Input): Readonly<Record<string, Expected>>;
}

/** GradBench's tolerance: the greatest |a − b| / max(1, |a| + |b|) of a correct answer. */
export const tolerance = 1e-4;

/**
 * Returns the greatest difference of answers from expected values, by GradBench's measure or a stricter one.
 *
 * @throws Error if numbers are missing or NaN, or the difference is above `limit`
 */
export function compare(
  answers: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  limit = tolerance,
  scale = 1,
): number {
  const counts = (arrays: readonly ArrayLike<number>[]) => arrays.map(({ length }) => length);
  if (counts(answers).join() !== counts(expected).join()) {
    throw new Error(`wrong answer: ${counts(answers)} numbers, not ${counts(expected)}`);
  }
  let worst = 0;
  for (const [result, answer] of answers.entries()) {
    const wanted = expected[result] ?? [];
    for (let i = 0; i < answer.length; i++) {
      const [a = Number.NaN, b = Number.NaN] = [answer[i], wanted[i]];
      const difference = Math.abs(a - b) / Math.max(scale, Math.abs(a) + Math.abs(b));
      if (!(difference <= limit)) {
        throw new Error(`wrong answer: number ${i} of result ${result} is ${a}, not ${b}`);
      }
      worst = Math.max(worst, difference);
    }
  }
  return worst;
}
