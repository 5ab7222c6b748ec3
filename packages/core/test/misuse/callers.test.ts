/**
 * Errors of composed functions: each names the function that was called, and not the ops inside.
 */

import { expect, test } from "vitest";
import * as gd from "../../src/index.ts";
import { doors } from "./examples.ts";
import { testCallers } from "./laws.ts";

testCallers(doors, [".", "./fft", "./linalg"], ["summary"]);

const repeated = (length: number, count: number) => new Array<number>(count).fill(length);

test("tile takes as many axes as there may be, and names itself beyond them", () => {
  const x = gd.tensor([[1], [2]]);
  // An implementation that adds an axis for each of these counts would exceed the limit of 64 axes.
  const counts = [...repeated(1, 29), 2, ...repeated(1, 32), 3, 1];
  const tiled = gd.tile(x, counts);
  expect(tiled.rank).toBe(64);
  expect(tiled.reshape([-1]).toArray()).toEqual(gd.tile(x, [2, 3, 1]).reshape([-1]).toArray());
  expect(gd.tile(gd.ones(repeated(1, 64)), 5).shape).toEqual([...repeated(1, 63), 5]);
  expect(gd.tile(gd.ones(repeated(1, 40)), repeated(2, 20)).size).toBe(2 ** 20);
  expect(gd.tile(gd.ones([0, 3]), repeated(1, 62).concat(7, 7)).shape).toEqual([
    ...repeated(1, 62),
    0,
    21,
  ]);
  expect(gd.tile(x, [0, ...repeated(1, 40)]).size).toBe(0);
  expect(() => gd.tile(x, repeated(1, 65))).toThrow(
    "tile: result: expected at most 64 axes, got 65.",
  );
  expect(() => gd.tile(x, [2 ** 30, 2])).toThrow(
    "tile: result: expected at most 2^31 - 1 elements, got [2147483648, 2].",
  );
});

test("tile of any axes has the elements of NumPy's definition", () => {
  const x = gd.arange(0, 24).reshape([2, 1, 3, 4]);
  for (const counts of [[2], [1, 2], [3, 1, 2], [2, 1, 1, 3], [1, 2, 1, 1], [2, 1, 1, 2, 1]]) {
    const tiled = gd.tile(x, counts);
    const rank = tiled.rank;
    const own = [...repeated(1, rank - 4), 2, 1, 3, 4];
    const expected = Array.from({ length: tiled.size }, (_, index) => {
      let [rest, from, stride] = [index, 0, 1];
      for (let axis = rank - 1; axis >= 0; axis--) {
        const length = own[axis] as number;
        const at = rest % (tiled.shape[axis] as number);
        rest = (rest - at) / (tiled.shape[axis] as number);
        from += (at % length) * stride;
        stride *= length;
      }
      return from;
    });
    expect(tiled.reshape([-1]).toArray()).toEqual(expected);
    const gradient = gd.grad((a: gd.Tensor) => gd.tile(a, counts).sum())(x);
    expect(new Set(gradient.reshape([-1]).toArray() as number[])).toEqual(
      new Set([tiled.size / x.size]),
    );
  }
});

test("reshape names the shape that was given where −1 has no length", () => {
  for (const shape of [
    [-1, 2],
    [4, -1],
    [-1, 0],
  ]) {
    expect(() => gd.ones([75]).reshape(shape)).toThrow(
      `reshape: shape: expected a shape of 75 elements, got [${shape.join(", ")}].`,
    );
  }
  expect(gd.ones([75]).reshape([-1, 25]).shape).toEqual([3, 25]);
  expect(gd.ones([0, 3]).reshape([-1, 0]).shape).toEqual([0, 0]);
});
