// The program of pages of `npm run bench -- --browser`: one case of the suites, by the code that measures in
// Node as well.

import { WrongAnswerError } from "../equality.ts";
import { type Effort, measure, type Timing } from "../measure.ts";
import { fullName } from "../suite.ts";
import { suites } from "../suites/index.ts";

/** A case by its full name. */
export interface PageJob {
  readonly name: string;
  readonly effort: Effort;
}

/** The timings of a page, or the words for a wrong answer: an error would lose its class on the way out of the page. */
export type PageOutcome = readonly Timing[] | { readonly wrongAnswer: string };

export default async function run({ name, effort }: PageJob): Promise<PageOutcome> {
  const found = suites
    .flatMap((suite) => suite.cases.map((one) => ({ full: fullName(suite, one), one })))
    .find(({ full }) => full === name);
  if (found === undefined) throw new Error(`The page has no case "${name}".`);
  try {
    return await measure(name, found.one, effort);
  } catch (error) {
    if (error instanceof WrongAnswerError) return { wrongAnswer: error.message };
    throw error;
  }
}
