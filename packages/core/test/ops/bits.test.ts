/** Bitwise ops on int32 and bool, at lengths around the widths of vectors, on both runners. */

import { describe, expect, test } from "vitest";
import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  compile,
  DTypeError,
  leftShift,
  logicalXor,
  rightShift,
  setRunner,
  tensor,
} from "../../src/index.ts";
import { randomBits } from "../elementary/support.ts";

const OF_TWO = [
  [bitwiseAnd, (x: number, y: number) => x & y],
  [bitwiseOr, (x: number, y: number) => x | y],
  [bitwiseXor, (x: number, y: number) => x ^ y],
  [leftShift, (x: number, y: number) => x << y],
  [rightShift, (x: number, y: number) => x >> y],
] as const;

describe.each(["js", "wasm"] as const)("with the runner %s", (runner) => {
  test.each([0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 40_001])("of %d numbers", (length) => {
    setRunner(runner);
    const next = randomBits(length);
    const [a, b] = [0, 1].map(() => Int32Array.from({ length }, () => next() | 0));
    const [x, y] = [tensor(a as Int32Array), tensor(b as Int32Array)];
    for (const [fn, of] of OF_TWO) {
      const expected = Array.from(a ?? [], (each, i) => of(each, b?.[i] ?? 0));
      expect([...fn(x, y).data()]).toEqual(expected);
      expect([...compile(fn)(x, y).data()]).toEqual(expected);
      expect([...compile(fn)(x, 5).data()]).toEqual(Array.from(a ?? [], (each) => of(each, 5)));
    }
    expect([...bitwiseNot(x).data()]).toEqual(Array.from(a ?? [], (each) => ~each));
    expect([...compile(bitwiseNot)(x).data()]).toEqual(Array.from(a ?? [], (each) => ~each));
    setRunner("wasm");
  });
});

test("bools have one bit, and stay bools", () => {
  const x = tensor([true, true, false, false]);
  const y = tensor([true, false, true, false]);
  expect(bitwiseAnd(x, y).toArray()).toEqual([true, false, false, false]);
  expect(bitwiseOr(x, y).toArray()).toEqual([true, true, true, false]);
  expect(bitwiseXor(x, y).toArray()).toEqual([false, true, true, false]);
  expect(bitwiseNot(x).toArray()).toEqual([false, false, true, true]);
  expect(bitwiseAnd(x, 3).toArray()).toEqual([1, 1, 0, 0]);
  expect(logicalXor(x, tensor([0, 0.5, 0, NaN])).toArray()).toEqual([true, false, false, true]);
});

test("numbers alone are int32", () => {
  expect(bitwiseXor(12, 10).item()).toBe(6);
  expect(bitwiseXor(12, 10).dtype).toBe("int32");
  expect(() => bitwiseXor(12, 0.5)).toThrow("whole numbers");
});

test("floats are refused, and bools where they are to move", () => {
  const x = tensor([1, 2]);
  const message =
    'bitwiseAnd: x: expected an int32 or bool tensor, got float32. Convert with cast("int32").';
  expect(() => bitwiseAnd(x, 1)).toThrow(message);
  expect(() => leftShift(x, 1)).toThrow(DTypeError);
  expect(() => leftShift(tensor([true]), tensor([true]))).toThrow("expected an int32 tensor");
});
