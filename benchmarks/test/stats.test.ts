// Tests that the README's table of the sampler is that of a run of `npm run bench:stats -- --report`, and that it is in its bounds.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatNumber } from "../src/table.ts";

const read = (place: string) => readFileSync(new URL(place, import.meta.url), "utf8");
const { quick, results } = JSON.parse(read("../results/stats.json")) as {
  readonly quick: boolean;
  readonly results: readonly {
    readonly posterior: string;
    readonly firstRun: number;
    readonly step: number;
    readonly byHand: number;
  }[];
};

test("the table of the README has the numbers of one run of all posteriors", () => {
  expect(quick).toBe(false);
  const rows = results.map(({ posterior, firstRun, step, byHand }) => {
    const cells = [...[firstRun, step, byHand].map(formatNumber), (step / byHand).toFixed(2)];
    return `| ${[posterior, ...cells].join(" | ")} |`;
  });
  expect(read("../README.md")).toContain(
    [
      "| posterior | first run | a step | by hand | ratio |",
      "|---|---:|---:|---:|---:|",
      ...rows,
    ].join("\n"),
  );
});

/** The greatest ratios of the time of a step to that of the one by hand. */
const MOST: Readonly<Record<string, number>> = {
  "eight schools": 1.3,
  "logistic regression of 1000 × 20": 0.4,
  "normal of 100 dimensions": 0.6,
  "Gaussian process of 50 points": 0.9,
  "funnel of 10 dimensions, not centred": 1.3,
};

test("the ratios of that run are in their bounds, and eight schools is there in half a second", () => {
  expect(results.map(({ posterior }) => posterior)).toEqual(Object.keys(MOST));
  for (const { posterior, step, byHand, firstRun } of results) {
    expect(step / byHand, posterior).toBeLessThanOrEqual(MOST[posterior] ?? 0);
    if (posterior === "eight schools") expect(firstRun).toBeLessThanOrEqual(500);
  }
});
