/**
 * The answers of all contestants of the suites, which `npm run bench` checks before it times them, too.
 */

import { expect, test } from "vitest";
import { checkAnswers } from "../../src/equality.ts";
import { fullName } from "../../src/suite.ts";
import { suites } from "../../src/suites/index.ts";

// The cases whose loops in JavaScript take less than a second; others are checked when they are timed.
const cases = suites.flatMap((suite) =>
  suite.cases
    .filter(({ operations = 0 }) => operations <= 2 * 512 ** 3)
    .map((benchmarkCase) => ({ name: fullName(suite, benchmarkCase), benchmarkCase })),
);

test.each(cases)("the contestants of $name give the same bits", ({ name, benchmarkCase }) => {
  const contestants = benchmarkCase.prepare();
  expect(contestants.length).toBeGreaterThan(1);
  checkAnswers(name, contestants);
});
