/**
 * Metrics beyond the goldens of scikit-learn: how they read predictions, the arguments that they refuse, and their
 * states.
 */

import {
  compile,
  type Tensor,
  tensor,
  treeLeaves,
  uniform,
  vectorize,
  zeros,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  accuracy,
  areaUnderCurve,
  confusionMatrix,
  crossEntropy,
  f1,
  type Metric,
  perplexity,
  precision,
  r2,
  recall,
  topKAccuracy,
} from "../../src/index.ts";

const int32 = (data: number[], shape = [data.length]) => tensor(data, { shape, dtype: "int32" });

describe("predictions of classes", () => {
  const expected = int32([1, 0, 1, 1]);
  const scores = [
    [0, 2],
    [1, 0],
    [3, 1],
    [-2, -1],
  ];
  const logits = [2, -1, -2, 1];

  test("are classes, scores of each class, or scores of one of two classes", () => {
    const probabilities = tensor(logits).sigmoid();
    const readings: readonly (readonly [Tensor, { threshold?: number }])[] = [
      [int32([1, 0, 0, 1]), {}],
      [tensor([true, false, false, true]), {}],
      [tensor(scores), {}],
      [tensor(scores, { dtype: "float64" }), {}],
      [tensor(scores).softmax(), {}],
      [tensor(logits), { threshold: 0 }],
      [probabilities, { threshold: 0.5 }],
    ];
    for (const [predicted, options] of readings) {
      for (const right of [expected, expected.cast("bool")]) {
        expect(accuracy(predicted, right, options).item()).toBe(0.75);
        expect(precision(predicted, right, options).item()).toBe(1);
        expect(recall(predicted, right, options).item()).toBe(2 / 3);
        expect(f1(predicted, right, options).item()).toBe(0.8);
        const matrix = confusionMatrix(predicted, right, { ...options, classes: 2 });
        expect(matrix.toArray()).toEqual([
          [1, 0],
          [1, 2],
        ]);
      }
    }
  });

  test("are the first of equal scores, and a score at the threshold is of class 0", () => {
    expect(accuracy(tensor([[1, 1]]), int32([0])).item()).toBe(1);
    expect(accuracy(tensor([0]), int32([0]), { threshold: 0 }).item()).toBe(1);
    expect(topKAccuracy(tensor([[2, 2, 2]]), int32([1]), { k: 2 }).item()).toBe(1);
    expect(topKAccuracy(tensor([[2, 2, 2]]), int32([2]), { k: 2 }).item()).toBe(0);
  });

  test("tell the number of classes where they are scores", () => {
    const wide = tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(confusionMatrix(wide, int32([0, 1])).shape).toEqual([3, 3]);
    expect(f1(wide, int32([0, 1]), { average: "none" }).toArray()).toEqual([1, 1, 0]);
    expect(confusionMatrix(tensor([1, -1]), int32([1, 0]), { threshold: 0 }).shape).toEqual([2, 2]);
  });

  test("may be left out, whatever stands there", () => {
    const mask = tensor([true, true, false, true]);
    const right = int32([1, 0, -100, 1]);
    const predicted = int32([1, 1, 99, 1]);
    expect(accuracy(predicted, right, { mask }).item()).toBe(2 / 3);
    expect(precision(predicted, right, { mask }).item()).toBe(2 / 3);
    const run = compile((x: Tensor, y: Tensor, m: Tensor) =>
      confusionMatrix(x, y, { classes: 2, mask: m }),
    );
    expect(run(predicted, right, mask).toArray()).toEqual([
      [0, 1],
      [0, 2],
    ]);
    const logits = tensor([
      [1, 0],
      [0, 1],
      [Number.NaN, 0],
      [3, 3],
    ]);
    const loss = crossEntropy(logits, right, { mask }).item();
    expect(perplexity(logits, right, { mask }).item()).toBeCloseTo(Math.exp(loss), 6);
    expect(perplexity(logits, right, { ignoreIndex: -100 }).item()).toBeCloseTo(Math.exp(loss), 6);
  });
});

