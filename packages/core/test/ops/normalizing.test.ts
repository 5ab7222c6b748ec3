/**
 * softmax, logSoftmax and logSumExp where their sums overflow or vanish, with PyTorch's results; variance of few
 * elements.
 */

import { expect, test } from "vitest";
import {
  grad,
  logSoftmax,
  logSumExp,
  softmax,
  type Tensor,
  tensor,
  variance,
} from "../../src/index.ts";

const infinite = Number.POSITIVE_INFINITY;
const values = (x: Tensor) => [...x.data()];

test("logSumExp of infinite elements is theirs, and its gradient goes to those that count", () => {
  expect(logSumExp(tensor([-infinite, -infinite])).item()).toBe(-infinite);
  expect(logSumExp(tensor([infinite, 1])).item()).toBe(infinite);
  expect(logSumExp(tensor([-infinite, 0])).item()).toBe(0);
  expect(logSumExp(tensor([Number.NaN, 0])).item()).toBeNaN();
  expect(values(grad((x: Tensor) => logSumExp(x))(tensor([-infinite, 0])))).toEqual([0, 1]);
  expect(values(grad((x: Tensor) => logSumExp(x))(tensor([infinite, 1])))).toEqual([Number.NaN, 0]);
});

test("softmax does not overflow, and is NaN where nothing is greater than −∞", () => {
  expect(values(softmax(tensor([1e30, 1e30, 0])))).toEqual([0.5, 0.5, 0]);
  expect(values(softmax(tensor([-infinite, 0])))).toEqual([0, 1]);
  expect(values(softmax(tensor([-infinite, -infinite])))).toEqual([Number.NaN, Number.NaN]);
  expect(values(logSoftmax(tensor([-infinite, 0])))).toEqual([-infinite, 0]);
  expect(values(logSoftmax(tensor([0, 200])))).toEqual([-200, 0]);
});

test("integers become floats, and numbers are one element", () => {
  expect(softmax(tensor([0, 0], { dtype: "int32" })).dtype).toBe("float32");
  expect(variance(tensor([1, 3], { dtype: "int32" })).item()).toBe(1);
  expect(logSumExp(2).item()).toBe(2);
  expect(variance(5).item()).toBe(0);
});

test("variance without degrees of freedom is not a number", () => {
  expect(variance(tensor([3]), 0, { correction: 1 }).item()).toBeNaN();
  expect(() => variance(tensor([]))).toThrow("at least one element");
  expect(() => variance(tensor([1]), 0, { ddof: 1 } as object)).toThrow("correction");
});
