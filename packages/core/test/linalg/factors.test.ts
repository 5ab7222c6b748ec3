/**
 * The laws of factors for a sample of matrices that are hard to factorise. `test/slow/factors.test.ts` tries all of
 * them.
 */

import { afterAll, afterEach, describe, expect, test } from "vitest";
import { setRunner } from "../../src/index.ts";
import { describeCounts, expectLaws, noCounts } from "../support/factorLaws.ts";
import { allSamples, someSamples } from "../support/matrixFamilies.ts";
import { sampled, sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(3);

const counts = noCounts();
afterEach(() => setRunner("wasm"));
afterAll(() => console.log(`Matrices that were factorised\n${describeCounts(counts)}`));

type Size = [m: number, n: number, step: number, every: number];

const square = (lengths: readonly number[], step: number, every: number) =>
  lengths.map((n): Size => [n, n, step, every]);

/** Rows and columns; the matrices are sampled, one of `step`, and JavaScript computes one of `every` of the sample. */
const SIZES: readonly Size[] = [
  ...square([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 2, 5),
  ...square([31, 32, 33], 8, 8),
  ...square([63, 64, 65], 44, 5),
  ...square([130], 66, 50),
  ...[
    [1, 4],
    [4, 1],
    [5, 9],
    [9, 5],
    [33, 12],
    [12, 33],
  ].map(([m = 0, n = 0]): Size => [m, n, 2, 5]),
];

const DTYPES = ["float32", "float64"] as const;

describe.each(DTYPES)("in %s", (dtype) => {
  test.each(sampled(SIZES, 2, DTYPES.indexOf(dtype)))(
    "factors of %i × %i matrices are orthogonal and give the matrix",
    (m, n, step, every) => {
      expectLaws(someSamples(m, n, dtype, step), dtype, counts, every);
    },
  );
});

test.each(["float32", "float64"] as const)(
  "chains at every scale are not refused, in %s",
  (dtype) => {
    const chains = allSamples(12, 12, dtype)
      .flat()
      .filter(({ family }) => family === "chains");
    expect(chains.length).toBeGreaterThanOrEqual(50);
    expectLaws(chains, dtype, counts, 20);
  },
);

/**
 * An iteration takes more than 30 steps for one singular value or eigenvalue of each of these matrices, and few for the
 * others.
 */
test("graded matrices are not refused", () => {
  const [samples = []] = allSamples(50, 50, "float64");
  const graded = samples.filter(({ family }) => family.startsWith("graded") || family === "Kahan");
  expect(graded.length).toBeGreaterThanOrEqual(8);
  expectLaws(graded, "float64", counts, 10);
});

test("every family met every factorisation", () => {
  for (const byName of counts.values()) {
    for (const count of byName.values()) expect(count).toBeGreaterThanOrEqual(WHOLE ? 10 : 4);
  }
});
