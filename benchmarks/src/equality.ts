// The check before any timing: all contestants give the same bits as the baseline.

import type { Contestant, FloatArray } from "./suite.ts";

/** The error for an answer that differs from the baseline's: nothing is timed then. */
export class WrongAnswerError extends Error {
  override readonly name = "WrongAnswerError";
}

/**
 * Runs every contestant once and compares its results with those of the first, bit for bit; all
 * NaN count as one value. Results are overwritten before, so that old answers cannot pass.
 *
 * @returns the time of each contestant's run, in milliseconds: its first run, if it is new.
 * @throws WrongAnswerError naming the case, the contestant and the first element that differs
 */
export function checkAnswers(caseName: string, contestants: readonly Contestant[]): number[] {
  const [baseline, ...others] = contestants;
  if (baseline === undefined) throw new Error(`${caseName}: expected contestants, got none.`);
  const { answers: expected, milliseconds } = answersOf(baseline);
  const durations = [milliseconds];
  for (const contestant of others) {
    const { answers, milliseconds: duration } = answersOf(contestant);
    durations.push(duration);
    const difference = firstDifference(answers, expected);
    if (difference !== undefined) {
      throw new WrongAnswerError(
        `${caseName}: ${contestant.name} differs from ${baseline.name}: ${difference}.`,
      );
    }
  }
  return durations;
}

/** Runs a contestant, and returns copies of its results and the time of the run. */
function answersOf(contestant: Contestant): { answers: FloatArray[]; milliseconds: number } {
  for (const result of contestant.results()) result.fill(12345.678);
  const start = performance.now();
  contestant.run();
  const milliseconds = performance.now() - start;
  return { answers: contestant.results().map((result) => result.slice()), milliseconds };
}

function firstDifference(
  actual: readonly FloatArray[],
  expected: readonly FloatArray[],
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} results, not ${expected.length}`;
  for (const [index, wanted] of expected.entries()) {
    const got = actual[index];
    if (got?.length !== wanted.length) {
      return `result ${index} has ${got?.length} elements, not ${wanted.length}`;
    }
    for (let element = 0; element < wanted.length; element++) {
      if (!Object.is(got[element], wanted[element])) {
        return `element ${element} of result ${index} is ${got[element]}, not ${wanted[element]}`;
      }
    }
  }
  return undefined;
}
