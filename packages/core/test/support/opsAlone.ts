/**
 * Finds the ops that run eagerly instead of as a part of a program.
 */

import { afterAll, beforeEach } from "vitest";
import { registerEvaluator } from "../../src/graph/apply.ts";

/**
 * Watches the ops that run eagerly in the tests of a file. @returns the list of their names, which is emptied before
 * each test.
 */
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
