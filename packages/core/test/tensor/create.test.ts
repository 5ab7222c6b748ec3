import { describe, expect, test } from "vitest";
import {
  allClose,
  arange,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  tensor,
  zeros,
  zerosLike,
} from "../../src/index.ts";

describe("tensor", () => {
  test("takes nested arrays, which become float32", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype, x.rank, x.size]).toEqual([[2, 3], "float32", 2, 6]);
    expect(x.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  test("takes typed arrays, which keep their dtype", () => {
    expect(tensor(new Float32Array(2)).dtype).toBe("float32");
    expect(tensor(new Float64Array(2)).dtype).toBe("float64");
    expect(tensor(new Int32Array(2)).dtype).toBe("int32");
    expect(tensor(new Uint8Array(2)).dtype).toBe("bool");
  });

  test("takes numbers and booleans as scalars", () => {
    expect([tensor(3).shape, tensor(3).item(), tensor(3).dtype]).toEqual([[], 3, "float32"]);
    expect([tensor(true).dtype, tensor(true).item()]).toEqual(["bool", 1]);
    expect(tensor([true, false]).toArray()).toEqual([true, false]);
  });

  test("copies what it is given, and hands out copies", () => {
    const source = Float32Array.of(1, 2);
    const x = tensor(source);
    source[0] = 9;
    x.data()[1] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("lays flat data out in a shape", () => {
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([5], { shape: [] }).item()).toBe(5);
  });

  test("keeps empty axes", () => {
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(zeros([2, 0, 3]).toArray()).toEqual([[], []]);
  });

  test("rounds and converts to the dtype", () => {
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(0.1, { dtype: "float64" }).item()).toBe(0.1);
    const values = [1.9, -1.9, 3e9, -3e9, Number.NaN, Number.POSITIVE_INFINITY];
    expect(tensor(values, { dtype: "int32" }).toArray()).toEqual([
      1, -1, 2147483647, -2147483648, 0, 2147483647,
    ]);
    expect(tensor([0, -0, 2, Number.NaN], { dtype: "bool" }).toArray()).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("writes itself as nested arrays to JSON", () => {
    expect(JSON.stringify({ x: tensor([[1], [2]]), y: tensor(3) })).toBe('{"x":[[1],[2]],"y":3}');
  });
});

describe("creation by pattern", () => {
  test("fills", () => {
    expect(zeros([2]).toArray()).toEqual([0, 0]);
    expect(ones([2], { dtype: "int32" }).dtype).toBe("int32");
    expect(full([], 7).item()).toBe(7);
    const like = tensor([1, 2], { dtype: "float64" });
    expect([zerosLike(like).dtype, onesLike(like).toArray()]).toEqual(["float64", [1, 1]]);
  });

  test("counts", () => {
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(5, 0, { step: -2 }).toArray()).toEqual([5, 3, 1]);
    expect(arange(3, 1).shape).toEqual([0]);
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(2, 9, 1).toArray()).toEqual([2]);
    expect(linspace(0, 0.3, 4, { dtype: "float64" }).data().at(-1)).toBe(0.3);
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });
});

test("allClose compares shapes and elements, and NaN is close to nothing", () => {
  expect(allClose(tensor([1, 2]), tensor([1, 2.00001]))).toBe(true);
  expect(allClose(tensor([1, 2]), tensor([1, 2.1]))).toBe(false);
  expect(allClose(tensor([1]), tensor(1))).toBe(false);
  expect(allClose(Number.NaN, Number.NaN)).toBe(false);
  expect(allClose(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(true);
  expect(allClose(100, 101, { relative: 0.01 })).toBe(true);
});
