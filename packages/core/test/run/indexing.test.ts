/**
 * take and its adjoint: eager, compiled, differentiated and batched, and the errors that they throw.
 */

import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import {
  ArgumentError,
  compile,
  grad,
  stack,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  vectorize,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";

const whole = (...indices: number[]) => tensor(indices, { dtype: "int32" });

describe("compiled rows at indices have the bits of JavaScript", () => {
  for (const dtype of ["float32", "float64", "int32", "bool"] as const) {
    test(`in ${dtype}, at every length`, () => {
      for (const count of [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 1001]) {
        const indices = uniform([count], { seed: count, low: -5.9, high: 4.9 }).cast("int32");
        for (const inner of [1, 3, 4, 5, 33]) {
          const range = { low: -5, high: 5, dtype: "float64" } as const;
          const x = uniform([2, 5, inner], { seed: 1, ...range }).cast(dtype);
          const rows = uniform([2, count, inner], { seed: 2, ...range }).cast(dtype);
          const attributes = { axis: 1, shared: 0, fromEnd: true, length: 5 };
          const op = registeredOps().find(({ name }) => name === "takeBackward");
          if (op === undefined) throw new Error("there is an op named scatterAdd");
          const scatterAdd = (y: Tensor, at: Tensor) => apply(op, [y, at], attributes);
          const taken = (y: Tensor, at: Tensor) => y.take(at, 1);
          expectSameBits(compile(taken)(x, indices), taken(x, indices));
          expectSameBits(compile(scatterAdd)(rows, indices), scatterAdd(rows, indices));
        }
      }
    });
  }
});

test("rows of one index add up in the order of the indices, from +0", () => {
  const indices = whole(1, 1, 0, 1);
  const weights = tensor([2 ** 24, 1, -0, 1]);
  const gradient = grad((x: Tensor) => x.take(indices).mul(weights).sum());
  // The order of the sum shows: (2^24 + 1) + 1 is 2^24 in float32, but 2^24 + (1 + 1) is not.
  expect(gradient(tensor([0, 0])).toArray()).toEqual([0, 2 ** 24]);
  expect(compile(gradient)(tensor([0, 0])).toArray()).toEqual([0, 2 ** 24]);
});

test("an embedding learns inside a compiled step as outside", () => {
  const words = tensor(
    [
      [0, 2],
      [2, 3],
    ],
    { dtype: "int32" },
  );
  const start = uniform([4, 3], { seed: 1, dtype: "float64" });
  const loss = (table: Tensor, at: Tensor) => table.take(at).square().sum();
  const table = new Variable(start);
  const step = compile((at: Tensor) => {
    table.assign(table.value.sub(grad(loss)(table.value, at).mul(0.1)));
  });
  step(words);
  expectSameBits(table.value, start.sub(grad(loss)(start, words).mul(0.1)));
});

test("examples of a batch have indices of their own, on any axis and in any nesting", () => {
  const x = uniform([2, 3, 4], { seed: 1 });
  const at = tensor(
    [
      [2, -1],
      [0, 1],
    ],
    { dtype: "int32" },
  );
  const slices = [0, 1].map((i) => x.slice([i], [i + 1]).reshape([3, 4]));
  const rows = [0, 1].map((i) => at.slice([i], [i + 1]).reshape([2]));
  for (const axis of [0, 1]) {
    const run = (a: Tensor, b: Tensor) => take(a, b, axis);
    const both = stack(slices.map((slice, i) => run(slice, rows[i] as Tensor)));
    expectSameBits(vectorize(run)(x, at), both);
    const first = stack(rows.map((row) => run(slices[0] as Tensor, row)));
    expectSameBits(vectorize(run, { axes: [null, 0] })(slices[0] as Tensor, at), first);
    // One vectorize is nested in another.
    const twice = vectorize(vectorize(run, { axes: [0, null] }), { axes: [null, 0] })(x, at);
    const expected = stack(rows.map((row) => stack(slices.map((slice) => run(slice, row)))));
    expectSameBits(twice, expected);
  }
});

describe("what does not fit is refused", () => {
  const x = tensor([1, 2, 3]);

  test("indices out of range, when their values are known", () => {
    expect(() => take(x, whole(0, 3))).toThrow(
      "take: indices: expected integers from -3 to 2, since axis 0 has length 3, got 3 at position 1.",
    );
    expect(() => take(x, -4)).toThrow("got -4 at position 0.");
    expect(() => take(tensor([]), 0)).toThrow(
      "take: indices: expected no indices, since axis 0 has length 0, got 0 at position 0.",
    );
    const compiled = compile((y: Tensor, at: Tensor) => y.take(at));
    expect(compiled(x, whole(-3, 2)).toArray()).toEqual([1, 3]);
    expect(() => compiled(x, whole(0, 3))).toThrow(ArgumentError);
    expect(() => compiled(x, whole(0, 3))).toThrow("got 3 at position 1.");
    expect(compiled(x, whole(-1, 0)).toArray()).toEqual([3, 1]);
  });

  test("a step that throws assigns nothing", () => {
    const count = new Variable(tensor(0));
    const step = compile((at: Tensor) => {
      count.assign(count.value.add(1));
      return x.take(at);
    });
    expect(() => step(whole(7))).toThrow(ArgumentError);
    expect(count.value.item()).toBe(0);
  });

  test("indices of another dtype, and axes that are not there", () => {
    expect(() => take(x, tensor([0]))).toThrow(
      'take: indices: expected int32, got float32. Make them with { dtype: "int32" }, or cut off fractions with cast("int32").',
    );
    expect(() => take(x, 0.5)).toThrow("take: indices: expected whole numbers of int32, got 0.5.");
    expect(() => take(x, 0, 1)).toThrow("take: axis: expected an integer from -1 to 0, got 1.");
    expect(() => take(3, 0)).toThrow("take: axis: expected no axis, for a scalar has none, got 0.");
  });
});
