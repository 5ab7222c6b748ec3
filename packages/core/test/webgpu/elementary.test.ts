/**
 * The elementary functions on a GPU over many numbers have the bits of WebAssembly, with rare exceptions. The GPU
 * computes with pairs of float32 where WebAssembly uses float64, so a result halfway between two float32 may be rounded
 * to the other one.
 */

import { expect, test } from "vitest";
import {
  asin,
  atan2,
  compile,
  cos,
  erf,
  fmod,
  pow,
  sin,
  type Tensor,
  tensor,
  uniform,
} from "../../src/index.ts";
import { openForTests } from "./open.ts";

const gpu = await openForTests({ exact: true });

const COUNT = 50_000;
/** One result in this many may be the neighbouring float32. */
const RARE = 25_000;
const SMALLEST_NORMAL = 2 ** -126;

let draws = 0;
const between = (low: number, high: number) => uniform([COUNT], { seed: ++draws, low, high });
/** Returns numbers of either sign, and of all sizes between two exponents of 2. */
const ofSizes = (low: number, high: number) => {
  const sizes = between(low, high).mul(Math.LN2).exp();
  return sizes.mul(between(-1, 1).sign());
};
const SPECIAL = [
  ...[0, -0, Infinity, -Infinity, NaN, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 0.25, 7, 1e20, -1e30],
  ...[16777217, 3.4e38, -3.4e38, 1e-30, -1e-30, 1.5707964, 8388607.5, Math.PI],
];
const first = tensor(SPECIAL.flatMap((x) => SPECIAL.map(() => x)));
const second = tensor(SPECIAL.flatMap(() => SPECIAL));

const functions: readonly (readonly [string, (...x: Tensor[]) => Tensor, readonly Tensor[][]])[] = [
  ["sin", sin, [[between(-10, 10)], [between(-1e6, 1e6)], [ofSizes(-60, 127)], [second]]],
  ["cos", cos, [[between(-10, 10)], [between(-1e6, 1e6)], [ofSizes(-60, 127)], [second]]],
  ["asin", asin, [[between(-1, 1)], [ofSizes(-60, 0)], [second]]],
  ["erf", erf, [[between(-4, 4)], [second]]],
  [
    "atan2",
    (y, x) => atan2(y as Tensor, x as Tensor),
    [
      [between(-2, 2), between(-2, 2)],
      [ofSizes(-60, 60), ofSizes(-60, 60)],
      [ofSizes(120, 127.9), ofSizes(120, 127.9)],
      [first, second],
    ],
  ],
  [
    "pow",
    (x, y) => pow(x as Tensor, y as Tensor),
    [
      [between(0, 10), between(-10, 10)],
      [between(-10, 10), between(-6, 6).round()],
      [ofSizes(-60, 60), between(-2, 2)],
      [first, second],
    ],
  ],
  [
    "fmod",
    (x, y) => fmod(x as Tensor, y as Tensor),
    [
      [between(-10, 10), between(-10, 10)],
      [ofSizes(-120, 120), ofSizes(-120, 120)],
      [first, second],
    ],
  ],
];

test.each(functions)(
  "%s has the bits of WebAssembly",
  async (_, fn, sweeps) => {
    for (const inputs of sweeps) {
      const want = compile(fn)(...inputs).toArray() as number[];
      const got = (await compile(fn, { backend: gpu })(...inputs).read()).toArray() as number[];
      let others = 0;
      want.forEach((expected, i) => {
        const have = got[i] as number;
        if (Object.is(have, expected)) return;
        // A GPU may replace subnormal numbers by zero.
        if (Math.abs(expected) < 2 * SMALLEST_NORMAL && have === 0) return;
        const where = inputs.map((input) => (input.toArray() as number[])[i]).join(", ");
        expect(Math.abs(have - expected), where).toBeLessThanOrEqual(2 ** -23 * Math.abs(expected));
        others++;
      });
      expect(others).toBeLessThanOrEqual(want.length / RARE);
    }
  },
  60_000,
);
