/** The tests that every row of the table of layers gets. */

import {
  allClose,
  checkGradients,
  compile,
  grad,
  type Layer,
  loadState,
  normal,
  stack,
  state,
  summary,
  type Tensor,
  vectorize,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { isFloat } from "../../../core/src/tensor/dtype.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import { LAYERS, resultOf } from "./layers.ts";

sampleTests(4);

describe.each(Object.entries(LAYERS))("%s", (name, { make, inputs }) => {
  const input = inputs(3);

  test("has the same bits eager and compiled, in training and in evaluation", () => {
    const [eager, compiled] = [make(), make()];
    const run = compile((x: Tensor) => resultOf(compiled, x));
    for (const train of [true, false]) {
      for (const model of [eager, compiled]) model.train(train);
      for (let i = 0; i < 2; i++) expectSameBits(run(input), resultOf(eager, input));
    }
  });

  test("has the gradients of its input and its weights", () => {
    const model = make();
    const weights = model.variables.map(({ value }) => value);
    const withWeights = (x: Tensor, values: readonly Tensor[]) => {
      // A new layer is made for each call, so that draws and counts start again.
      const own = make();
      own.variables.forEach((variable, i) => {
        variable.assign(values[i] as Tensor);
      });
      return resultOf(own, x);
    };
    if (isFloat(input.dtype)) {
      const fn = (x: Tensor, ...values: Tensor[]) => withWeights(x, values);
      expect(checkGradients(fn, [input, ...weights]).comparisons).toBeGreaterThan(0);
    } else {
      const fn = (...values: Tensor[]) => withWeights(input, values);
      expect(checkGradients(fn, weights).comparisons).toBeGreaterThan(0);
    }
  });

  test("gives in backward what grad gives", () => {
    const model: Layer = make();
    const result: unknown = model.forward(input as never);
    // Results that are trees are skipped, since backward takes a tree then; recurrent layers have separate tests.
    if (!isFloat(input.dtype) || (result as Tensor).shape === undefined) return;
    const weights = normal((result as Tensor).shape, { seed: 5, dtype: "float64" });
    const ofInput = model.backward(weights as never) as unknown as Tensor;
    const again = make();
    const expected = grad((x: Tensor) => resultOf(again, x).mul(weights).sum())(input);
    expect(allClose(ofInput, expected, { relative: 1e-10, absolute: 1e-12 })).toBe(true);
  });

  test("has of a batch by vectorize what it has of each", () => {
    const model = make().train(false);
    const batch = [2, 3, 4].map((seed) => inputs(seed).slice([0], [2]));
    const together = vectorize((x: Tensor) => resultOf(model, x))(stack(batch));
    const apart = stack(batch.map((x) => resultOf(model, x)));
    expect(allClose(together, apart, { relative: 1e-12, absolute: 1e-13 })).toBe(true);
  });

  test("is saved and loaded whole, and goes on with the same bits", () => {
    const [model, other] = [make(), make()];
    resultOf(model, input);
    loadState(other, state(model));
    expectSameBits(resultOf(other, input), resultOf(model, input));
  });

  test("tells its name in a summary", () => {
    const [, first = ""] = /^(\w+)/.exec(name) ?? [];
    expect(summary(make(), input).toString()).toContain(first);
  });
});
