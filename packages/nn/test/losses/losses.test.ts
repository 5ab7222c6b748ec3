/**
 * Losses beyond the goldens of PyTorch: invalid arguments, masks, and second derivatives.
 */

import {
  checkGradients,
  compile,
  grad,
  logSoftmax,
  ones,
  softmax,
  stack,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  zeros,
} from "@graddiff/core";
import { optional, positive } from "@graddiff/core/extend";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { sampled, sampleTests } from "../../../core/test/support/sampling.ts";
import {
  binaryCrossEntropy,
  cosineEmbeddingLoss,
  crossEntropy,
  ctcLoss,
  gaussianNegativeLogLikelihood,
  hingeLoss,
  huberLoss,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
  negativeLogLikelihood,
  pairLoss,
  smoothL1,
  tripletMarginLoss,
} from "../../src/index.ts";
import { LOSSES, type LossRow } from "../table/losses.ts";

sampleTests(4);

const int32 = (data: number[]) => tensor(data, { dtype: "int32" });
const random = (shape: number[], seed: number, low = -2, high = 2) =>
  uniform(shape, { seed, low, high, dtype: "float64" });

const examples = Object.entries(LOSSES);

test.each(examples)("%s has correct derivatives to second order", (_name, { loss, inputs }) => {
  const mask = tensor([[true], [false]]);
  const plain = checkGradients((...given: Tensor[]) => loss({}, ...given), inputs);
  expect(plain.comparisons).toBe(8);
  const none = { reduction: "none" } as const;
  checkGradients((...given: Tensor[]) => loss(none, ...given), inputs);
  const ofMask = loss(none, ...inputs).rank === 1 ? mask.reshape([2]) : mask;
  checkGradients((...given: Tensor[]) => loss({ mask: ofMask }, ...given), inputs);
});

test.each(examples)("a batch of %s by vectorize has the losses of its examples", (_name, row) => {
  const { loss, inputs } = row;
  const batches = inputs.map((x) => [x, x.flip(0), x]);
  const all = vectorize((...given: Tensor[]) => loss({}, ...given))(
    ...batches.map((b) => stack(b)),
  );
  all.data().forEach((value, i) => {
    const alone = loss({}, ...batches.map((each) => each[i] as Tensor)).item();
    expect(Math.abs(value - alone)).toBeLessThan(1e-14 * Math.max(1, Math.abs(alone)));
  });
});

