// Tests of the messages between the rivals' processes and pages, and of the report of their numbers.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pack, unpack } from "../rivals/arrays.mjs";
import { chartName, chartsOf, csvOf } from "../rivals/charts.mjs";
import { groups } from "../src/workloads/index.ts";

it("arrays pass as bytes, empty ones and integers included", () => {
  const arrays = [Float32Array.of(1.5, Number.NaN), new Float32Array(), Int32Array.of(-7, 3, 1000)];
  const bytes = pack(arrays);
  expect(bytes.length).toBe(4 * (1 + 3 + 5));
  expect(unpack(bytes.buffer)).toEqual(arrays.map((array) => Float32Array.from(array)));
  expect(unpack(pack([]).buffer)).toEqual([]);
});

const timings = [
  { library: "graddiff", median: 2, first: 30, difference: 0 },
  { library: "tfjs", median: 5, first: 10, difference: 1e-7, note: 'slow, it says "JS"' },
  { library: "jax-js", reason: "no call of it stands in jax.mjs" },
  { library: "PyTorch", median: 0.5, first: 1, difference: 0 },
  { library: "graddiff, 2 threads", median: 100, first: 30, difference: 0 },
];
const results = [{ group: "Matrix products", workload: "a < b", timings }];
const runs = [{ host: "Node 20.1, V8 11", results }];

it("a report becomes a line of comma-separated values for each library and workload", () => {
  const [header = "", ...lines] = csvOf({ runs }).trimEnd().split("\n");
  expect(header.split(",")).toHaveLength(8);
  expect(lines).toHaveLength(5);
  expect(lines[1]).toBe(
    '"Node 20.1, V8 11",Matrix products,a < b,tfjs,5,10,1e-7,"slow, it says ""JS"""',
  );
  expect(lines[2]).toMatch(/,jax-js,,,,no call of it stands in jax.mjs$/);
});

it("bars are as long as the times of one thread, and a library without a number says why", () => {
  const charts = chartsOf({ runs });
  const name = chartName("Node 20.1", "Matrix products");
  expect(Object.keys(charts)).toEqual([`${name}-light.svg`, `${name}-dark.svg`]);
  const { [`${name}-light.svg`]: light = "", [`${name}-dark.svg`]: dark = "" } = charts;
  const lengths = [...light.matchAll(/<rect x="92"[^>]* width="([^"]*)"/g)].map(([, w]) =>
    Number(w),
  );
  expect(lengths).toEqual([80, 200, 20]);
  expect(light).toContain(">not measured: no program for it</text>");
  expect(light).toContain(">a &#60; b</text>");
  expect(light).not.toContain("threads");
  expect(dark).not.toBe(light);
  // A phone is 390 pixels wide.
  expect(light).toContain('viewBox="0 0 360 ');
});

it("the report that the repository keeps has these workloads, in Node and in Chromium", () => {
  const read = (name: string) =>
    readFileSync(new URL(`../results/report/${name}`, import.meta.url), "utf8");
  const report = JSON.parse(read("report.json"));
  const hosts: string[] = report.runs.map(({ host }: { host: string }) => host.split(" ")[0]);
  expect(hosts).toEqual(["Node", "Chromium"]);
  for (const run of report.runs) {
    expect(run.results.length).toBeGreaterThan(15);
    for (const { group, workload } of run.results) {
      expect(groups[group]?.map(({ name }) => name)).toContain(workload);
    }
  }
  expect(read("report.csv")).toBe(csvOf(report));
});
