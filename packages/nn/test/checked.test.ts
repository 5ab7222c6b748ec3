/**
 * Values that a function refuses: the error is the same on every runner, and a recorded function throws it when it
 * runs. Valid values cause no error, and the derivatives are those without the check.
 */

import {
  bernoulli,
  categorical,
  cond,
  GraddiffError,
  gamma,
  grad,
  oneHot,
  quantile,
  scan,
  stack,
  type Tensor,
  tensor,
  uniform,
  valueAndGrad,
  vectorize,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { RUNNERS } from "../../core/test/control/support.ts";
import { expectSameBits } from "../../core/test/support/opChecks.ts";
import {
  areaUnderCurve,
  binaryCrossEntropy,
  confusionMatrix,
  cosineEmbeddingLoss,
  crossEntropy,
  Embedding,
  gaussianNegativeLogLikelihood,
  hingeLoss,
  negativeLogLikelihood,
  topKAccuracy,
} from "../src/index.ts";

const float64 = { dtype: "float64" } as const;
const int32 = (values: number[]) => tensor(values, { dtype: "int32" });
const logits = tensor(
  [
    [1, 2, 3],
    [3, 1, 0],
  ],
  float64,
);
const embedding = new Embedding(3, 2, { seed: 1 });

/** A function, a valid argument, arguments that it refuses, and the error. */
const CASES: readonly {
  readonly name: string;
  readonly fn: (x: Tensor) => Tensor;
  readonly good: Tensor;
  readonly bad: readonly Tensor[];
  readonly message: string;
}[] = [
  {
    name: "bernoulli",
    fn: (p) => bernoulli(p, { seed: 1 }).cast("float64"),
    good: tensor([0, 0.5, 1], float64),
    bad: [
      tensor([0, 0.5, 1.5], float64),
      tensor([Number.NaN, 0, 0], float64),
      tensor([0, -1e-300, 0], float64),
    ],
    message: "bernoulli: p: expected numbers from 0 to 1, got ",
  },
  {
    name: "gamma",
    fn: (alpha) => gamma(alpha, { seed: 1 }),
    good: tensor([0.5, 2], float64),
    bad: [tensor([0.5, 0], float64), tensor([Number.POSITIVE_INFINITY, 1], float64)],
    message: "gamma: alpha: expected finite numbers above 0, got ",
  },
  {
    name: "categorical",
    fn: (x) => categorical(x, { seed: 1 }).cast("float64"),
    good: tensor([[0, 1, Number.NEGATIVE_INFINITY]], float64),
    bad: [
      tensor([[0, Number.NaN, 1]], float64),
      tensor([[Number.POSITIVE_INFINITY, 0, 0]], float64),
      tensor([new Array<number>(3).fill(Number.NEGATIVE_INFINITY)], float64),
    ],
    message:
      "categorical: logits: expected numbers, and −Infinity for some classes, got a row whose greatest is ",
  },
  {
    name: "quantile",
    fn: (q) => quantile(tensor([1, 2, 4], float64), q),
    good: tensor([0, 0.5], float64),
    bad: [tensor([0, 1.01], float64), tensor([Number.NaN, 0], float64)],
    message: "quantile: q: expected numbers from 0 to 1, got ",
  },
  {
    name: "hingeLoss",
    fn: (labels) => hingeLoss(tensor([2, 0.5], float64), labels),
    good: tensor([1, -1], float64),
    bad: [tensor([1, 0], float64), tensor([0.5, 1], float64)],
    message: "hingeLoss: labels: expected labels −1 and 1, got ",
  },
  {
    name: "cosineEmbeddingLoss",
    fn: (labels) => cosineEmbeddingLoss(logits, logits.add(1), labels),
    good: tensor([1, -1], float64),
    bad: [tensor([1, 2], float64)],
    message: "cosineEmbeddingLoss: labels: expected labels −1 and 1, got ",
  },
  {
    name: "binaryCrossEntropy",
    fn: (target) => binaryCrossEntropy(tensor([2, 0.5], float64), target),
    good: tensor([0.25, 1], float64),
    bad: [tensor([1, 2], float64), tensor([-1, 0], float64)],
    message: "binaryCrossEntropy: target: expected labels 0 and 1, or probabilities, got ",
  },
  {
    name: "gaussianNegativeLogLikelihood",
    fn: (variance) =>
      gaussianNegativeLogLikelihood(tensor([1, 2], float64), tensor([0, 0], float64), variance),
    good: tensor([0.5, 2], float64),
    bad: [tensor([0.5, -2], float64)],
    message: "gaussianNegativeLogLikelihood: variance: expected numbers from 0, got ",
  },
  {
    name: "crossEntropy with classes",
    fn: (classes) => crossEntropy(logits, classes),
    good: int32([0, 2]),
    bad: [int32([0, 3]), int32([-1, 0])],
    message: "crossEntropy: classes: expected integers from 0 to 2, got ",
  },
  {
    name: "crossEntropy with distributions",
    fn: (shares) => crossEntropy(logits, shares),
    good: tensor(
      [
        [0.5, 0.25, 0.25],
        [1, 0, 0],
      ],
      float64,
    ),
    bad: [
      tensor(
        [
          [0.5, 0.25, 0.75],
          [1, 0, 0],
        ],
        float64,
      ),
      tensor(
        [
          [0.5, 0.25, 0.25],
          [2, -1, 0],
        ],
        float64,
      ),
    ],
    message:
      "crossEntropy: classes: expected distributions along the last axis, of numbers from 0 that add up to 1, got a row ",
  },
  {
    name: "negativeLogLikelihood",
    fn: (classes) => negativeLogLikelihood(logits, classes),
    good: int32([0, 2]),
    bad: [int32([0, 3])],
    message: "negativeLogLikelihood: classes: expected integers from 0 to 2, got ",
  },
  {
    name: "areaUnderCurve",
    fn: (labels) => areaUnderCurve(tensor([0.5, 2, 1], float64), labels),
    good: int32([0, 1, 0]),
    bad: [int32([0, 2, 1]), int32([-1, 1, 1])],
    message: "areaUnderCurve: expected: expected labels 0 and 1, or bools, got ",
  },
  {
    name: "topKAccuracy",
    fn: (classes) => topKAccuracy(logits, classes, { k: 2 }),
    good: int32([0, 2]),
    bad: [int32([0, 3]), int32([-1, 0])],
    message: "topKAccuracy: expected: expected integers from 0 to 2, got ",
  },
  {
    name: "confusionMatrix",
    fn: (classes) => confusionMatrix(int32([0, 1]), classes, { classes: 3 }).cast("float64"),
    good: int32([0, 2]),
    bad: [int32([0, 3]), int32([-1, 0])],
    message: "confusionMatrix: expected: expected integers from 0 to 2, got ",
  },
  {
    name: "oneHot",
    fn: (indices) => oneHot(indices, 3),
    good: int32([0, 2]),
    bad: [int32([0, 3]), int32([-1, 0])],
    message: "oneHot: indices: expected integers from 0 to 2, since axis 0 has length 3, got ",
  },
  {
    name: "Embedding",
    fn: (indices) => embedding.compute(indices),
    good: int32([0, 2]),
    bad: [int32([0, 3]), int32([-1, 0])],
    message: "Embedding: indices: expected integers from 0 to 2, since axis 0 has length 3, got ",
  },
];

/** Returns the message of a call's error, without the line of the user's code that recorded functions add. */
function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof GraddiffError) return error.message.replace(/ \[[^\]]*:\d+:\d+\]$/, "");
    throw error;
  }
  return "no error";
}

