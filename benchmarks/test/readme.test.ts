// Tests that the README's timings are those that a run of `npm run bench:rivals` has written.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Results {
  readonly quick: boolean;
  readonly results: readonly {
    readonly workload: string;
    readonly timings: readonly {
      readonly library: string;
      readonly median?: number;
      readonly first?: number;
    }[];
  }[];
}

const read = (place: string) => readFileSync(new URL(place, import.meta.url), "utf8");
const readme = read("../../README.md");
const report = JSON.parse(read("../results/report/report.json")) as {
  readonly runs: readonly [Results, ...Results[]];
};
const [{ quick, results }] = report.runs;

/** Rounds to two significant digits. */
function rounded(value: number): string {
  const digits = Number(value.toPrecision(2));
  return digits < 10
    ? digits.toFixed(Math.max(0, 1 - Math.floor(Math.log10(digits))))
    : `${digits}`;
}

function timesOf(workload: string, measure: "median" | "first") {
  const found = results.find((own) => own.workload === workload);
  expect(found, workload).toBeDefined();
  return (library: string) => {
    return found?.timings.find((own) => own.library === library)?.[measure];
  };
}

const rows = readme
  .slice(readme.indexOf("| float32, one thread |"))
  .split("\n\n")[0]
  ?.split("\n")
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("the table has the medians and ratios of one run of all workloads", () => {
  expect(quick).toBe(false);
  expect(rows?.length).toBeGreaterThan(15);
  for (const [workload = "", own, ...others] of rows ?? []) {
    const timeOf = timesOf(workload, "median");
    const base = timeOf("graddiff") ?? Number.NaN;
    expect(own, workload).toBe(rounded(base));
    const ratios = ["tfjs", "jax-js", "PyTorch"].map((library) => {
      const time = timeOf(library);
      return time === undefined ? "–" : rounded(time / base);
    });
    expect(others, workload).toEqual(ratios);
  }
});

test("the ratios of first calls are those of the first three rows", () => {
  const ratios = (library: string) =>
    (rows ?? []).slice(0, 3).map(([workload = ""]) => {
      const timeOf = timesOf(workload, "first");
      return (timeOf(library) ?? Number.NaN) / (timeOf("graddiff") ?? Number.NaN);
    });
  const range = (library: string) =>
    `${rounded(Math.min(...ratios(library)))} to ${rounded(Math.max(...ratios(library)))} times`;
  const told = readme.replaceAll("\n", " ");
  expect(told).toContain(`jax-js ${range("jax-js")} as long for the first three rows`);
  expect(told).toContain(`which compiles nothing, ${range("tfjs")}.`);
});
