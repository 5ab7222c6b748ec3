/** Numbers that depend on the batch size, found from their values at four sizes. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { lengthThrough, printLength, productOf, valueAt } from "../src/trace/length.ts";
import { isScaled, type Quantity, quantityThrough } from "../src/trace/quantity.ts";

const sizes = fc.integer({ min: 2, max: 40 }).map((n) => [n, 2 * n, 3 * n, 2 * n + 1]);
const polynomial = fc.record({
  square: fc.integer({ min: 0, max: 2 }),
  perBatch: fc.integer({ min: 0, max: 9 }),
  more: fc.integer({ min: -1, max: 9 }),
});
const times = fc.oneof(
  fc.constantFrom(1, -1, 2, 0.5, 0.1, Math.PI, 1 / 3, 1e-3),
  fc.double({ min: -100, max: 100, noNaN: true }),
);

function numberAt(quantity: Quantity, size: number): number {
  if (typeof quantity === "number") return quantity;
  if (!isScaled(quantity)) return valueAt(quantity, size);
  const { times: factor, of, divides } = quantity;
  return divides ? factor / valueAt(of, size) : factor * valueAt(of, size);
}

test.each([
  ["float64", 2 ** -50],
  ["float32", 2 ** -22],
] as const)("multiples and fractions of polynomials of %s are found", (dtype, bound) => {
  const round = dtype === "float32" ? Math.fround : (value: number) => value;
  fc.assert(
    fc.property(sizes, polynomial, times, fc.boolean(), (own, of, factor, divides) => {
      const { square, perBatch, more } = of;
      fc.pre(square + perBatch > 0 && perBatch + more > 0 && factor !== 0);
      // Beside the smallest numbers there are no digits to compare.
      fc.pre(Math.abs(factor) > 1e-20);
      // The digits of float32 do not tell large squares and their factors apart: such are refused.
      fc.pre(dtype === "float64" || square === 0 || factor === 1 || (own[0] ?? 0) <= 6);
      const value = (size: number) =>
        round(divides ? factor / valueAt(of, size) : factor * valueAt(of, size));
      const found = quantityThrough(own.map(value), own, dtype);
      expect(found).toBeDefined();
      for (const size of [1, 5, 17, 1000, 123_457]) {
        const [got, expected] = [numberAt(found as Quantity, size), value(size)];
        expect(Math.abs(got - expected)).toBeLessThanOrEqual(bound * Math.abs(expected));
      }
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test.each<[string, (size: number) => number]>([
  ["a root", Math.sqrt],
  ["a reciprocal of a root", (size) => 1 / Math.sqrt(size)],
  ["a logarithm", Math.log],
  ["a cube", (size) => size ** 3],
  ["a reciprocal of a cube", (size) => size ** -3],
  ["a power of two", (size) => 2 ** size],
  ["an exponential", (size) => Math.exp(-size)],
  ["a remainder", (size) => size % 3],
  ["a parity", (size) => (size % 2 === 0 ? 1 : 2)],
  ["a half rounded down", (size) => Math.floor(size / 2)],
  ["a reciprocal of a half rounded up", (size) => 1 / Math.ceil(size / 2)],
  ["the number of bits", (size) => 32 - Math.clz32(size)],
])("%s is none of them", (_name, value) => {
  for (let n = 2; n <= 40; n++) {
    const own = [n, 2 * n, 3 * n, 2 * n + 1];
    const values = own.map(value);
    // Some are the same at all four sizes.
    if (new Set(values).size === 1) continue;
    for (const dtype of ["float32", "float64"] as const) {
      const given = dtype === "float32" ? values.map(Math.fround) : values;
      const found = quantityThrough(given, own, dtype);
      if (found !== undefined) expect([n, dtype, found]).toEqual([]);
    }
  }
});

test("lengths are whole polynomials, and are printed as people write them", () => {
  const through = (value: (size: number) => number) => {
    const own = [3, 6, 9, 7];
    const length = lengthThrough(own.map(value), own);
    return length === undefined ? undefined : printLength(length, "N");
  };
  expect([
    through((n) => 5 + 0 * n),
    through((n) => n),
    through((n) => 2 * n - 1),
    through((n) => n * n),
    through((n) => 3 * n * n - n + 4),
    through((n) => -n),
    through((n) => n / 2),
    through((n) => n ** 3),
  ]).toEqual(["5", "N", "2*N - 1", "N*N", "3*N*N - N + 4", "-N", undefined, undefined]);
  const n = { square: 0, perBatch: 1, more: 0 };
  const product = productOf([n, 2, { ...n, more: 3 }]);
  expect(printLength(product ?? 0, "N")).toBe("2*N*N + 6*N");
  expect(productOf([n, n, n])).toBeUndefined();
});