describe("nothing", () => {
  const none = tensor([false, false]);
  const two = int32([0, 1]);
  test.each([
    ["accuracy", () => accuracy(two, two, { mask: none }), Number.NaN],
    ["topKAccuracy", () => topKAccuracy(zeros([2, 2]), two, { k: 1, mask: none }), Number.NaN],
    ["perplexity", () => perplexity(zeros([2, 2]), two, { mask: none }), Number.NaN],
    ["r2", () => r2(two, two, { mask: none }), Number.NaN],
    ["areaUnderCurve", () => areaUnderCurve(zeros([2]), two, { mask: none }), Number.NaN],
    ["precision", () => precision(two, two, { mask: none }), 0],
    ["f1", () => f1(two, two, { mask: none, average: "weighted", classes: 2 }), 0],
    ["accuracy of no elements", () => accuracy(zeros([0, 3]), int32([])), Number.NaN],
    ["r2 of no elements", () => r2(zeros([0]), zeros([0])), Number.NaN],
    ["perplexity of no elements", () => perplexity(zeros([0, 3]), int32([])), Number.NaN],
    ["areaUnderCurve of no elements", () => areaUnderCurve(zeros([0]), int32([])), Number.NaN],
  ] as const)("has a result of %s", (_name, run, expected) => {
    expect(run().item()).toBe(expected);
    expect(compile(() => run())().item()).toBe(expected);
  });

  test.each<[string, Metric<never>]>([
    ["accuracy", accuracy],
    ["topKAccuracy", topKAccuracy],
    ["areaUnderCurve", areaUnderCurve],
    ["r2", r2],
    ["perplexity", perplexity],
  ])("is the start of %s", (_name, metric) => {
    const streaming = metric.streaming();
    expect(streaming.result(streaming.start()).item()).toBe(Number.NaN);
  });
});

test("areaUnderCurve is NaN for one class alone and for a NaN that takes part", () => {
  const scores = tensor([1, Number.NaN, 3]);
  expect(areaUnderCurve(scores, int32([0, 1, 1])).item()).toBe(Number.NaN);
  const mask = tensor([true, false, true]);
  expect(areaUnderCurve(scores, int32([0, 1, 1]), { mask }).item()).toBe(1);
  expect(areaUnderCurve(tensor([1, 2]), int32([1, 1])).item()).toBe(Number.NaN);
  const infinite = tensor([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
  expect(areaUnderCurve(infinite, int32([0, 0, 1])).item()).toBe(1);
  expect(areaUnderCurve(tensor([0, -0]), int32([0, 1])).item()).toBe(0.5);
});

test("areaUnderCurve is the share of pairs in order, half of equal ones", () => {
  const scores = uniform([201], { seed: 1 }).mul(20).floor();
  const labels = uniform([201], { seed: 2 }).less(0.3);
  const [x, y] = [scores.data(), labels.data()];
  let [wins, pairs] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < x.length; j++) {
      if (!(y[i] && !y[j])) continue;
      pairs++;
      const difference = (x[i] ?? 0) - (x[j] ?? 0);
      wins += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
    }
  }
  expect(areaUnderCurve(scores, labels).item()).toBeCloseTo(wins / pairs, 14);
  expectSameBits(compile(areaUnderCurve)(scores, labels), areaUnderCurve(scores, labels));
});

test("r2 keeps its digits far from 0, in batches too", () => {
  const y = uniform([300], { seed: 1, dtype: "float64" });
  const x = y.add(uniform([300], { seed: 2, dtype: "float64" }).mul(0.1));
  const near = r2(x, y).item();
  const metric = r2.streaming();
  let state = metric.start();
  for (let i = 0; i < 300; i += 7) {
    const end = Math.min(300, i + 7);
    state = metric.add(state, x.slice([i], [end]).add(1e6), y.slice([i], [end]).add(1e6));
  }
  expect(metric.result(state).item()).toBeCloseTo(near, 8);
});

test("counts go on beyond what float32 and int32 hold", () => {
  const metric = accuracy.streaming();
  let state = metric.start();
  const part = {
    right: tensor(2 ** 33, { dtype: "float64" }),
    count: tensor(2 ** 34, { dtype: "float64" }),
  };
  state = metric.add(part, int32([1]), int32([1]));
  expect([state["right"]?.item(), state["count"]?.item()]).toEqual([2 ** 33 + 1, 2 ** 34 + 1]);
});

