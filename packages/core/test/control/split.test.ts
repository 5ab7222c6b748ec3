/**
 * `split` and `topK`: ops of several results.
 */

import { describe, expect, test } from "vitest";
import { compile, concat, grad, split, type Tensor, tensor, topK } from "../../src/index.ts";
import { sampleTests } from "../support/sampling.ts";
import { at, complaint, double, inEveryMode } from "./support.ts";

sampleTests(2);

const wrong = (value: unknown): never => value as never;

inEveryMode("split into parts of given lengths", {
  shapes: [[5], [2]],
  fn: (x, y) => {
    const [a, b] = split(x, [2, 3]) as [Tensor, Tensor];
    return { product: a.mul(y.exp()), rest: [b.square()] };
  },
  plain: (x, y) => [x.slice([0], [2]).mul(y.exp()), x.slice([2]).square()],
});

inEveryMode("split into equal parts along the last axis, one of them unused", {
  shapes: [[2, 6]],
  fn: (x) => {
    const [a, , c] = split(x, 3, -1) as [Tensor, Tensor, Tensor];
    return a.matmul(c.sin().transpose());
  },
  plain: (x) => x.slice([0, 0], [2, 2]).matmul(x.slice([0, 4]).sin().transpose()),
});

inEveryMode("split with an empty part", {
  shapes: [[3, 2]],
  fn: (x) => split(x, [1, 0, 2]),
  plain: (x) => [x.slice([0], [1]), x.slice([1], [1]), x.slice([1])],
});

inEveryMode("a split of a part of a split", {
  shapes: [[6]],
  fn: (x) => {
    const [a, b] = split(x, 2) as [Tensor, Tensor];
    const [c, d] = split(b.mul(a), [1, 2]) as [Tensor, Tensor];
    return concat([d, c, a]);
  },
  plain: (x) => {
    const [a, b] = [x.slice([0], [3]), x.slice([3])];
    return concat([b.mul(a).slice([1]), b.mul(a).slice([0], [1]), a]);
  },
});

/** Returns the k greatest elements along the first axis of a matrix, by reading and sorting. */
function sorted(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const [rows = 0, columns = 0] = x.shape;
  const data = Array.from(x.data());
  const places = Array.from({ length: columns }, (_, j) =>
    Array.from({ length: rows }, (_, i) => i)
      .sort((a, b) => at(data, b * columns + j) - at(data, a * columns + j))
      .slice(0, k),
  );
  const flat = Array.from({ length: k }, (_, i) => places.map((own) => at(own, i)));
  const of = flat.flatMap((row) => row.map((place, j) => place * columns + j));
  const indices = tensor(flat, { dtype: "int32", shape: [k, columns] });
  const all = x.reshape([rows * columns]).take(tensor(of, { dtype: "int32", shape: [of.length] }));
  return { values: all.reshape([k, columns]), indices };
}

/** The plain version reads values, also those of tensors that are being differentiated. */
inEveryMode("topK along the first axis", {
  shapes: [[4, 3]],
  fn: (x) => topK(x.mul(x.sin()), 2, 0),
  plain: (x) => sorted(x.mul(x.sin()), 2),
});

inEveryMode("topK of a vector, its values multiplied by others taken at its indices", {
  shapes: [[5], [5]],
  fn: (x, y) => {
    const { values, indices } = topK(x, 3);
    return values.square().mul(y.take(indices));
  },
  plain: (x, y) => {
    const { values, indices } = sorted(x.reshape([5, 1]), 3);
    return values
      .reshape([3])
      .square()
      .mul(y.take(indices.reshape([3])));
  },
});

