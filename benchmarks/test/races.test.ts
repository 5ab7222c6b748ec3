// Tests that whole workloads have no races, as threads divide them in production: no two partitions of a job touch a
// byte that one of them writes.

import { expect, test } from "vitest";
import { ThreadsOf } from "../../packages/core/src/run/threads/divided.ts";
import {
  replaceWorkspace,
  sharedWorkspace,
} from "../../packages/core/src/run/wasm/memory/workspace.ts";
import { drawnPool } from "../../packages/core/test/support/division.ts";
import { RaceRecorder, WatchedThreads, watching } from "../../packages/core/test/support/races.ts";
import { chooser } from "../../packages/core/test/support/randomFunctions.ts";
import { recordAccesses } from "../../packages/core/test/support/recordedWasm.ts";
import { sampled } from "../../packages/core/test/support/sampling.ts";
import { workloads } from "../src/workloads/index.ts";

const recorder = new RaceRecorder();
recordAccesses(recorder);
const space = sharedWorkspace(() => {});
const pool = drawnPool(space, 4, chooser(62), watching(recorder));
const threads = new WatchedThreads(new ThreadsOf(pool), recorder);
space.threads = threads;
replaceWorkspace(space);

/**
 * The workloads that touch about a gigabyte or more, which are left out since others have the same calls in smaller
 * sizes.
 */
const LARGE = [
  "product of 1024 × 1024",
  "gradients of conv2d of 3 × 3",
  "gradients of causal attention",
];
const small = workloads.filter(({ name }) => !LARGE.includes(name));

test.each(sampled(small, 20))("partitions of $name have no race", ({ prepare }) => {
  recorder.races.length = 0;
  for (const result of prepare("compiled")()) result.data();
  expect(recorder.races).toEqual([]);
});

test("no large workload was renamed", () => {
  expect(workloads.length - small.length).toBe(LARGE.length);
});