test("a state lives in compiled steps, which compile once", () => {
  const metric = f1.streaming({ average: "macro", classes: 3 });
  const step = compile((state: ReturnType<typeof metric.start>, x: Tensor, y: Tensor) =>
    metric.add(state, x, y),
  );
  let state = metric.start();
  const scores = uniform([5, 4, 3], { seed: 1 });
  const right = uniform([5, 4], { seed: 2, high: 3 }).cast("int32");
  for (let i = 0; i < 5; i++) state = step(state, scores.at(i), right.at(i));
  expect(treeLeaves(state).map(({ shape, dtype }) => [shape, dtype])).toEqual([
    [[3, 3], "float64"],
  ]);
  expectSameBits(metric.result(state), f1(scores, right, { average: "macro" }));
});

test("batches of a vectorized function have results of their own", () => {
  const scores = uniform([3, 6, 2], { seed: 1 });
  const right = uniform([3, 6], { seed: 2, high: 2 }).cast("int32");
  for (const metric of [accuracy, f1]) {
    const together = vectorize((x: Tensor, y: Tensor) => metric(x, y))(scores, right);
    together.data().forEach((value, i) => {
      expect(value).toBe(metric(scores.at(i), right.at(i)).item());
    });
  }
});

test("labels that binaryCrossEntropy takes are labels of metrics, too", () => {
  const logits = tensor([2, -1, 3, -4, 1]);
  const [floats, truths] = [tensor([1, 0, 0, 1, 7]), tensor([true, false, false, true, true])];
  const mask = tensor([true, true, true, true, false]);
  const options = { threshold: 0, mask };
  const all = (labels: Tensor) => [
    accuracy(logits, labels, options),
    precision(logits, labels, options),
    recall(logits, labels, options),
    f1(logits, labels, options),
    confusionMatrix(logits, labels, options),
    areaUnderCurve(logits, labels, { mask }),
  ];
  expect(all(floats).map(String)).toEqual(all(truths).map(String));
  expect(compile(all)(floats).map(String)).toEqual(all(truths).map(String));
  const soft = "expected: expected floats that are 0 or 1, got 0.5. Classes are int32";
  for (const metric of [accuracy, precision, f1]) {
    const call = (labels: Tensor) => metric(logits, labels, { threshold: 0 });
    expect(() => call(tensor([1, 0, 0.5, 1, 0]))).toThrow(soft);
    expect(() => compile(call)(tensor([1, 0, 0.5, 1, 0]))).toThrow(soft);
    expect(() => call(tensor([1, Number.NaN, 0, 1, 0]))).toThrow("got NaN");
  }
  // Floats as expected values are refused where predictions are a score for each class: they are not classes.
  expect(() => accuracy(tensor([[0.1, 0.9]]), tensor([1]))).toThrow(
    "as int32, or bools, got float32 of shape [1]",
  );
});

