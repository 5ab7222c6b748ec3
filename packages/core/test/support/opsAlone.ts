/**
 * The ops that run by themselves: eagerly, and not as a part of a program.
 */

import { afterAll, beforeEach } from "vitest";
import { registerEvaluator } from "../../src/graph/apply.ts";

/** Watches the ops that run by themselves in the tests of a file. @returns their names, which each test begins anew. */
export function watchOpsAlone(): string[] {
  const alone: string[] = [];
  const evaluator = registerEvaluator({
    all: (op, inputs, attributes) => {
      alone.push(op.name);
      return evaluator.all(op, inputs, attributes);
    },
    first: (op, inputs, attributes) => {
      alone.push(op.name);
      return evaluator.first(op, inputs, attributes);
    },
  });
  afterAll(() => {
    registerEvaluator(evaluator);
  });
  beforeEach(() => {
    alone.length = 0;
  });
  return alone;
}
