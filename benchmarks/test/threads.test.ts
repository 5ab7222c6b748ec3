// Tests of the benchmark of threads. Timings are not checked.

import { expect, test } from "vitest";
import { formatThreads, threadTimes } from "../src/threads.ts";
import { workloads } from "../src/workloads/index.ts";

test("a workload is timed with one and with two threads, and scheduled on free cores", async () => {
  const workload = workloads.find(({ name }) => name === "train 784-128-64-10");
  if (workload === undefined) throw new Error("there is no such workload");
  let other = "";
  const beside = (call: () => unknown, name: string) => {
    other = name;
    const start = performance.now();
    call();
    return Promise.resolve(performance.now() - start);
  };
  const times = await threadTimes(workload, 2, { time: 20, rounds: 1 }, beside);
  expect(other).toBe(workload.name);
  expect(times.alone).toBeGreaterThan(0);
  expect(times.ratio).toBeGreaterThan(0);
  expect(times.most).toBeGreaterThan(0);
  expect(times.scheduled).toHaveLength(3);
  for (const ratio of times.scheduled) expect(ratio).toBeGreaterThan(0);
  const [header, , row] = formatThreads([times], 2).split("\n");
  expect(header).toMatch(
    /^workload +1 thread ms +2 threads +2 cores at most +2 free cores +4 free cores +8 free cores$/,
  );
  expect(row).toMatch(/^train 784-128-64-10 +[\d.]+( +[\d.]+×){5}$/);
});
