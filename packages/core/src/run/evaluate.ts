/**
 * Registers what computes ops on stored tensors: the bottom of all recordings.
 */

import { registerEvaluator } from "../graph/apply.ts";
import { interpretBody } from "./interpret.ts";
import { compute, computeAll } from "./runner.ts";

registerEvaluator({
  one: (op, inputs, attributes) =>
    op.body?.(inputs, attributes) ?? compute(op, inputs, attributes, op.infer(inputs, attributes)),
  all: (op, inputs, attributes) => computeAll(op, inputs, attributes, interpretBody),
});
