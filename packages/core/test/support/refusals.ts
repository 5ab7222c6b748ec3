/** Finds the ops that refuse some elements of their inputs, and such inputs. */

import { mayFail } from "../../src/graph/lower.ts";
import type { Op } from "../../src/graph/op.ts";
import type { Attributes } from "../../src/graph/types.ts";
import { full, GraddiffError, type Tensor } from "../../src/index.ts";
import { makeBody } from "../../src/ops/bodies.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { applied, samples } from "./opChecks.ts";

/** Elements that ops refuse as numbers, indices or seeds: each op that refuses elements at all refuses one of these. */
const REFUSED = [Number.NaN, 99, -99, -1, 0.5];

/** True if an application of an op may throw for some elements. */
function mayThrow(op: Op, inputs: readonly Tensor[], attributes: Attributes): boolean {
  return mayFail(makeBody(inputs, (given) => applied(op, given, attributes)));
}

/** Returns inputs that an op refuses; inputs of NaN where it refuses none. */
export function badInputs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
): readonly Tensor[] {
  const filled = (k: number, value: number) =>
    inputs.map((input, i) =>
      i === k ? full(input.shape, value, { dtype: "float64" }).cast(input.dtype) : input,
    );
  if (mayThrow(op, inputs, attributes)) {
    for (const value of REFUSED) {
      for (let k = 0; k < inputs.length; k++) {
        try {
          applied(op, filled(k, value), attributes);
        } catch (error) {
          if (error instanceof GraddiffError) return filled(k, value);
          throw error;
        }
      }
    }
    // A loop with a condition fails only if it runs too long, which its examples do not.
    if (op.bodies?.control === undefined) throw new Error(`${op.name} refuses none of ${REFUSED}`);
  }
  return inputs.map((input) =>
    isFloat(input.dtype) ? full(input.shape, Number.NaN, { dtype: input.dtype }) : input,
  );
}

/** Returns the first example of an op whose inputs have elements. */
export function exampleOf({ examples }: Op) {
  return examples.cases.find(({ shapes }) => shapes.every((shape) => !shape.includes(0)));
}

/** True if an op refuses some elements in its first example. */
export function refuses(op: Op): boolean {
  const example = exampleOf(op);
  if (example === undefined) return false;
  const { inputs, attributes } = samples(op, example, "float64");
  return mayThrow(op, inputs, attributes);
}