describe.each(CASES)("$name", ({ fn, good, bad, message }) => {
  test("refuses the same values with the same words on every way to run", () => {
    const expected = fn(good);
    for (const run of Object.values(RUNNERS)) {
      expectSameBits(run((x) => [fn(x as Tensor)])(good)[0] as Tensor, expected);
      for (const each of bad) {
        const eager = messageOf(() => fn(each));
        expect(eager).toContain(message);
        expect(messageOf(() => run((x) => [fn(x as Tensor)])(each))).toBe(eager);
      }
    }
  });

  test("refuses them in a batch, in a loop, and where its branch is taken", () => {
    const [wrong = good] = bad;
    const batch = stack([good, wrong]);
    expect(messageOf(() => vectorize(fn)(batch))).toContain(message);
    const loop = (x: Tensor) =>
      scan((n: Tensor, row: Tensor): [Tensor, Tensor] => [n, fn(row)], 0, x)[1];
    const branch = (flag: Tensor, x: Tensor) =>
      cond(
        flag,
        () => fn(x).sum().cast("float64"),
        () => tensor(1, float64),
      );
    for (const run of Object.values(RUNNERS)) {
      expect(messageOf(() => run((x) => [loop(x as Tensor)])(batch))).toContain(message);
      const both = run((flag, x) => [branch(flag as Tensor, x as Tensor)]);
      expect(both(tensor(false), wrong)[0]?.item()).toBe(1);
      expect(messageOf(() => both(tensor(true), wrong))).toContain(message);
      const each = run((flags, x) => [vectorize(branch)(flags as Tensor, x as Tensor)]);
      expect(
        each(tensor([true, false]), batch)[0]
          ?.at(1)
          .item(),
      ).toBe(1);
    }
  });
});

test("what is checked has the derivatives of what it is", () => {
  const loss = (variance: Tensor) =>
    gaussianNegativeLogLikelihood(tensor([1, 2], float64), tensor([0, 0.5], float64), variance);
  const given = tensor([0.5, 2], float64);
  const eager = valueAndGrad(loss)(given);
  const second = grad((v: Tensor) => grad(loss)(v).sum())(given);
  for (const run of Object.values(RUNNERS)) {
    expectSameBits(run((v) => [grad(loss)(v as Tensor)])(given)[0] as Tensor, eager.gradient);
    const twice = run((v) => [grad((w: Tensor) => grad(loss)(w).sum())(v as Tensor)]);
    expectSameBits(twice(given)[0] as Tensor, second);
  }
});

test("what is checked and differentiated, also twice, has one set of bits", () => {
  // The loss reads the target; the derivative of the loss reads it, too, as the result of the sigmoid.
  const loss = (x: Tensor, y: Tensor) => binaryCrossEntropy(y, x.sigmoid()).mul(1.3);
  const first = grad(loss, { argnums: [0, 1] });
  const second = (x: Tensor, y: Tensor) =>
    grad(
      (a: Tensor, b: Tensor) => {
        const [ofX, ofY] = first(a, b) as [Tensor, Tensor];
        return ofX.mul(0.37).add(ofY.mul(1.37));
      },
      { argnums: [0, 1] },
    )(x, y);
  for (let seed = 0; seed < 20; seed++) {
    const [x, y] = [1, 2].map((n) =>
      uniform([], { seed: 2 * seed + n, low: -3, high: 3, ...float64 }),
    );
    const expected = second(x as Tensor, y as Tensor);
    for (const run of Object.values(RUNNERS)) {
      const got = run((a, b) => [...second(a as Tensor, b as Tensor)])(x as Tensor, y as Tensor);
      got.forEach((each, i) => {
        expectSameBits(each, expected[i] as Tensor);
      });
    }
  }
});
