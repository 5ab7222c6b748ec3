/** Integer division and remainders: exact for all int32, and for floats where exactness is possible. */

import { describe, expect, test } from "vitest";
import {
  compile,
  floorDivide,
  fmod,
  grad,
  remainder,
  setRunner,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { randomBits } from "../elementary/support.ts";

const LEAST = -(2 ** 31);
const SPECIAL = [LEAST, LEAST + 1, -7, -3, -2, -1, 0, 1, 2, 3, 7, 2 ** 31 - 2, 2 ** 31 - 1];

/** Returns all pairs of special numbers, and random ones. */
function pairs(): [number, number][] {
  const next = randomBits(3);
  const all: [number, number][] = SPECIAL.flatMap((x) =>
    SPECIAL.map((y): [number, number] => [x, y]),
  );
  for (let i = 0; i < 2000; i++) all.push([next() | 0, (next() | 0) >> (next() % 32)]);
  return all;
}

function ofIntegers(x: number, y: number) {
  if (y === 0) return [0, 0, 0];
  const [a, b] = [BigInt(x), BigInt(y)];
  const cut = a % b;
  const rest = cut !== 0n && cut < 0n !== b < 0n ? cut + b : cut;
  return [Number(cut), Number(rest), Number(BigInt.asIntN(32, (a - rest) / b))];
}

const FUNCTIONS = [fmod, remainder, floorDivide];

describe.each(["js", "wasm"] as const)("with the runner %s", (runner) => {
  test("int32 is divided exactly, by 0 to 0", () => {
    setRunner(runner);
    const all = pairs();
    const x = tensor(
      all.map(([a]) => a),
      { dtype: "int32" },
    );
    const y = tensor(
      all.map(([, b]) => b),
      { dtype: "int32" },
    );
    FUNCTIONS.forEach((fn, i) => {
      const expected = all.map(([a, b]) => ofIntegers(a, b)[i]);
      expect(fn(x, y).dtype).toBe("int32");
      expect(fn(x, y).toArray()).toEqual(expected);
      expect(compile(fn)(x, y).toArray()).toEqual(expected);
    });
    setRunner("wasm");
  });

  test.each(["float32", "float64"] as const)("the remainder of %s is exact", (dtype) => {
    setRunner(runner);
    const next = randomBits(5);
    const round = dtype === "float32" ? Math.fround : Number;
    const any = () => round((next() / 2 ** 31 - 1) * 2 ** ((next() % 240) - 120));
    const xs = Array.from({ length: 3001 }, any);
    const ys = Array.from({ length: 3001 }, any);
    const near = xs.map((x, i) => round((i % 7) + 1) * round(x));
    for (const [a, b] of [
      [xs, ys],
      [near, xs],
    ] as const) {
      const [x, y] = [tensor(a, { dtype }), tensor(b, { dtype })];
      const [given, divisor] = [x.data(), y.data()];
      const expected = Array.from(given, (each, i) => each % Number(divisor[i]));
      expect([...fmod(x, y).data()]).toEqual(expected);
      expect([...compile(fmod)(x, y).data()]).toEqual(expected);
    }
    setRunner("wasm");
  });
});

test("a quotient is rounded down as it is, not as it is rounded", () => {
  // The rounded quotient 1 / 0.1 is 10, but the float 0.1 is slightly more than a tenth.
  expect(floorDivide(1, 0.1).item()).toBe(9);
  expect(remainder(1, 0.1).item()).toBe(0.09999999999999995);
  expect(Math.floor(1 / 0.1)).toBe(10);
});

test("bools count as 0 and 1", () => {
  const x = tensor([true, false, true]);
  expect(remainder(x, tensor([true, true, false])).toArray()).toEqual([0, 0, 0]);
  expect(floorDivide(x, tensor([true, true, false])).toArray()).toEqual([1, 0, 0]);
});

test("gradients are PyTorch's, at jumps, too", () => {
  const both = (fn: (x: Tensor, y: Tensor) => Tensor, x: number, y: number) =>
    grad(fn, { argnums: [0, 1] })(tensor(x), tensor(y)).map((each) => each.item());
  expect(both(remainder, -5, 3)).toEqual([1, 2]);
  expect(both(remainder, 4, 2)).toEqual([1, -2]);
  expect(both(remainder, -1, Infinity)).toEqual([1, 1]);
  expect(both(remainder, 1, 0)).toEqual([1, -Infinity]);
  expect(both(fmod, -5, 3)).toEqual([1, 1]);
  expect(both(fmod, 1, 0)).toEqual([1, -Infinity]);
  expect(both(floorDivide, 5, 3)).toEqual([0, 0]);
});
