/**
 * Checks of values that are known only when a recorded function runs.
 */

import { checkKernel, type Demand, firstRefused, refusalOf } from "../families/checking.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { type Op, partials, sameType } from "../graph/op.ts";
import { recordingOfConstants } from "../graph/recording.ts";
import { at } from "../tensor/shape.ts";
import { isReadable, readArray, resolve, type Tensor } from "../tensor/tensor.ts";
import { repeated } from "./batching.ts";
import { register } from "./registry.ts";

const POSITIVE: Demand = {
  op: "check",
  argument: "x",
  low: 0,
  high: 10,
  expected: "numbers from 0 to 10",
};

/** Returns x unchanged, after the elements of another tensor have passed a test. */
const checkOp: Op<Demand> = register<Demand>({
  name: "check",
  symbol: "check",
  family: "identity",
  promotion: "none",
  formula: "x, and an error where what is examined is not as it must be",
  results: sameType,
  derivative: partials(() => 1, undefined),
  linearIn: [0],
  kernel: checkKernel,
  batch: (call) => applyAll(call.op, [at(repeated(call), 0), at(call.inputs, 1)], call.attributes),
  examples: {
    domain: [[[-3, 3]], [[0, 5]]],
    cases: [
      { shapes: [[2, 3], [4]], attributes: POSITIVE },
      { shapes: [[], []], attributes: POSITIVE },
    ],
  },
});

/**
 * True if the elements can be checked now. In a recorded function not even constants are checked early, since a branch
 * may never be taken.
 */
export function isKnown(x: Tensor): boolean {
  return recordingOfConstants() === undefined && isReadable(x);
}

/**
 * Returns a tensor, once the elements of what is examined are within bounds: they are looked at here, or when the
 * recorded function runs, which then throws the same error.
 *
 * @param demand the function and argument for errors, the least and the greatest element, and what is expected in words.
 * @param examined default: the tensor itself. Where the result is not used, nothing is checked.
 * @throws ArgumentError for the first element that is refused.
 *
 * @example
 * ```ts
 * import { compile, type Tensor, tensor } from "@graddiff/core";
 * import { checked } from "@graddiff/core/extend";
 *
 * const labels = compile((x: Tensor) =>
 *   checked(x, { op: "loss", argument: "labels", low: 0, high: 1, expected: "labels 0 and 1" }),
 * );
 * console.log(String(labels(tensor([0, 1])))); // [0. 1.]
 * ```
 */
export function checked(x: Tensor, demand: Demand, examined: Tensor = x): Tensor {
  // A value that is differentiated has the op between it and its readers, as in a recorded function: so
  // gradients have one order.
  const isPlain = resolve(x).level === undefined && resolve(examined).level === undefined;
  if (!isPlain || recordingOfConstants() !== undefined) {
    return apply(checkOp, [x, examined], demand);
  }
  const value = firstRefused(readArray(examined, demand.op), demand);
  if (value !== undefined) throw refusalOf(demand, value);
  return x;
}

/** The least number above 0, the bound of values that must be positive. */
export const ABOVE_ZERO: number = Number.MIN_VALUE;
