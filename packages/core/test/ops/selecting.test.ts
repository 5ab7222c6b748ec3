/**
 * Indexing, repeating and selecting by index and by value, with NumPy's results for the same calls, eager and compiled
 * on both runners.
 */

import { afterEach, describe, expect, test } from "vitest";
import {
  arange,
  binCount,
  compile,
  compress,
  diag,
  grad,
  meshgrid,
  nonZero,
  oneHot,
  put,
  quantile,
  repeat,
  searchSorted,
  segmentSum,
  setRunner,
  type Tensor,
  tensor,
  unique,
  zeros,
} from "../../src/index.ts";

afterEach(() => setRunner("wasm"));

const int32 = (data: readonly number[]) => tensor(data, { dtype: "int32" });
const x = () => arange(24, { dtype: "float64" }).reshape([2, 3, 4]);

/** Runs a function eagerly and compiled on both runners. */
function everywhere(fn: (x: Tensor) => Tensor, input: Tensor): Tensor[] {
  return (["js", "wasm"] as const).flatMap((runner) => {
    setRunner(runner);
    return [fn(input), compile(fn, { backend: runner })(input)];
  });
}

describe("at", () => {
  test.each([
    ["[1]", (a: Tensor) => a.at(1), [3, 4], 12],
    ["[..., -1]", (a: Tensor) => a.at("...", -1), [2, 3], 3],
    ["[:, ::-1]", (a: Tensor) => a.at([], [null, null, -1]), [2, 3, 4], 8],
    ["[0, 2:0:-1, 1:]", (a: Tensor) => a.at(0, [2, 0, -1], [1]), [2, 3], 9],
    ["[None, ..., None, 3]", (a: Tensor) => a.at(null, "...", null, 3), [1, 2, 3, 1], 3],
    ["[1, -2, ::3]", (a: Tensor) => a.at(1, -2, [null, null, 3]), [2], 16],
    ["[:, 5:]", (a: Tensor) => a.at([], [5]), [2, 0, 4], undefined],
    ["[:, :-9:-1]", (a: Tensor) => a.at([], [null, -9, -1]), [2, 3, 4], 8],
  ] as const)("x%s has NumPy's shape and first element", (_, fn, shape, first) => {
    for (const result of everywhere(fn, x())) {
      expect(result.shape).toEqual(shape);
      expect(result.data()[0]).toBe(first);
    }
  });

  test("adds the gradients of parts that meet and of parts that do not", () => {
    const apart = (a: Tensor) => a.at(0).add(a.at(1).mul(2)).add(a.at(-1).mul(3)).sum();
    const meeting = (a: Tensor) =>
      a
        .at([1])
        .sub(a.at([null, -1]))
        .square()
        .sum();
    const v = tensor([1, 4, 9], { dtype: "float64" });
    for (const [fn, expected] of [
      [apart, [1, 2, 3]],
      [meeting, [-6, -4, 10]],
    ] as const) {
      for (const gradient of everywhere(grad(fn), v)) {
        expect([...gradient.data()]).toEqual(expected);
      }
    }
  });

  test.each([
    [
      () => x().at(2),
      "at: index[0]: expected an integer from -2 to 1, since axis 0 has length 2, got 2.",
    ],
    [() => x().at(0, 0, 0, 0), "at: index: expected at most 3 indices"],
    [
      () => x().at("...", 0, "..."),
      'at: index: expected at most 3 indices, one for each axis, and one "..."',
    ],
    [() => x().at([0, 1, 0]), "at: index[0]: expected a step other than 0, got 0."],
    [
      () => x().at(0.5),
      'at: index[0]: expected an integer, a range such as [0, 2], null or "...", got 0.5.',
    ],
    [
      () => x().at(int32([0]) as unknown as number),
      "take(x, indices) reads at indices of a tensor",
    ],
  ])("refuses what is no place: %#", (fn, message) => {
    expect(fn).toThrow(message);
  });
});

test("pad has NumPy's modes, also beyond the length", () => {
  const v = tensor([1, 2, 3]);
  for (const [mode, expected] of [
    ["constant", [0, 0, 0, 0, 1, 2, 3, 0]],
    ["reflect", [1, 2, 3, 2, 1, 2, 3, 2]],
    ["edge", [1, 1, 1, 1, 1, 2, 3, 3]],
    ["wrap", [3, 1, 2, 3, 1, 2, 3, 1]],
  ] as const) {
    for (const result of everywhere((a) => a.pad([4, 1], { mode }), v)) {
      expect([...result.data()]).toEqual(expected);
    }
  }
  expect(String(v.pad(1, { value: -1 }))).toBe("[-1.  1.  2.  3. -1.]");
  expect(() => zeros([0]).pad(1, { mode: "edge" })).toThrow("elements along axis 0 to repeat");
});

test("put sets the last of equal indices, whatever runs it", () => {
  const places = int32([2, 0, 2, -1, 0]);
  const set = (a: Tensor) => put(a, places, tensor([1, 2, 3, 4, 5]));
  for (const result of everywhere(set, zeros([4]))) {
    expect([...result.data()]).toEqual([5, 0, 3, 4]);
  }
  const slope = grad((values: Tensor) =>
    put(zeros([4]), places, values)
      .mul(tensor([1, 2, 3, 4]))
      .sum(),
  );
  for (const result of everywhere(slope, tensor([1, 2, 3, 4, 5]))) {
    expect([...result.data()]).toEqual([0, 0, 3, 4, 1]);
  }
  expect(() => put(zeros([4]), int32([4]), 1)).toThrow(
    "put: indices: expected integers from -4 to 3",
  );
});

