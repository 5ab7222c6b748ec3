/**
 * The laws of factors on matrices that are hard to factorise, at every scale of the dtype. JavaScript computes all
 * matrices of up to 8 rows and some of the others, since it runs ten times slower under Vitest.
 */

import { afterAll, afterEach, describe, expect, test } from "vitest";
import { setRunner } from "../../src/index.ts";
import { describeCounts, expectLaws, noCounts } from "../support/factorLaws.ts";
import { allSamples } from "../support/matrixFamilies.ts";

const counts = noCounts();
afterEach(() => setRunner("wasm"));
afterAll(() => console.log(`Matrices that were factorised\n${describeCounts(counts)}`));

const SIZES: [m: number, n: number][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 31, 32, 33, 63, 64, 65, 130].map(
    (n): [number, number] => [n, n],
  ),
  ...([
    [1, 4],
    [4, 1],
    [5, 9],
    [9, 5],
    [33, 12],
    [12, 33],
    [130, 64],
  ] as [number, number][]),
];

/**
 * Returns the number of matrices out of which JavaScript computes one: under Vitest, one of 130 rows takes a second.
 */
const everyOf = (n: number) => (n <= 8 ? 1 : n <= 12 ? 4 : n <= 50 ? 24 : 96);

describe.each(["float32", "float64"] as const)("in %s", (dtype) => {
  test.each(SIZES)("factors of %i × %i matrices are orthogonal and give the matrix", (m, n) => {
    for (const samples of allSamples(m, n, dtype)) {
      expectLaws(samples, dtype, counts, everyOf(n));
    }
  });

  test("those of ones, of every length", () => {
    for (let n = 1; n <= 130; n++) {
      const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => 1));
      expectLaws([{ family: "ones", name: String(n), rows }], dtype, counts, n <= 12 ? 1 : 24);
    }
  });
});

test("every family met every factorisation", () => {
  for (const byName of counts.values()) {
    for (const count of byName.values()) expect(count).toBeGreaterThanOrEqual(400);
  }
});
