/** Files with long tests: `npm test` tries a part of the tests, another part for each commit. */

import { beforeEach } from "vitest";
import { hasTurn } from "./sampling.ts";

/**
 * Runs only every `every`-th test of the calling file at each commit, and skips the others. Call it before the first
 * test and the first `beforeEach`. All tests run with `npm run test:slow`, and where Vitest is started by hand.
 */
export function takeTurns(every: number): void {
  let index = 0;
  beforeEach(({ skip }) => {
    if (!hasTurn(every, index++ % every)) skip();
  });
}