test("what is out of range is named by the function and its argument", () => {
  expect(() => segmentSum(tensor([1, 2]), int32([0, 2]), 2)).toThrow(
    "segmentSum: ids: expected integers from 0 to 1, since axis 0 has length 2, got 2 at position 1.",
  );
  expect(() => binCount(int32([0, -1]), 2)).toThrow("binCount: x: expected integers from 0 to 1");
  expect(() => oneHot(int32([3]), 3)).toThrow("oneHot: indices: expected integers from 0 to 2");
  expect(() => compile((a: Tensor) => oneHot(a, 3))(int32([3]))).toThrow("oneHot: indices:");
});

test("searchSorted has NumPy's places on both sides", () => {
  const sorted = tensor([1, 2, 2, 3, 5, Number.NaN]);
  const values = tensor([0, 2, 2.5, 5, 9, Number.NaN]);
  for (const [side, expected] of [
    ["left", [0, 1, 3, 4, 5, 5]],
    ["right", [0, 3, 3, 5, 5, 6]],
  ] as const) {
    for (const result of everywhere((v) => searchSorted(sorted, v, { side }), values)) {
      expect([...result.data()]).toEqual(expected);
    }
  }
});

test("unique, nonZero and compress have NumPy's results, and their gradients", () => {
  const v = tensor([3, Number.NaN, -0, 3, 0, Number.NaN]);
  const { values, counts, inverse } = unique(v);
  expect([...values.data()]).toEqual([-0, 3, Number.NaN]);
  expect([[...counts.data()], [...inverse.data()]]).toEqual([
    [2, 2, 2],
    [1, 2, 0, 1, 0, 2],
  ]);
  expect(unique(tensor([])).values.shape).toEqual([0]);
  const matrix = tensor([
    [0, 5, 0],
    [7, 0, 2],
  ]);
  expect(nonZero(matrix).map((each) => [...each.data()])).toEqual([
    [0, 1, 1],
    [1, 0, 2],
  ]);
  const slope = grad((a: Tensor) => compress(a, a.greater(1)).square().sum())(matrix);
  expect([...slope.data()]).toEqual([0, 10, 0, 14, 0, 4]);
  for (const fn of [(a: Tensor) => unique(a).values, (a: Tensor) => compress(a, a.greater(1))]) {
    expect(() => compile(fn)(v)).toThrow(/expected values that are known, since the size .* where/);
  }
});

test("between two elements the nearest one is that of the even index, as in NumPy", () => {
  const v = arange(9, { dtype: "float64" });
  const interpolation = "nearest";
  for (let k = 0; k < 8; k++) {
    const share = (k + 0.5) / 8;
    const even = k % 2 === 0 ? k : k + 1;
    expect(quantile(v, share, 0, { interpolation }).item()).toBe(even);
    expect(quantile(v, tensor(share, { dtype: "float64" }), 0, { interpolation }).item()).toBe(
      even,
    );
  }
});

test("the gradient of a quantile goes to its elements, and to a vector of shares", () => {
  const v = tensor([4, 1, 3, 2], { dtype: "float64" });
  const slopes = grad((a: Tensor, q: Tensor) => quantile(a, q).sum(), { argnums: [0, 1] });
  const [ofV, ofQ] = slopes(v, tensor([0.25, 1], { dtype: "float64" })) as Tensor[];
  expect([...(ofV?.data() ?? [])]).toEqual([1, 0.25, 0, 0.75]);
  expect([...(ofQ?.data() ?? [])]).toEqual([3, 0]);
  expect(quantile(tensor([1, Number.NaN]), 0).item()).toBeNaN();
  expect(() => quantile(v, 1.5)).toThrow("quantile: q: expected a number from 0 to 1, got 1.5.");
});

test("meshgrid exchanges the first two axes for xy, and diag is a matrix", () => {
  const vectors = [tensor([1, 2, 3]), tensor([4, 5]), tensor([6])];
  expect(meshgrid(vectors).map(({ shape }) => shape)).toEqual(Array(3).fill([2, 3, 1]));
  expect(meshgrid(vectors, { indexing: "ij" })[0]?.shape).toEqual([3, 2, 1]);
  expect(diag(tensor([1, 2]), { offset: -1 }).toArray()).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [0, 2, 0],
  ]);
});

test("repeat refuses more elements than a tensor has before it makes a list of them", () => {
  const most = 2 ** 31 - 1;
  expect(() => repeat(zeros([2]), [most, 1])).toThrow(
    "repeat: result: expected at most 2^31 - 1 elements, got [2147483648].",
  );
  expect(() => repeat(zeros([2, 3]), [2 ** 30, 0], 0)).toThrow("repeat: result: expected at most");
  expect(repeat(tensor([5, 7, 9]), [2, 0, 1]).toArray()).toEqual([5, 5, 9]);
  expect(repeat(zeros([2, 3]), [0, 0], 0).shape).toEqual([0, 3]);
});
