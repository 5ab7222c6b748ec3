/**
 * Norms of matrices without elements, compared with NumPy 2.4, whose `linalg.norm` was run on these shapes.
 */

import { expect, test } from "vitest";
import { compile, grad, norm, type Tensor, zeros } from "../../src/index.ts";
import { type MatrixNormOptions, matrixNorm } from "../../src/linalg.ts";

type Order = NonNullable<MatrixNormOptions["order"]>;

const SHAPES = [
  [0, 3],
  [3, 0],
  [0, 0],
  [2, 0, 3],
];

/** Orders, and the shapes for which each is undefined, since it would be a minimum or maximum of no numbers. */
const ORDERS: [order: Order, undefinedOf: string[]][] = [
  ["frobenius", []],
  ["nuclear", []],
  [1, []],
  [2, []],
  [Number.POSITIVE_INFINITY, []],
  [-1, ["3,0", "0,0"]],
  [-2, ["0,3", "3,0", "0,0", "2,0,3"]],
  [Number.NEGATIVE_INFINITY, ["0,3", "0,0", "2,0,3"]],
];

test.each(ORDERS)("the norm of order %s of matrices without elements", (order, undefinedOf) => {
  for (const shape of SHAPES) {
    const a = zeros(shape);
    const norms = (x: Tensor) => matrixNorm(x, { order });
    for (const run of [norms, compile(norms)]) {
      if (undefinedOf.includes(String(shape))) {
        expect(() => run(a)).toThrow("matrixNorm: a: expected at least one ");
        continue;
      }
      expect([run(a).toArray()].flat()).toEqual(shape.length === 3 ? [0, 0] : [0]);
    }
    if (undefinedOf.includes(String(shape))) continue;
    expect(matrixNorm(a, { order, keepDims: true }).shape).toEqual([...shape.slice(0, -2), 1, 1]);
    expect(grad((x: Tensor) => norms(x).sum())(a).shape).toEqual(shape);
  }
});

test("a least one of none names the matrices", () => {
  expect(() => matrixNorm(zeros([0, 3]), { order: -2 })).toThrow(
    "matrixNorm: a: expected at least one singular value for the order -2, which is the least of them, got the shape [0, 3].",
  );
});

test("the greatest size of no elements is 0, and the least is none", () => {
  const order = Number.POSITIVE_INFINITY;
  expect(norm(zeros([2, 0]), 1, { order }).toArray()).toEqual([0, 0]);
  expect(norm(zeros([0]), undefined, { order, keepDims: true }).toArray()).toEqual([0]);
  expect(grad((x: Tensor) => norm(x, 0, { order }).sum())(zeros([0, 2])).shape).toEqual([0, 2]);
  expect(() => norm(zeros([0]), undefined, { order: Number.NEGATIVE_INFINITY })).toThrow(
    "norm: x: expected at least one element along the reduced axes",
  );
});
