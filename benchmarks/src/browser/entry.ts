// The program of pages of `npm run bench -- --browser`: it runs one case of the suites, with the same code that
// measures in Node.

import { WrongAnswerError } from "../equality.ts";
import { type Effort, measure, type Timing } from "../measure.ts";
import { fullName } from "../suite.ts";
import { suites } from "../suites/index.ts";

/** A case by its full name. */
export interface PageJob {
  readonly name: string;
  readonly effort: Effort;
}

/** The timings of a page, or the message of a wrong answer: an error would lose its class when it leaves the page. */
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
