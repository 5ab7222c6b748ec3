/** Numbers that depend on the sizes of open axes, inferred from their values at several sizes. */

import { expect, test } from "vitest";
import fc from "../../core/test/support/properties.ts";
import { WHOLE } from "../../core/test/support/sampling.ts";
import {
  addLengths,
  type Length,
  lengthThrough,
  type Polynomial,
  printLength,
  productOf,
  type Sampling,
  valueAt,
} from "../src/trace/length.ts";
import { isScaled, type Quantity, quantityThrough } from "../src/trace/quantity.ts";

const sizesOf = (n: number) => [n, 2 * n, 3 * n, 2 * n + 1];
const along = (sizes: readonly number[]): Sampling => ({
  axes: ["N"],
  points: sizes.map((size) => [size]),
});
const sizes = fc.integer({ min: 2, max: 40 }).map(sizesOf);
const polynomial = fc.tuple(
  fc.integer({ min: -1, max: 9 }),
  fc.integer({ min: 0, max: 9 }),
  fc.integer({ min: 0, max: 2 }),
);
const times = fc.oneof(
  fc.constantFrom(1, -1, 2, 0.5, 0.1, Math.PI, 1 / 3, 1e-3),
  fc.double({ min: -100, max: 100, noNaN: true }),
);

function numberAt(quantity: Quantity, size: number): number {
  if (typeof quantity === "number") return quantity;
  if (!isScaled(quantity)) return valueAt(quantity, [size]);
  const { times: factor, of, divides } = quantity;
  return divides ? factor / valueAt(of, [size]) : factor * valueAt(of, [size]);
}

test.each([
  ["float64", 2 ** -50],
  ["float32", 2 ** -22],
] as const)("multiples and fractions of polynomials of %s are found", (dtype, bound) => {
  const round = dtype === "float32" ? Math.fround : (value: number) => value;
  fc.assert(
    fc.property(sizes, polynomial, times, fc.boolean(), (own, coefficients, factor, divides) => {
      const of: Polynomial = { axes: ["N"], coefficients };
      const [more, linear, square] = coefficients;
      fc.pre(square + linear > 0 && linear + more > 0 && factor !== 0);
      // Near the smallest numbers there are too few digits to compare.
      fc.pre(Math.abs(factor) > 1e-20);
      // In float32, large multiples of squares have too few digits to be found, and are refused.
      fc.pre(dtype === "float64" || square === 0 || factor === 1 || (own[0] ?? 0) <= 6);
      const value = (size: number) =>
        round(divides ? factor / valueAt(of, [size]) : factor * valueAt(of, [size]));
      const found = quantityThrough(own.map(value), along(own), dtype);
      expect(found).toBeDefined();
      for (const size of [1, 5, 17, 1000, 123_457]) {
        const [got, expected] = [numberAt(found as Quantity, size), value(size)];
        expect(Math.abs(got - expected)).toBeLessThanOrEqual(bound * Math.abs(expected));
      }
    }),
    { seed: 5, numRuns: WHOLE ? 2000 : 500 },
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
    const own = sizesOf(n);
    const values = own.map(value);
    // Some values are the same at all four sizes, so they count as constant.
    if (new Set(values).size === 1) continue;
    for (const dtype of ["float32", "float64"] as const) {
      const given = dtype === "float32" ? values.map(Math.fround) : values;
      const found = quantityThrough(given, along(own), dtype);
      if (found !== undefined) expect([n, dtype, found]).toEqual([]);
    }
  }
});

test("lengths are whole polynomials, and are printed as people write them", () => {
  const through = (value: (size: number) => number) => {
    const own = [3, 6, 9, 7];
    const length = lengthThrough(own.map(value), along(own));
    return length === undefined ? undefined : printLength(length);
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
  const n: Polynomial = { axes: ["N"], coefficients: [0, 1, 0] };
  const product = productOf([n, 2, addLengths(n, 3)]);
  expect(printLength(product ?? 0)).toBe("2*N*N + 6*N");
  expect(productOf([n, n, n])).toBeUndefined();
});

/** Returns the samples of two axes at which a function of two open lengths is recorded. */
function grid(b: number, t: number): Sampling {
  const points = [b, 2 * b, 3 * b].flatMap((m) => [t, 2 * t, 3 * t].map((n) => [m, n]));
  return { axes: ["B", "T"], points: [...points, [2 * b + 1, 2 * t + 1]] };
}

test("lengths of two axes are sums of their products", () => {
  const { axes, points } = grid(2, 5);
  const through = (value: (b: number, t: number) => number) => {
    const length = lengthThrough(
      points.map(([b = 0, t = 0]) => value(b, t)),
      { axes, points },
    );
    return length === undefined ? undefined : printLength(length);
  };
  expect([
    through((b, t) => b * t),
    through((b, t) => 4 * b * t * t + t - 1),
    through((b) => 2 * b),
    through((b, t) => b * b * t * t - b),
    through((b, t) => b * t ** 3),
    through((b, t) => Math.max(b, t)),
  ]).toEqual(["B*T", "4*B*T*T + T - 1", "2*B", "B*B*T*T - B", undefined, undefined]);
  const size = (coefficients: number[]): Length => ({ axes, coefficients });
  const [b, t] = [size([0, 0, 0, 1, 0, 0, 0, 0, 0]), size([0, 1, 0, 0, 0, 0, 0, 0, 0])];
  expect(printLength(productOf([b, t, 3, t]) ?? 0)).toBe("3*B*T*T");
  expect(productOf([b, t, t, t])).toBeUndefined();
});

test.each<[string, (b: number, t: number) => number, boolean]>([
  ["a part of all elements", (b, t) => 1 / (b * t), true],
  ["that of all but one", (b, t) => 1 / (b * t - 1), true],
  ["of one axis alone", (_b, t) => 3 / (t + 2), true],
  ["of rows and pairs", (b, t) => 0.1 / (b * t * t), true],
  ["twice that of the other", (b, t) => 0.3 * (2 * b + t), true],
  ["a root", (b, t) => 1 / Math.sqrt(b * t), false],
  ["a quotient of sizes", (b, t) => b / t, false],
  ["the greater one", (b, t) => 1 / Math.max(b, t), false],
])("numbers of two axes: %s", (_name, value, isFound) => {
  for (const dtype of ["float64", "float32"] as const) {
    for (const [b, t] of [
      [2, 3],
      [4, 4],
      [8, 9],
    ] as const) {
      const round = dtype === "float32" ? Math.fround : (x: number) => x;
      const sampling = grid(b, t);
      const values = sampling.points.map(([m = 0, n = 0]) => round(value(m, n)));
      const found = quantityThrough(values, sampling, dtype);
      expect(found !== undefined, `${dtype} ${b} ${t}`).toBe(isFound);
      if (found === undefined || typeof found === "number" || !isScaled(found)) continue;
      const { times: factor, of, divides } = found;
      for (const point of [
        [2, 1],
        [7, 100],
        [1000, 3],
      ]) {
        const [m = 0, n = 0] = point;
        const got = divides ? factor / valueAt(of, point) : factor * valueAt(of, point);
        expect(Math.abs(got / value(m, n) - 1)).toBeLessThan(dtype === "float32" ? 3e-7 : 1e-15);
      }
    }
  }
});