describe("topK", () => {
  test("gives equal elements in the order in which they stand, and NaN as the greatest", () => {
    const x = tensor([1, 3, Number.NaN, 3, Infinity]);
    for (const backend of ["js", "wasm"] as const) {
      const { values, indices } = compile((x: Tensor) => topK(x, 5), { backend })(x);
      expect([...values.data()]).toEqual([Number.NaN, Infinity, 3, 3, 1]);
      expect([...indices.data()]).toEqual([2, 4, 1, 3, 0]);
    }
    expect([...topK(x, 4).indices.data()]).toEqual([2, 4, 1, 3]);
    expect([...topK(x, 4, 0, { largest: false }).indices.data()]).toEqual([0, 1, 3, 4]);
  });

  test("sends the gradient of a tie to the element that it chose", () => {
    const x = double([2, 2, 1]);
    const slope = grad((x: Tensor) => topK(x, 1).values.sum());
    expect([...slope(x).data()]).toEqual([1, 0, 0]);
    expect([...compile(slope)(x).data()]).toEqual([1, 0, 0]);
  });

  test.each([0, 3])("takes k = %i, from none to all", (k) => {
    const x = tensor([1, 3, 2]);
    for (const { values, indices } of [topK(x, k), compile((x: Tensor) => topK(x, k))(x)]) {
      expect([values.shape, indices.shape, indices.dtype]).toEqual([[k], [k], "int32"]);
      expect([...values.data()]).toEqual([3, 2, 1].slice(0, k));
    }
    const slope = grad((x: Tensor) => topK(x, k).values.sum())(x);
    expect([...slope.data()]).toEqual(k === 0 ? [0, 0, 0] : [1, 1, 1]);
  });

  test("sorts int32 and leaves its dtype", () => {
    const { values } = topK(tensor([5, -7, 9], { dtype: "int32" }), 2);
    expect([values.dtype, ...values.data()]).toEqual(["int32", 9, 5]);
  });

  test("of a matrix without rows is empty", () => {
    const x = tensor([], { shape: [0, 3] });
    expect(topK(x, 2).values.shape).toEqual([0, 2]);
    expect(compile((x: Tensor) => topK(x, 2).values)(x).shape).toEqual([0, 2]);
  });

  test("refuses another k, an axis that is not there, a scalar and bools", () => {
    const x = tensor([1, 2]);
    expect(complaint(() => topK(x, 3))).toBe(
      "ShapeError: topK: k: expected at most 2, the length of axis 0, got 3.",
    );
    expect(complaint(() => topK(x, -1))).toMatch(/^ArgumentError: topK: k: expected .*, got -1\.$/);
    expect(complaint(() => topK(x, 1.5))).toMatch(/^ArgumentError: topK: k: .*, got 1\.5\.$/);
    expect(complaint(() => topK(x, wrong("1")))).toMatch(/^ArgumentError: topK: k: .*, got "1"\.$/);
    expect(complaint(() => topK(x, 1, 1))).toMatch(/^ShapeError: topK: axis: .*, got 1\.$/);
    expect(complaint(() => topK(tensor(1), 1))).toMatch(/^ShapeError: topK: /);
    expect(complaint(() => topK(x.greater(1), 1))).toBe(
      'DTypeError: topK: x: expected numbers, got bool. Convert with cast("int32").',
    );
  });
});

describe("split", () => {
  test("splits integers and truth values, also compiled", () => {
    for (const x of [tensor([1, 2, 3], { dtype: "int32" }), tensor([1, 0, 1], { dtype: "bool" })]) {
      const parts = (x: Tensor) => split(x, [1, 2]);
      const expected = parts(x).map(String);
      expect(compile(parts)(x).map(String)).toEqual(expected);
      expect(compile(parts, { backend: "js" })(x).map(String)).toEqual(expected);
    }
  });

  test("refuses parts that do not add up, and lengths that are none", () => {
    const x = tensor([1, 2, 3, 4]);
    expect(complaint(() => split(x, [1, 2]))).toBe(
      "ShapeError: split: sizesOrCount: expected parts that add up to 4, the length of axis 0, got [1,2].",
    );
    expect(complaint(() => split(x, 3))).toBe(
      "ShapeError: split: sizesOrCount: expected a number of parts that divides 4, the length of the axis, got 3.",
    );
    expect(complaint(() => split(x, 0))).toMatch(/^ShapeError: split: sizesOrCount: .* got 0\.$/);
    expect(complaint(() => split(tensor([]), []))).toMatch(/^ShapeError: split: sizesOrCount: /);
    expect(complaint(() => split(x, [5, -1]))).toMatch(/^ArgumentError: split: sizesOrCount/);
    expect(complaint(() => split(x, wrong("2")))).toMatch(/^ArgumentError: split: sizesOrCount/);
    expect(complaint(() => split(x, 2, 1))).toMatch(/^ShapeError: split: axis: .*, got 1\.$/);
    expect(complaint(() => split(tensor(1), 1))).toMatch(/^ShapeError: split: /);
  });
});
