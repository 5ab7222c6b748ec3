/**
 * The tests that are generated from the table of ops.
 */

import { describe, expect, test } from "vitest";
import { opChecks } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";

for (const op of registeredOps()) {
  describe(`the op ${op.name}`, () => {
    for (const { name, run } of opChecks(op)) test(name, run);
  });
}

test("the table holds all ops of the first set", () => {
  expect(registeredOps().length).toBeGreaterThanOrEqual(50);
});
