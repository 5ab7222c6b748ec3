/**
 * Clipped gradients: their trees, their dtypes, and numbers at the ends.
 */

import { expect, test } from "vitest";
import {
  clipByGlobalNorm,
  clipByValue,
  compile,
  grad,
  SGD,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.ts";
import { messageOf, weight, wrong } from "../misuse/support.ts";

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
