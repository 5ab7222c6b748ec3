/** Values that a function refuses: its model refuses them, too, and has the same results for valid values. */

import { grad, oneHot, type Tensor, tensor, uniform } from "@graddiff/core";
import {
  binaryCrossEntropy,
  crossEntropy,
  gaussianNegativeLogLikelihood,
  hingeLoss,
} from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { exportOnnx } from "../src/index.ts";
import { expectSame, run } from "./support/runtime.ts";

const double = { dtype: "float64" } as const;
const int32 = { dtype: "int32" } as const;

/** A function of scores and of checked values; values that it accepts, and others that it refuses. */
const CASES: readonly {
  readonly name: string;
  readonly fn: (x: Tensor, y: Tensor) => Tensor;
  readonly good: Tensor;
  readonly bad: Tensor;
}[] = [
  {
    name: "classes",
    fn: (x, y) => crossEntropy(x, y),
    good: tensor([0, 2], int32),
    bad: tensor([-1, 2], int32),
  },
  {
    name: "one-hot classes",
    fn: (x, y) => oneHot(y, 3, double).mul(x).sum(),
    good: tensor([0, 2], int32),
    bad: tensor([0, 3], int32),
  },
  {
    name: "labels from 0 to 1",
    fn: (x, y) => binaryCrossEntropy(x.sum(-1), y),
    good: tensor([0.5, 1], double),
    bad: tensor([0.5, 1.5], double),
  },
  {
    name: "labels of −1 and 1",
    fn: (x, y) => hingeLoss(x.sum(-1), y),
    good: tensor([-1, 1], double),
    bad: tensor([0, 1], double),
  },
  {
    name: "variances",
    fn: (x, y) => gaussianNegativeLogLikelihood(x.sum(-1), x.sum(-1).mul(0), y),
    good: tensor([0.5, 2], double),
    bad: tensor([0.5, -2], double),
  },
];

describe.each(CASES)("$name", ({ fn, good, bad }) => {
  const x = uniform([2, 3], { seed: 1, dtype: "float64" });

  test.each([false, true])("are looked at by the model, with an open batch: %s", async (isOpen) => {
    const both = (a: Tensor, b: Tensor) => [fn(a, b), grad(fn)(a, b)];
    const inputs = ["x", "y"];
    const dynamic = { x: { 0: "batch" }, y: { 0: "batch" } };
    const model = exportOnnx(both, [x, good], isOpen ? { inputs, dynamic } : { inputs });
    await expectSame(model, both, [x, good], 1e-10);
    await expect(run(model, [x, bad])).rejects.toThrow();
  });
});
