/**
 * The tests that are generated from the table of ops. `npm test` runs a twentieth of the tests of each op, another part
 * for each op.
 */

import { describe, expect, test } from "vitest";
import { opChecks } from "../support/opChecks.ts";
import { sampled } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

for (const [i, op] of registeredOps().entries()) {
  describe(`the op ${op.name}`, () => {
    for (const { name, run } of sampled(opChecks(op), 20, i)) test(name, run);
  });
}

test("the table holds all ops of the first set", () => {
  expect(registeredOps().length).toBeGreaterThanOrEqual(50);
});
