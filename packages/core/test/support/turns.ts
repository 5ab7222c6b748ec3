/** Tests of a file that take turns, where each test takes long: `npm test` tries a part of them, another one for each commit. */

import { beforeEach } from "vitest";
import { hasTurn } from "./sampling.ts";

/**
 * Has each commit try every `every`-th test of the file that calls this, before its first test and its first `beforeEach`, and
 * skip the others. `npm run test:slow` tries all, and so does Vitest where it is started by hand.
 */
export function takeTurns(every: number): void {
  let index = 0;
  beforeEach(({ skip }) => {
    if (!hasTurn(every, index++ % every)) skip();
  });
}
