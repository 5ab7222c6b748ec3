// The parts of an eval: one of GradBench's computations, on inputs of many sizes, by graddiff and by a
// reference in plain JavaScript.

import type { Tensor } from "@graddiff/core";
import type { NumpyRandom } from "./random.ts";

/** Does the work once, on tensors that are there, and gives its results. This alone is timed. */
export type Call = () => readonly Tensor[];

/** The same numbers from the reference. */
export type Expected = () => readonly ArrayLike<number>[];

export interface Eval<Size, Input> {
  /** GradBench's name. */
  readonly name: string;
  /** One line for the table. */
  readonly description: string;
  /** GradBench's names of the functions: the primal and its derivative, or variants of one. */
  readonly functions: readonly string[];
  /**
   * The way in which means make a score: one over their sum, or one over the least. Without one the answer is checked
   * and nothing timed.
   */
  readonly score: "sum" | "fastest" | "none";
  /** The sizes of all workloads, in order: random numbers are one stream through all of them. */
  readonly sizes: readonly Size[];
  /** GradBench's name of a workload. */
  nameOf(size: Size): string;
  /** Returns the numbers of a workload. */
  input(size: Size, random: NumpyRandom): Input;
  /** Makes tensors of the numbers. Nothing is compiled before the first call. */
  prepare(input: Input): Readonly<Record<string, Call>>;
  /** Returns the values that the calls must give. */
  expected(input: Input): Readonly<Record<string, Expected>>;
}

/** GradBench's tolerance: the greatest |a − b| / max(1, |a| + |b|) that counts as right. */
export const tolerance = 1e-4;

/**
 * Returns the greatest difference of the answers by GradBench's measure, or by a stricter one.
 *
 * @throws Error where numbers are missing or are none, or the difference is above `limit`
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
