import {
  checkGradients,
  compile,
  grad,
  Relu,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam, crossEntropy, Dense, meanSquaredError, Sequential, SGD } from "../../src/index.ts";

const classes = tensor([2, 0, 1, 2], { dtype: "int32" });

describe("crossEntropy", () => {
  test("is the mean of log-sum-exp less the logit of the right class", () => {
    const logits = uniform([4, 3], { seed: 1, low: -2, high: 2, dtype: "float64" });
    const rows = logits.toArray() as number[][];
    const picks = [2, 0, 1, 2];
    const expected =
      rows.reduce((sum, row, i) => {
        const logSum = Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
        return sum + logSum - (row[picks[i] ?? 0] ?? 0);
      }, 0) / 4;
    expect(crossEntropy(logits, classes).item()).toBeCloseTo(expected, 14);
  });

  test("has the gradient (softmax − one-hot) / rows, to second order", () => {
    const logits = uniform([4, 3], { seed: 2, low: -2, high: 2, dtype: "float64" });
    expect(checkGradients((x) => crossEntropy(x, classes), [logits]).worst).toBeLessThan(1e-9);
    const exps = logits.exp();
    const softmax = exps.div(exps.sum(1, { keepDims: true }));
    const oneHot = tensor(
      [
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      { dtype: "float64" },
    );
    const expected = softmax.sub(oneHot).div(4);
    const gradient = grad((x: Tensor) => crossEntropy(x, classes))(logits);
    expect(gradient.sub(expected).abs().max().item()).toBeLessThan(1e-16);
  });

  test("neither overflows nor loses what is certain", () => {
    const huge = tensor([
      [1000, 0],
      [0, -1000],
    ]);
    expect(crossEntropy(huge, tensor([0, 0], { dtype: "int32" })).item()).toBe(0);
    expect(crossEntropy(huge, tensor([1, 1], { dtype: "int32" })).item()).toBe(1000);
  });

  test("refuses a class out of range, inside compile when it runs", () => {
    const logits = uniform([4, 3], { seed: 1 });
    const wrong = tensor([0, 3, 0, 0], { dtype: "int32" });
    expect(() => crossEntropy(logits, wrong)).toThrow(
      "crossEntropy: classes: expected integers from 0 to 2, got 3.",
    );
    expect(() => compile(crossEntropy)(logits, wrong)).toThrow(
      "crossEntropy: classes: expected integers from 0 to 2, got 3.",
    );
    expect(() => compile(crossEntropy)(logits, classes.sub(1))).toThrow("got -1.");
    expect(() => crossEntropy(logits, tensor([0, 1], { dtype: "int32" }))).toThrow(
      "crossEntropy: classes: expected the right class of each row of logits, as int32 of shape [4], got int32 of shape [2].",
    );
    expect(() => crossEntropy(logits, uniform([4], { seed: 1 }))).toThrow(
      'as int32 of shape [4], got float32 of shape [4]. Make them with tensor(classes, { dtype: "int32" }).',
    );
    expect(() => crossEntropy(3, classes)).toThrow("expected an axis of classes, got a scalar.");
  });
});

test("meanSquaredError refuses to broadcast", () => {
  expect(() => meanSquaredError(tensor([1, 2]), tensor([[1], [2]]))).toThrow(
    "meanSquaredError: target: expected the prediction's shape [2], got [2, 1].",
  );
});

describe("optimizers", () => {
  const start = [1, -2];
  const gradients = [
    [0.5, -1],
    [0.25, 2],
    [-1, 0.125],
  ];

  function run(make: (w: Variable) => SGD | Adam): number[] {
    const w = new Variable(tensor(start, { dtype: "float64" }));
    const optimizer = make(w);
    for (const gradient of gradients) optimizer.step([tensor(gradient, { dtype: "float64" })]);
    return w.value.toArray() as number[];
  }

  test("SGD takes steps by hand", () => {
    const plain = run((w) => new SGD([w], { learningRate: 0.1 }));
    plain.forEach((value, i) => {
      const sum = gradients.reduce((total, gradient) => total + (gradient[i] ?? 0), 0);
      expect(value).toBeCloseTo((start[i] ?? 0) - 0.1 * sum, 14);
    });
    const withMomentum = run((w) => new SGD([w], { learningRate: 0.1, momentum: 0.9 }));
    withMomentum.forEach((value, i) => {
      let [weight, velocity] = [start[i] ?? 0, 0];
      for (const gradient of gradients) {
        velocity = 0.9 * velocity + (gradient[i] ?? 0);
        weight -= 0.1 * velocity;
      }
      expect(value).toBeCloseTo(weight, 14);
    });
  });

  test("Adam takes steps by hand", () => {
    run((w) => new Adam([w], { learningRate: 0.01 })).forEach((value, i) => {
      let [weight, mean, square] = [start[i] ?? 0, 0, 0];
      gradients.forEach((gradient, step) => {
        const g = gradient[i] ?? 0;
        mean = 0.9 * mean + 0.1 * g;
        square = 0.999 * square + 0.001 * g * g;
        const corrected = mean / (1 - 0.9 ** (step + 1));
        weight -= (0.01 * corrected) / (Math.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8);
      });
      expect(value).toBeCloseTo(weight, 14);
    });
  });

  test("use the gradients of layers when none are given", () => {
    const dense = new Dense(2, 1, { seed: 1 });
    const before = dense.weight.value;
    dense.forward(tensor([[1, 2]]));
    dense.backward(tensor([[1]]));
    new SGD(dense.variables, { learningRate: 0.5 }).step();
    expect(before.sub(dense.weight.value).toArray()).toEqual([[0.5], [1]]);
  });

  test("say what is wrong with their arguments", () => {
    const w = new Variable(tensor([1]));
    expect(() => new SGD([], { learningRate: 1 })).toThrow(
      "SGD: variables: expected at least one trained Variable, in arrays, objects or layers, got an array of length 0.",
    );
    expect(() => new Adam([w], { learningRate: Number.NaN })).toThrow(
      "Adam: learningRate: expected a finite number from 0, got NaN.",
    );
    expect(() => new SGD([w], { learningRate: 1 }).step([])).toThrow(
      "SGD.step: gradients: expected 1, one for each Variable, got 0.",
    );
  });

  test.each(["SGD", "Adam"])("%s trains compiled to the bits of the eager loop", (kind) => {
    const x = uniform([12, 5], { seed: 1 });
    const labels = tensor(
      Array.from({ length: 12 }, (_, i) => i % 3),
      { dtype: "int32" },
    );
    const make = () => {
      const network = new Sequential(
        new Dense(5, 7, { seed: 2 }),
        new Relu(),
        new Dense(7, 3, { seed: 3 }),
      );
      const { variables } = network;
      const optimizer =
        kind === "SGD"
          ? new SGD(variables, { learningRate: 0.1, momentum: 0.9 })
          : new Adam(variables, { learningRate: 0.01 });
      const step = (inputs: Tensor, targets: Tensor) => {
        const loss = () => crossEntropy(network.forward(inputs), targets);
        const { value, gradient } = valueAndGrad(loss, { variables })();
        optimizer.step(gradient);
        return value;
      };
      return { variables, optimizer, step };
    };
    const eager = make();
    const compiled = make();
    const compiledStep = compile(compiled.step);
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      if (i === 10) {
        eager.optimizer.learningRate = 0.05;
        compiled.optimizer.learningRate = 0.05;
      }
      const loss = compiledStep(x, labels);
      expectSameBits(loss, eager.step(x, labels));
      losses.push(loss.item());
    }
    eager.variables.forEach((variable, i) => {
      expectSameBits((compiled.variables[i] as Variable).value, variable.value);
    });
    expect(losses.at(-1) ?? 1).toBeLessThan((losses[0] ?? 0) * 0.9);
  });
});
