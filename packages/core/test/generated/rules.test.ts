/**
 * The derivative rule of every op is linear in its cotangents, and is recognised as linear. A `customGradient` whose
 * rule uses the pullback of an op has the tangents of that op, however its derivative is defined.
 */

import { describe, expect, test } from "vitest";
import { attributesOf, type Op } from "../../src/graph/op.ts";
import { allClose, customGradient, jvp, type Tensor, uniform, vjp } from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { applied, samples } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(3);

/** True if the first example has a float input and a float result, and the op has a derivative. */
function isDifferentiable(op: Op): boolean {
  const { derivative, results, examples } = op;
  if (derivative?.kind === "none" || (derivative?.kind === "partials" && derivative.stops))
    return false;
  const [first] = examples.cases;
  if (first === undefined) return false;
  const { inputs } = samples(op, first, "float64");
  return (
    inputs.some(({ dtype }) => isFloat(dtype)) &&
    results(inputs, attributesOf(first, inputs))[0]?.dtype === "float64"
  );
}

const differentiable = registeredOps().filter(isDifferentiable);

describe.each(differentiable.map((op) => [op.name, op] as const))("the op %s", (_name, op) => {
  test("has its tangents behind a rule that pulls back through it", () => {
    let compared = 0;
    for (const example of op.examples.cases) {
      const { inputs, attributes } = samples(op, example, "float64");
      const floats = inputs.filter(({ dtype }) => isFloat(dtype));
      const fn = (...given: Tensor[]) => {
        const queue = [...given];
        const all = inputs.map((input) =>
          isFloat(input.dtype) ? (queue.shift() ?? input) : input,
        );
        return applied(op, all, attributes).filter(({ dtype }) => isFloat(dtype));
      };
      const custom = customGradient(fn, (cotangents, given) =>
        vjp(fn)(...given).pullback(cotangents),
      );
      const directions = floats.map(({ shape }, i) =>
        uniform(shape, { seed: 50 + i, low: -1, high: 1, dtype: "float64" }),
      );
      const expected = jvp(fn)(floats, directions).tangent;
      // Examples without derivative are skipped: the norm of order 0, for example, counts elements, and its rule uses
      // no cotangent.
      if (expected.every((tangent) => tangent.data().every((value) => value === 0))) continue;
      compared++;
      const got = jvp(custom)(floats, directions).tangent;
      expect(got.length).toBe(expected.length);
      got.forEach((tangent, i) => {
        const close = allClose(tangent, expected[i] as Tensor, { relative: 1e-9, absolute: 1e-9 });
        expect(close, `${tangent} and ${expected[i]}`).toBe(true);
      });
    }
    // The sample of a mask is false, so masks have no derivative to compare.
    if (op.mask === undefined) expect(compared).toBeGreaterThan(0);
  });
});
