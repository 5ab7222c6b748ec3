/**
 * Diagnostics agree with arviz-stats on series that JavaScript and Python generate alike; wrong arguments are refused.
 */

import { stack, zeros } from "@graddiff/core";
import { bfmi, essBulk, essTail, mcse, rhat } from "@graddiff/stats";
import { expect, test } from "vitest";
import { complaint, double, golden } from "./support.ts";

type Series = [
  kind: string,
  chains: number,
  draws: number,
  phi: number,
  shift: number,
  seed: number,
];

interface Case extends Record<string, number | null | object> {
  readonly series: Series;
  readonly bfmi: readonly number[];
}

const cases: readonly Case[] = golden("diagnostics").cases;

/** Returns a series by the same operations in the same order as `series` of diagnostics.py. */
function series([kind, chains, draws, phi, shift, seed]: Series) {
  let state = seed;
  const next = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const rows = Array.from({ length: chains }, (_, c) => {
    let x = 0;
    return Array.from({ length: draws }, (_, i) => {
      const noise = next() + next() + next() - 1.5;
      x = phi * x + noise;
      const value = x + shift * c;
      if (kind === "ties") return Math.floor(value * 2);
      if (kind === "heavy") return value / (next() + 0.001);
      if (kind === "trend") return value + i * 0.01;
      if (kind === "sign") return value > 0 ? 1 : 0;
      return value;
    });
  });
  return double(rows);
}

/** The relative error of a result; 0 if neither library has a finite result, 1 if only arviz-stats has none. */
const off = (got: number, expected: number | null) =>
  expected === null
    ? Number.isFinite(got)
      ? 1
      : 0
    : Math.abs(got - expected) / Math.abs(expected);

test.each(cases)("diagnostics are those of arviz-stats: $series", (expected) => {
  const x = series(expected.series);
  for (const [name, fn] of Object.entries({ rhat, essBulk, essTail, mcse })) {
    // arviz-stats gives no R̂ of one chain.
    if (name === "rhat" && expected.series[1] === 1) continue;
    expect(off(fn(x).item(), expected[name] as number | null), name).toBeLessThan(1e-12);
  }
  const shares = bfmi(x).data();
  expect(shares.length).toBe(expected.bfmi.length);
  for (const [i, share] of shares.entries()) {
    expect(off(share, expected.bfmi[i] ?? null)).toBeLessThan(1e-12);
  }
});

test("each element of what is drawn has its own number", () => {
  const a = series(["plain", 4, 100, 0, 0, 1]);
  const b = series(["plain", 4, 100, 0.8, 0, 2]);
  const both = essBulk(stack([a, b], 2).reshape([4, 100, 2, 1]));
  expect(both.shape).toEqual([2, 1]);
  expect(Array.from(both.data())).toEqual([essBulk(a).item(), essBulk(b).item()]);
});

test("one chain has the R̂ of its halves", () => {
  const drifting = rhat(series(["trend", 1, 400, 0, 0, 1])).item();
  const steady = rhat(series(["plain", 1, 400, 0, 0, 1])).item();
  expect([drifting > 1.1, steady < 1.02]).toEqual([true, true]);
});

test("draws that are not finite have no diagnostics, and too few are refused", async () => {
  expect(rhat(series(["plain", 2, 10, 0, 0, 1]).div(0)).item()).toBeNaN();
  expect(await complaint(() => rhat(zeros([4, 3], { dtype: "float64" })))).toBe(
    "ShapeError: rhat: draws: expected [chains, draws, …] with at least 4 draws, got [4, 3].",
  );
  expect(await complaint(() => essTail(zeros([4, 9])))).toMatch(
    /^DTypeError: essTail: draws: expected float64, got float32\./,
  );
  expect(await complaint(() => bfmi(zeros([4, 9, 2], { dtype: "float64" })))).toBe(
    "ShapeError: bfmi: energies: expected [chains, draws], got [chains, draws, 2].",
  );
});
