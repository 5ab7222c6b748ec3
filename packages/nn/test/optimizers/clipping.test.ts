/**
 * Clipped gradients: their trees, their dtypes, and extreme numbers.
 */

import { compile, grad, type Tensor, tensor, Variable, zeros } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, weight, wrong } from "../../../core/test/misuse/support.ts";
import { clipByGlobalNorm, clipByValue, SGD } from "../../src/index.ts";

test("a tree keeps its form and its dtypes", () => {
  const given = {
    layers: [{ w: tensor([[3, 4]]) }, { w: tensor([0, 12], { dtype: "float64" }) }],
    name: "model",
  };
  const clipped = clipByGlobalNorm(given, 6.5);
  expect(clipped.name).toBe("model");
  expect(clipped.layers.map(({ w }) => w.dtype)).toEqual(["float32", "float64"]);
  expect(clipped.layers[0]?.w.data()[1]).toBeCloseTo(2, 5);
  expect(clipped.layers[1]?.w.data()[1]).toBeCloseTo(6, 5);
  expect(clipByValue(given, 3.5).layers.map(({ w }) => w.toArray())).toEqual([
    [[3, 3.5]],
    [0, 3.5],
  ]);
  expect(clipByGlobalNorm(tensor([3, 4]), 100).toArray()).toEqual([3, 4]);
  expect(clipByGlobalNorm([], 1)).toEqual([]);
});

test("gradients of 0 stay, and so does their derivative", () => {
  expect(clipByGlobalNorm(zeros([3]), 1).toArray()).toEqual([0, 0, 0]);
  const clipped = (x: Tensor) => clipByGlobalNorm(x, 1).sum();
  expect(grad(clipped)(zeros([2])).toArray()).toEqual([1, 1]);
  expect(compile(grad(clipped))(zeros([2])).toArray()).toEqual([1, 1]);
});

test("squares of float32 gradients neither overflow nor vanish", () => {
  for (const size of [1e30, 1e-30]) {
    const [first = 0, second = 0] = clipByGlobalNorm(tensor([3 * size, 4 * size]), size).data();
    const factor = size > 1 ? 1 / 5 : size / (5 * size + 1e-6);
    expect(first / size).toBeCloseTo(3 * factor, 5);
    expect(second / size).toBeCloseTo(4 * factor, 5);
  }
});

test("NaN stays, and makes all NaN where the norm is one of all", () => {
  const given = [tensor([Number.NaN, 9]), tensor([1])];
  expect(clipByValue(given, 2).map(String)).toEqual(["[nan  2.]", "[1.]"]);
  expect(clipByGlobalNorm(given, 2).map(String)).toEqual(["[nan nan]", "[nan]"]);
});

test("clipped gradients are those of a step", () => {
  const w = weight();
  new SGD({ w }, { learningRate: 1 }).step(clipByValue({ w: tensor([5, -5]) }, 1));
  expect(w.value.toArray()).toEqual([0, 3]);
});

test.each([
  ["clipByValue", clipByValue],
  ["clipByGlobalNorm", clipByGlobalNorm],
])("%s says what is wrong with its arguments", (name, clip) => {
  for (const limit of [0, -1, Number.NaN, "1", undefined]) {
    expect(messageOf(() => clip([tensor([1])], wrong(limit)))).toContain(
      `${name}: limit: expected a number above 0, got`,
    );
  }
  expect(messageOf(() => clip({ w: [tensor([1], { dtype: "int32" })] }, 1))).toBe(
    `${name}: gradients.w[0]: expected float32 or float64, got int32.`,
  );
  expect(messageOf(() => clip(new Map(), 1))).toContain("got a Map");
});

describe("the option transformGradients", () => {
  const loss = (w: Variable) => w.value.mul(tensor([30, 40])).sum();
  const make = (transformGradients: (gradients: readonly Tensor[]) => readonly Tensor[]) => {
    const [w, other] = [new Variable(zeros([2])), new Variable(zeros([1]))];
    const optimizer = new SGD([w, other], {
      learningRate: 1,
      weightDecay: 0.5,
      transformGradients,
    });
    return { w, other, optimizer };
  };
  const clipped = (gradients: readonly Tensor[]) => clipByGlobalNorm(gradients, 5);

  test("clips the gradients of every way to step, compiled and eager", () => {
    const steps: ((made: ReturnType<typeof make>) => void)[] = [
      ({ w, other, optimizer }) => {
        optimizer.minimize(() => loss(w).add(other.value.sum().mul(0)));
      },
      ({ optimizer }) => optimizer.step([tensor([30, 40]), tensor([0])]),
      ({ w, other, optimizer }) => {
        const step = compile(() => optimizer.minimize(() => loss(w).add(other.value.sum().mul(0))));
        step();
      },
    ];
    for (const step of steps) {
      const made = make(clipped);
      step(made);
      expect(made.w.value.toArray()).toEqual([-3, -4].map((x) => expect.closeTo(x, 5)));
    }
  });

  test("sees the gradients of what is trained now alone, before the weight decay", () => {
    const seen: number[] = [];
    const { w, other, optimizer } = make((gradients) => {
      seen.push(gradients.length);
      return gradients;
    });
    other.trainable = false;
    w.assign(tensor([2, 2]));
    optimizer.step([tensor([1, 1])]);
    expect(seen).toEqual([1]);
    expect(w.value.toArray()).toEqual([0, 0]);
  });

  test.each<[(gradients: readonly Tensor[]) => readonly Tensor[], string]>([
    [
      () => [],
      "SGD.step: transformGradients: gradients: expected 2, one for each Variable, got 0.",
    ],
    [
      ([first]) => [first as Tensor, tensor([1, 2])],
      "SGD.step: transformGradients: gradients[1]: expected the Variable's shape [1], got [2].",
    ],
    [
      () => undefined as never,
      "SGD.step: the result of transformGradients: expected an array of gradients, got undefined.",
    ],
  ])("is told what does not fit: %#", (transform, message) => {
    const { optimizer } = make(transform);
    expect(() => optimizer.step([tensor([1, 1]), tensor([1])])).toThrow(message);
  });

  test("is a function", () => {
    expect(() => make(3 as never)).toThrow("SGD: transformGradients: expected a function");
  });
});
