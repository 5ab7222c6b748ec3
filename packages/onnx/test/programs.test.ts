/** Random programs of many ops with an open batch size, and their gradients. */

import {
  concat,
  erf,
  expm1,
  grad,
  log1p,
  logicalAnd,
  matmul,
  maximum,
  type Tensor,
  tensor,
  uniform,
  where,
} from "@graddiff/core";
import { expect, test } from "vitest";
import fc from "../../core/test/support/properties.ts";
import { exportOnnx } from "../src/index.ts";
import { differenceOf, run } from "./support/runtime.ts";

const square = tensor([
  [0.5, -1, 0.25],
  [0, 1, 0.5],
  [-0.5, 0.25, 1],
]);

/** The steps of programs, on two rows × 3 matrices. No step has a jump or grows without bounds. */
const STEPS: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => x.add(y).mul(0.5),
  (x, y) => x.sub(y),
  (x) =>
    x
      .mul(1 / (x.shape[0] ?? 0))
      .sum(0, { keepDims: true })
      .add(x),
  (x, y) => x.mul(y).tanh(),
  (x, y) => x.div(y.square().add(1)),
  (x) => x.sigmoid(),
  (x) => log1p(x.softplus()),
  (x) => x.sin().add(x.cos()),
  (x, y) => maximum(x, y),
  (x, y) => where(logicalAnd(x.greater(0), y.less(1)), x, y),
  (x) => matmul(x, square.cast(x.dtype)),
  (x) => x.sub(x.mean(0)),
  (x) => x.div(x.square().sum(1, { keepDims: true }).add(1)),
  (x) => x.transpose().reshape([-1, 3]),
  (x, y) => concat([x, y]).slice([1], []).sum(0, { keepDims: true }).tanh().broadcastTo(x.shape),
  (x, y) => concat([x.slice([0, 0], [x.shape[0] ?? 0, 1]), y.slice([0, 1], [])], 1),
  (x) => expm1(erf(x)),
  (x) => x.relu().sqrt().mul(0).add(x.neg()),
  (x) => x.abs().add(1).pow(-0.5),
];

const programs = fc.array(
  fc.record({ step: fc.nat(STEPS.length - 1), x: fc.nat(6), y: fc.nat(6) }),
  { minLength: 1, maxLength: 8 },
);

test.each([
  ["float64", 1e-10],
  ["float32", 1e-4],
] as const)(
  "random programs of %s and their gradients agree with onnxruntime, at another batch size",
  async (dtype, bound) => {
    await fc.assert(
      fc.asyncProperty(programs, async (steps) => {
        const program = (x: Tensor) => {
          const values = [x];
          for (const { step, x: first, y: second } of steps) {
            const choose = (place: number) => values[place % values.length] as Tensor;
            values.push((STEPS[step] as (typeof STEPS)[number])(choose(first), choose(second)));
          }
          return values.reduce((sum, value) => sum.add(value));
        };
        const slope = grad((x: Tensor) => program(x).square().mean());
        const fn = (x: Tensor) => [program(x), slope(x)];
        const given = (size: number) => uniform([size, 3], { seed: size, low: -1, high: 1, dtype });
        const model = exportOnnx(fn, [given(2)], { dynamic: { x: 0 }, inputs: ["x"] });
        const x = given(5);
        const expected = fn(x);
        const got = await run(model, [x]);
        expected.forEach((own, i) => {
          expect(differenceOf(got[i] as Tensor, own)).toBeLessThan(bound);
        });
      }),
      { numRuns: 30, seed: 11 },
    );
  },
);