describe("metrics refuse", () => {
  const right = int32([0, 1]);
  const hot = tensor([
    [1, 0],
    [0, 1],
  ]);
  const HOT = "The classes of one-hot rows, predicted or expected, are rows.argMax(-1)";
  const MESSAGES: readonly (readonly [() => unknown, string])[] = [
    [
      () => accuracy(tensor([0.2, 0.9]), right),
      "accuracy: threshold: expected the number that scores of class 1 are above, since each right class has one score, got none. " +
        "Pass { threshold: 0 } for logits or { threshold: 0.5 } for probabilities; or, if the right classes are one-hot rows, rows.argMax(-1).",
    ],
    [
      () => accuracy(hot, hot),
      "accuracy: threshold: expected the number that scores of class 1 are above, since each right class has one score, got none. " +
        "Pass { threshold: 0 } for logits or { threshold: 0.5 } for probabilities; or, if the right classes are one-hot rows, rows.argMax(-1).",
    ],
    [
      () => accuracy(right, hot.cast("int32")),
      `accuracy: predicted: expected classes of the shape [2, 2] of the right ones, or scores with one more axis, of the classes, got int32 of shape [2]. ${HOT}.`,
    ],
    [
      () => f1(hot.cast("int32"), right),
      `f1: predicted: expected classes of the shape [2] of the right ones, or scores with one more axis, of the classes, got int32 of shape [2, 2]. ${HOT}.`,
    ],
    [
      () => accuracy(zeros([2, 1]), right),
      "accuracy: predicted: expected scores of two classes or more along the last axis, got [2, 1]. " +
        "One score for each right class has their shape, as predicted.squeeze(-1) has, and { threshold }.",
    ],
    [
      () => precision(int32([0, 2]), right),
      'precision: predicted: expected integers from 0 to 1, got 2. Pass { average: "macro", classes } for more classes.',
    ],
    [
      () => recall(right, right, { average: "macro" }),
      "recall: classes: expected the number of classes, which no scores tell, got none. Pass { classes: 10 }, so that all batches count alike.",
    ],
    [
      () => confusionMatrix.streaming(),
      "confusionMatrix: classes: expected the number of classes, which no scores tell, got none. Pass { classes: 10 }, so that all batches count alike.",
    ],
    [
      () => f1(zeros([2, 3]), right),
      'f1: average: expected one of "macro", "micro", "weighted" and "none" for 3 classes, got "binary".',
    ],
    [
      () => confusionMatrix(right, int32([0, 2]), { classes: 2 }),
      "confusionMatrix: expected: expected integers from 0 to 1, got 2.",
    ],
    [
      () => topKAccuracy(zeros([2, 3]), right),
      "topKAccuracy: k: expected at most 3, the number of classes, got 5.",
    ],
    [
      () => topKAccuracy(zeros([2, 3]), int32([0, 0, 0, 0, 0, 0], [2, 3]), { k: 1 }),
      "topKAccuracy: expected: expected the right class of each row of logits, of shape [2], got [2, 3]. The classes of one-hot rows are rows.argMax(-1).",
    ],
    [
      () => topKAccuracy(zeros([2, 3]), int32([0, 3]), { k: 1 }),
      "topKAccuracy: expected: expected integers from 0 to 2, got 3.",
    ],
    [
      () => perplexity(zeros([2, 3]), int32([0, 3])),
      "perplexity: expected: expected integers from 0 to 2, got 3.",
    ],
    [
      () => areaUnderCurve(hot, right),
      "areaUnderCurve: expected: expected the scores' shape [2, 2], got [2]. Of scores of two classes take those of class 1, as in take(scores, 1, -1).",
    ],
    [
      () => areaUnderCurve(right, right),
      "areaUnderCurve: predicted: expected floats, got int32. Predicted classes have no ranks: pass the scores that they are made of.",
    ],
    [
      () => areaUnderCurve(zeros([2]), tensor([0, 0.5])),
      "areaUnderCurve: expected: expected labels 0 and 1, or bools, got 0.5. Make them of −1 and 1 with labels.greater(0).",
    ],
    [
      () => areaUnderCurve(zeros([2]), int32([-1, 1])),
      "areaUnderCurve: expected: expected labels 0 and 1, or bools, got -1. Make them of −1 and 1 with labels.greater(0).",
    ],
    [() => r2(hot, right), "r2: expected: expected the predicted numbers' shape [2, 2], got [2]."],
    [
      () => accuracy(right, right, { mask: tensor([true, true, true]) }),
      "accuracy: mask: expected a shape that broadcasts to that of the right answers, [2], got [3].",
    ],
    [
      () => accuracy(right, right, wrong({ classes: 2 })),
      'accuracy: options: expected no others than threshold, mask, got "classes".',
    ],
    [
      () => accuracy.streaming(wrong({ mask: tensor(true) })),
      'accuracy.streaming: options: expected no others than threshold, got "mask".',
    ],
    [
      () => accuracy.streaming().add(r2.streaming().start(), right, right),
      "accuracy.add: state: expected a state by start() or add(…) of this metric, with the tensor right, got an object.",
    ],
    [
      () => accuracy.streaming().result(wrong(undefined)),
      "accuracy.result: state: expected a state by start() or add(…) of this metric, got undefined.",
    ],
    [
      () =>
        Reflect.apply(accuracy.streaming().add, undefined, [{}, right, right, tensor(true), {}]),
      "accuracy.add: expected at most 4 arguments, got 5, the last of them an object.",
    ],
    [
      () => Reflect.apply(accuracy.streaming, undefined, [{}, 1]),
      "accuracy.streaming: expected at most 1 argument, got 2, the last of them 1.",
    ],
  ];
  test.each(MESSAGES)("with a message: %#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });

  test("a class out of range in a compiled function when it runs", () => {
    const run = compile((x: Tensor, y: Tensor) => confusionMatrix(x, y, { classes: 2 }));
    expect(run(right, right).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(() => run(int32([0, 2]), right)).toThrow(
      "confusionMatrix: predicted: expected integers from 0 to 1",
    );
    expect(() => run(right, int32([-1, 1]))).toThrow(
      "confusionMatrix: expected: expected integers from 0 to 1",
    );
  });
});