describe("what a mask leaves out", () => {
  const mask = tensor([true, false]);
  const maskOf = ({ rows }: LossRow) => (rows ? mask : mask.reshape([2, 1]));
  /** Returns inputs with an invalid value in the second row. */
  const broken = ({ inputs }: LossRow, value: number) =>
    inputs.map((x) =>
      tensor([x.take(0).toArray() as number[], [value, value]], { dtype: "float64" }),
    );

  test.each(examples)("has no part in %s, whatever stands there", (_name, example) => {
    const { loss, inputs } = example;
    const argnums = inputs.map((_, i) => i);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const given = broken(example, value);
      for (const reduction of ["mean", "sum", "none"] as const) {
        const options = { reduction, mask: maskOf(example) };
        const total = (...all: Tensor[]) => loss(options, ...all).sum();
        const values = loss(options, ...given).data();
        expect([...values].every(Number.isFinite)).toBe(true);
        expectSameBits(loss(options, ...given), loss(options, ...inputs));
        const gradients = grad(total, { argnums })(...given);
        const expected = grad(total, { argnums })(...inputs);
        gradients.forEach((gradient, i) => {
          expectSameBits(gradient, expected[i] as Tensor);
          expect([...gradient.take(1).data()]).toEqual([0, 0]);
        });
        const compiled = compile(grad(total, { argnums }))(...given);
        compiled.forEach((gradient, i) => {
          expectSameBits(gradient, expected[i] as Tensor);
        });
      }
    }
  });

  test.each(examples)("counts in no mean of %s, which is that of the others", (_name, example) => {
    const { loss, inputs, rows } = example;
    const all = loss({ mask: maskOf(example) }, ...inputs).item();
    const each = loss({ reduction: "none", mask: maskOf(example) }, ...inputs);
    const weight = _name === "negativeLogLikelihood" ? 2 : 1;
    expect(all).toBeCloseTo(each.sum().item() / (rows ? weight : 2), 14);
    expect(each.size).toBe(rows ? 2 : 4);
  });

  test.each(examples)(
    "may be everything: the mean of %s is NaN, and its gradient 0",
    (_name, example) => {
      const { loss, inputs } = example;
      const options = { mask: tensor(false) };
      expect(loss(options, ...inputs).item()).toBe(Number.NaN);
      expect(loss({ ...options, reduction: "sum" }, ...inputs).item()).toBe(0);
      const gradient = grad((x: Tensor) => loss(options, x, ...inputs.slice(1)))(
        inputs[0] as Tensor,
      );
      expect([...gradient.data()]).toEqual([0, 0, 0, 0]);
    },
  );

  test("may be all of a class", () => {
    const options = { ignoreIndex: 1 };
    const loss = (x: Tensor) => crossEntropy(x, int32([1, 1]), options);
    expect(loss(ones([2, 3])).item()).toBe(Number.NaN);
    expect([...grad(loss)(ones([2, 3])).data()]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("is no example of a batchMean", () => {
    const [p, q] = [softmax(random([3, 4], 1)), softmax(random([3, 4], 2))];
    const each = klDivergence(p.log(), q, { reduction: "none" }).sum(1);
    const mean = (mask?: Tensor) =>
      klDivergence(p.log(), q, { reduction: "batchMean", ...(mask && { mask }) }).item();
    expect(mean()).toBeCloseTo(each.mean().item(), 15);
    expect(mean(tensor([[true], [false], [true]]))).toBeCloseTo(
      (each.at(0).item() + each.at(2).item()) / 2,
      15,
    );
  });
});

describe("logits of ±10⁴", () => {
  const huge = [-1e4, -100, 0, 100, 1e4];
  for (const dtype of ["float32", "float64"] as const) {
    test(`have finite losses, gradients and second derivatives in ${dtype}`, () => {
      for (const [i, a] of huge.entries()) {
        for (const b of sampled(huge, 3, i)) {
          const x = tensor([[a, b, 0]], { dtype });
          const hot = tensor([[0, 1, 0]], { dtype });
          const losses = [
            (y: Tensor) => crossEntropy(y, int32([1]), { labelSmoothing: 0.1 }),
            (y: Tensor) => crossEntropy(y, hot),
            (y: Tensor) => binaryCrossEntropy(y, hot),
            (y: Tensor) => binaryCrossEntropy(y, hot.mul(0.5), { positiveWeight: 2 }),
            (y: Tensor) => klDivergence(logSoftmax(y), hot),
            (y: Tensor) => klDivergence(logSoftmax(y), logSoftmax(x.neg()), { logTarget: true }),
            (y: Tensor) => hingeLoss(y, tensor([[1, -1, 1]])),
            (y: Tensor) => huberLoss(y, hot),
          ];
          for (const loss of losses) {
            const first = grad(loss);
            const second = grad((y: Tensor) => first(y).square().sum());
            for (const result of [loss(x), first(x), second(x)]) {
              expect([...result.data()].every(Number.isFinite)).toBe(true);
            }
          }
        }
      }
    });
  }

  test("have the losses that are left in float32, where they are small", () => {
    const loss = (x: number, y: number) => binaryCrossEntropy(tensor([x]), tensor([y])).item();
    for (const size of [10, 20, 50]) {
      expect(loss(size, 1) / Math.exp(-size)).toBeCloseTo(1, 4);
      expect(loss(-size, 0) / Math.exp(-size)).toBeCloseTo(1, 4);
    }
  });

  test("binaryCrossEntropy has the right second derivative at 0", () => {
    const second = grad(grad((x: Tensor) => binaryCrossEntropy(x, tensor(0.5))));
    expect(second(tensor(0)).item()).toBe(0.25);
    expect(grad(grad((x: Tensor) => huberLoss(x, tensor(0))))(tensor(0)).item()).toBe(1);
    expect(grad(grad((x: Tensor) => smoothL1(x, tensor(0), { beta: 2 })))(tensor(0)).item()).toBe(
      0.5,
    );
  });
});

test("a share of 0 needs no finite logarithm", () => {
  const impossible = tensor([[0, Number.NEGATIVE_INFINITY]]);
  const certain = tensor([[1, 0]]);
  expect(crossEntropy(impossible, certain).item()).toBe(0);
  expect([...grad((x: Tensor) => crossEntropy(x, certain))(impossible).data()]).toEqual([0, 0]);
  expect(klDivergence(impossible, certain).item()).toBe(0);
  expect(klDivergence(impossible, impossible, { logTarget: true }).item()).toBe(0);
  const gradients = grad((p: Tensor, q: Tensor) => klDivergence(p, q), { argnums: [0, 1] });
  for (const gradient of gradients(impossible, certain)) {
    expect([...gradient.data()].every(Number.isFinite)).toBe(true);
  }
  const other = tensor([[0.5, 0.5]]);
  expect(crossEntropy(impossible, other).item()).toBe(Number.POSITIVE_INFINITY);
  expect(klDivergence(impossible, other).item()).toBe(Number.POSITIVE_INFINITY);
});

test("one-hot rows and distributions give crossEntropy what classes give", () => {
  const logits = random([4, 3], 1);
  const right = int32([2, 0, 1, 2]);
  const hot = tensor([
    [0, 0, 1],
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  for (const labelSmoothing of [0, 0.25]) {
    const byClass = crossEntropy(logits, right, { labelSmoothing }).item();
    expect(crossEntropy(logits, hot, { labelSmoothing }).item()).toBeCloseTo(byClass, 14);
  }
  const byLogarithm = negativeLogLikelihood(logSoftmax(logits), right).item();
  expect(byLogarithm).toBeCloseTo(crossEntropy(logits, right).item(), 14);
});

test("a distance of 0 and a vector of zeros have the gradient 0", () => {
  const zero = zeros([1, 3], { dtype: "float64" });
  const one = ones([1, 3], { dtype: "float64" });
  for (const order of [1, 1.5, 2, 3, Number.POSITIVE_INFINITY]) {
    const gradient = grad((x: Tensor) => tripletMarginLoss(x, one, one, { order }))(one);
    expect([...gradient.data()]).toEqual([0, 0, 0]);
  }
  for (const label of [1, -1]) {
    const loss = (x: Tensor) => cosineEmbeddingLoss(x, one, int32([label]), { margin: -0.5 });
    expect(loss(zero).item()).toBe(label === 1 ? 1 : 0.5);
    expect([...grad(loss)(zero).data()]).toEqual([0, 0, 0]);
  }
});

test("small variances count as epsilon, and can grow again", () => {
  const [x, y] = [tensor([3]), tensor([1])];
  const loss = (v: Tensor) => gaussianNegativeLogLikelihood(x, y, v, { epsilon: 0.5 });
  expect(loss(tensor([0.001])).item()).toBeCloseTo(loss(tensor([0.5])).item(), 5);
  expect(grad(loss)(tensor([0.001])).item()).toBeCloseTo(grad(loss)(tensor([0.5])).item(), 4);
  const four = gaussianNegativeLogLikelihood(x, y, 4);
  expect(four.dtype).toBe("float32");
  expectSameBits(four, gaussianNegativeLogLikelihood(x, y, tensor([4])));
});

test("integers and bools become floats, and dtypes the greater one", () => {
  const whole = int32([2 ** 20, 0]);
  expect(meanSquaredError(whole, int32([0, 0])).dtype).toBe("float32");
  expect(meanSquaredError(whole, int32([0, 0]), { reduction: "sum" }).item()).toBe(2 ** 40);
  expect(binaryCrossEntropy(tensor([0], { dtype: "float64" }), tensor([true])).dtype).toBe(
    "float64",
  );
  expect(meanSquaredError(3, 1).item()).toBe(4);
});

describe("losses refuse", () => {
  const x = zeros([2, 3]);
  const column = zeros([2, 1]);
  const labels = int32([1, 0]);
  const MESSAGES: readonly (readonly [() => unknown, string])[] = [
    [
      () => meanAbsoluteError(x, column),
      "meanAbsoluteError: target: expected the prediction's shape [2, 3], got [2, 1].",
    ],
    [
      () => binaryCrossEntropy(x, zeros([3])),
      "binaryCrossEntropy: target: expected the logits' shape [2, 3], got [3].",
    ],
    [
      () => hingeLoss(x, column),
      "hingeLoss: labels: expected the scores' shape [2, 3], got [2, 1].",
    ],
    [
      () => klDivergence(x, column),
      "klDivergence: target: expected the logProbabilities' shape [2, 3], got [2, 1].",
    ],
    [
      () => cosineEmbeddingLoss(x, column, labels),
      "cosineEmbeddingLoss: y: expected x's shape [2, 3], got [2, 1].",
    ],
    [
      () => cosineEmbeddingLoss(x, x, column),
      "cosineEmbeddingLoss: labels: expected one for each pair of vectors, the shape [2], got [2, 1].",
    ],
    [
      () => cosineEmbeddingLoss(1, 2, 1),
      "cosineEmbeddingLoss: x: expected an axis of elements, got a scalar.",
    ],
    [
      () => tripletMarginLoss(x, x, column),
      "tripletMarginLoss: negative: expected the anchor's shape [2, 3], got [2, 1].",
    ],
    [
      () => gaussianNegativeLogLikelihood(x, x, column),
      "gaussianNegativeLogLikelihood: variance: expected the prediction's shape [2, 3], got [2, 1].",
    ],
    [
      () => gaussianNegativeLogLikelihood(x, x, -1),
      "gaussianNegativeLogLikelihood: variance: expected numbers from 0, got -1. x.exp() or softplus(x) makes variances of any numbers.",
    ],
    [
      () => hingeLoss(x, x),
      "hingeLoss: labels: expected labels −1 and 1, got 0. Make them of 0 and 1 with y.mul(2).sub(1).",
    ],
    [
      () => binaryCrossEntropy(x, x.sub(1)),
      "binaryCrossEntropy: target: expected labels 0 and 1, or probabilities, got -1. Make labels of numbers with y.greater(0), and probabilities of bytes with y.div(255).",
    ],
    [
      () => binaryCrossEntropy(x, x, { positiveWeight: zeros([2]) }),
      "binaryCrossEntropy: positiveWeight: expected a shape that broadcasts to that of the logits, [2, 3], got [2].",
    ],
    [
      () => negativeLogLikelihood(x, int32([0, 3])),
      "negativeLogLikelihood: classes: expected integers from 0 to 2, got 3. With { ignoreIndex } rows of one class take no part.",
    ],
    [
      () => negativeLogLikelihood(x, x),
      "negativeLogLikelihood: classes: expected the right class of each row of logProbabilities, as int32 of shape [2], " +
        "got float32 of shape [2, 3], as one-hot labels have. Pass the place of the 1 in each row in place of the row.",
    ],
    [
      () => crossEntropy(x, int32([0, -100])),
      "crossEntropy: classes: expected integers from 0 to 2, got -100. With { ignoreIndex } rows of one class take no part.",
    ],
    [
      () => crossEntropy(x, labels, { weight: zeros([2]) }),
      "crossEntropy: weight: expected the weight of each class, of shape [3], got [2].",
    ],
    [
      () => crossEntropy(x, x.add(1 / 3), { ignoreIndex: 0 }),
      "crossEntropy: ignoreIndex: expected classes, of which one is ignored, got distributions over the classes. Leave rows out with { mask }.",
    ],
    [
      () => crossEntropy(x, x.add(0.5)),
      "crossEntropy: classes: expected distributions along the last axis, of numbers from 0 that add up to 1, " +
        "got a row that adds up to 1.5. softmax(x) makes distributions of logits.",
    ],
    [
      () => crossEntropy(zeros([1, 2]), tensor([[2, -1]])),
      "crossEntropy: classes: expected distributions along the last axis, of numbers from 0 that add up to 1, " +
        "got a row with -1. softmax(x) makes distributions of logits.",
    ],
    [
      () => crossEntropy(x, labels, { labelSmoothing: 2 }),
      "crossEntropy: labelSmoothing: expected a number from 0 to 1, got 2.",
    ],
    [
      () => crossEntropy(zeros([2, 0]), labels),
      "crossEntropy: logits: expected an axis of classes, got [2, 0].",
    ],
    [
      () => huberLoss(x, x, { delta: 0 }),
      "huberLoss: delta: expected a finite number above 0, got 0.",
    ],
    [
      () => smoothL1(x, x, { beta: -1 }),
      "smoothL1: beta: expected a finite number from 0, got -1.",
    ],
    [
      () => tripletMarginLoss(x, x, x, { order: 0 }),
      "tripletMarginLoss: order: expected a number above 0, or Infinity, got 0.",
    ],
    [
      () => klDivergence(1, 1, { reduction: "batchMean" }),
      'klDivergence: target: expected an axis of examples for the reduction "batchMean", got a scalar.',
    ],
    [
      () => meanSquaredError(x, x, { mask: wrong(ones([2, 3])) }),
      "meanSquaredError: mask: expected a bool tensor, true where an element takes part, got float32. Compare first, as in x.greater(0).",
    ],
    [
      () => meanSquaredError(x, x, { mask: tensor([true, false]) }),
      "meanSquaredError: mask: expected a shape that broadcasts to that of the losses, [2, 3], got [2].",
    ],
    [
      () => crossEntropy(x, labels, { mask: tensor([true, false, true]) }),
      "crossEntropy: mask: expected a shape that broadcasts to that of the losses, [2], got [3].",
    ],
    [
      () => meanSquaredError(x, x, { reduction: wrong("batchMean") }),
      'meanSquaredError: reduction: expected "mean" or "sum" or "none", got "batchMean".',
    ],
    [
      () => meanSquaredError(x, x, wrong({ weights: 1 })),
      'meanSquaredError: options: expected no others than reduction, mask, got "weights".',
    ],
    [
      () => meanSquaredError(zeros([0]), zeros([0])),
      'meanSquaredError: expected at least one element for a mean, got losses of shape [0]. With { reduction: "sum" } no elements give 0.',
    ],
    [
      () => crossEntropy(zeros([0, 3]), int32([])),
      'crossEntropy: expected at least one element for a mean, got losses of shape [0]. With { reduction: "sum" } no elements give 0.',
    ],
  ];
  test.each(MESSAGES)("with a message: %#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });

  test("no shape without elements, where nothing is averaged", () => {
    expect(meanSquaredError(zeros([0]), zeros([0]), { reduction: "sum" }).item()).toBe(0);
    expect(crossEntropy(zeros([0, 3]), int32([]), { reduction: "none" }).shape).toEqual([0]);
  });

  test("a class out of range in a compiled function when it runs, unless a mask leaves it out", () => {
    const loss = compile((x: Tensor, y: Tensor, mask: Tensor) => crossEntropy(x, y, { mask }));
    const logits = zeros([2, 3], { dtype: "float64" });
    expect(loss(logits, int32([0, 7]), tensor([true, false])).item()).toBe(Math.log(3));
    expect(() => loss(logits, int32([0, 7]), tensor([true, true]))).toThrow(
      "crossEntropy: classes: expected integers from 0 to 2, got 7.",
    );
  });
});

describe("ctcLoss", () => {
  const targets = tensor([[1, 2]], { dtype: "int32" });
  const x = random([1, 4, 3], 11);

  test("is −log of the sum over all sequences of classes that become the target", () => {
    const probabilities = softmax(x).toArray() as number[][][];
    const collapsed = (path: readonly number[]) =>
      path.filter((each, i) => each !== path[i - 1] && each !== 0);
    let total = 0;
    for (let code = 0; code < 3 ** 4; code++) {
      const path = [0, 1, 2, 3].map((i) => Math.floor(code / 3 ** i) % 3);
      if (String(collapsed(path)) !== "1,2") continue;
      total += path.reduce((all, each, i) => all * (probabilities[0]?.[i]?.[each] ?? 0), 1);
    }
    const options = { reduction: "sum" } as const;
    expect(ctcLoss(logSoftmax(x), targets, options).item()).toBeCloseTo(-Math.log(total), 12);
  });

  test("takes a class that never comes", () => {
    const never = tensor([[[0, 0, Number.NEGATIVE_INFINITY]]]).add(x);
    for (const run of [ctcLoss, compile((y: Tensor, z: Tensor) => ctcLoss(y, z))]) {
      expect(run(logSoftmax(never), targets).item()).toBe(Number.POSITIVE_INFINITY);
      const one = tensor([[1]], { dtype: "int32" });
      const without = ctcLoss(logSoftmax(x.slice([0, 0, 0], [1, 4, 2])), one).item();
      expect(run(logSoftmax(never), one).item()).toBeCloseTo(without, 12);
      const slope = grad((y: Tensor) => run(logSoftmax(y), one))(never);
      expect([...slope.data()].every(Number.isFinite)).toBe(true);
    }
  });

  test("goes on beyond the numbers that float32 has for probabilities", () => {
    const long = uniform([1, 2000, 20], { seed: 1 });
    const labels = tensor([Array.from({ length: 300 }, (_, i) => 1 + (i % 19))], {
      dtype: "int32",
    });
    const value = ctcLoss(logSoftmax(long), labels).item();
    const exact = ctcLoss(logSoftmax(long.cast("float64")), labels).item();
    expect(Math.abs(value / exact - 1)).toBeLessThan(1e-5);
  });

  test("refuses labels, lengths and shapes by name", () => {
    const int = (data: number[]) => tensor(data, { dtype: "int32" });
    const say = (...given: Parameters<typeof ctcLoss>) => messageOf(() => ctcLoss(...given));
    expect(say(x, tensor([[1, 3]], { dtype: "int32" }))).toMatch(/^ctcLoss: targets: .*got 3/);
    expect(say(x, tensor([[1, 0]], { dtype: "int32" }))).toMatch(
      /1 to 2, beside the blank 0, got 0/,
    );
    const last = { blank: 2, targetLengths: int([1]) };
    expect(say(x, tensor([[2, 0]], { dtype: "int32" }), last)).toMatch(/0 to 1, .* 2, got 2/);
    expect(
      ctcLoss(x, tensor([[0, 9]], { dtype: "int32" }), last)
        .isFinite()
        .item(),
    ).toBe(1);
    expect(say(x, tensor([[1, 2]]))).toMatch(/^ctcLoss: targets: expected int32 of shape/);
    expect(say(x, tensor([1, 2], { dtype: "int32" }))).toMatch(/^ctcLoss: targets: /);
    expect(say(x, targets, { blank: 3 })).toMatch(/^ctcLoss: logProbabilities: .*more than 3/);
    expect(say(x, targets, { inputLengths: int([5]) })).toMatch(/inputLengths: .*0 to 4, got 5/);
    expect(say(x, targets, { targetLengths: int([3]) })).toMatch(/targetLengths: .*0 to 2, got 3/);
    expect(say(x, targets, { targetLengths: int([1, 1]) })).toMatch(/targetLengths: .*\[1\]/);
    expect(say(x.reshape([4, 3]), targets)).toMatch(/^ctcLoss: logProbabilities: /);
    const compiled = compile((given: Tensor) => ctcLoss(x, given));
    expect(messageOf(() => compiled(tensor([[1, 3]], { dtype: "int32" })))).toMatch(
      /targets.*got 3/,
    );
  });
});

describe("a loss of one's own", () => {
  const scaled = pairLoss("scaled", { factor: optional(positive, 2) }, (x, y, { factor }) =>
    x.sub(y).abs().mul(factor),
  );

  test("has the options, masks and errors of all losses", () => {
    const [x, y] = [tensor([1, Number.NaN, 5]), tensor([2, 0, 5])];
    const mask = tensor([true, false, true]);
    expect(scaled.name).toBe("scaled");
    expect(scaled(x, y, { mask }).item()).toBe(1);
    expect(scaled(x, y, { mask, factor: 3, reduction: "none" }).toArray()).toEqual([3, 0, 0]);
    expect(grad((a: Tensor) => scaled(a, y, { mask }))(x).toArray()).toEqual([-1, 0, 0]);
    expect(messageOf(() => scaled(x, 1))).toBe(
      "scaled: target: expected the prediction's shape [3], got [].",
    );
    expect(messageOf(() => scaled(x, y, { factor: 0 }))).toBe(
      "scaled: factor: expected a finite number above 0, got 0.",
    );
    expect(messageOf(() => scaled(x, y, wrong({ scale: 1 })))).toContain(
      "scaled: options: expected no others than reduction, mask, factor",
    );
  });

  test("is refused where it is none", () => {
    expect(messageOf(() => pairLoss(wrong(1), {}, (x) => x))).toContain("pairLoss: name: expected");
    expect(messageOf(() => pairLoss("own", wrong(null), (x) => x))).toContain("pairLoss: options");
    expect(messageOf(() => pairLoss("own", {}, wrong(1)))).toContain("pairLoss: formula");
  });
});
