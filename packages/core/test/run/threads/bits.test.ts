/**
 * The law of threads: with any number of threads, and however calls are divided, bits and errors are those of one
 * thread.
 */

import { afterAll, expect, test, vi } from "vitest";
import { setRunner, type Tensor } from "../../../src/index.ts";
import type { Program } from "../../../src/run/program/program.ts";
import { ThreadsOf } from "../../../src/run/threads/divided.ts";
import { scheduleOf } from "../../../src/run/threads/schedule.ts";
import { poolInUse, setThreads, startThreads } from "../../../src/run/threads/setThreads.ts";
import { MemoryRun } from "../../../src/run/wasm/memory/memory.ts";
import { type Workspace, workspace } from "../../../src/run/wasm/memory/workspace.ts";
import {
  programFor,
  programs,
  randomFunctions,
  refusals,
  sampledOps,
} from "../../support/dividedPrograms.ts";
import { expectSameBits } from "../../support/opChecks.ts";
import { sampled, seedsTo } from "../../support/sampling.ts";

/** Thresholds of 0, with which all calls that can be divided among threads are divided. */
const EVERYTHING = { program: 0, op: 0, call: 0, partition: 0 };

interface Case {
  readonly name: string;
  readonly program: Program;
  readonly inputs: readonly Tensor[];
}

/** Returns the kinds of steps in the schedule of a program. The tests check that every kind occurs. */
function kindsOf({ program }: Case, threads: number): string[] {
  const schedule = scheduleOf(program, threads, EVERYTHING);
  return (schedule?.steps ?? []).flatMap((step) => {
    if ("stepped" in step) return ["stepped"];
    if ("alone" in step) return ["alone"];
    const { partitions, check } = step.phase;
    return [
      "phase",
      ...(check === undefined ? [] : ["check"]),
      ...(partitions.some(({ length }) => length > 1) ? ["several calls in a piece"] : []),
      ...(new Set(partitions.map(([call]) => call?.function)).size > 1
        ? ["several functions"]
        : []),
    ];
  });
}

/** The number of runs of a program, which is small so that its memory is released soon. */
const TIMES = 2;

function* cases(): Generator<Case> {
  // The pinned seeds have calls that may fail in one phase with short calls.
  const seeds = sampled(seedsTo(400), 60, "", [11, 118, 150]);
  for (const { name, fn, inputs } of [...sampledOps(12, 0), ...randomFunctions(seeds)]) {
    yield { name, program: programFor(fn, inputs), inputs };
  }
  for (const [name, [fn, inputs]] of Object.entries(programs)) {
    yield { name, program: programFor(fn, inputs), inputs };
  }
  for (const inputs of refusals.cases) {
    yield { name: "several refusals", program: programFor(refusals.fn, inputs), inputs };
  }
}

/** Returns the results of a run, or the message of its error. */
function outcomeOf({ program, inputs }: Case, space: Workspace): readonly Tensor[] | string {
  const run = new MemoryRun(program, space);
  try {
    let results: Tensor[] = [];
    for (let time = 0; time < TIMES; time++) results = run.run(inputs);
    for (const result of results) result.toArray();
    return results;
  } catch (error) {
    return String(error);
  } finally {
    run.release();
  }
}

afterAll(() => setThreads(1));

test("with two, three and four threads bits and errors are those of one", async () => {
  const all = [...cases()];
  const expected = all.map((own) => outcomeOf(own, workspace() as Workspace));
  let refused = 0;
  for (const threads of [2, 3, 4]) {
    // With three threads, the caller leaves all work to the workers.
    await startThreads(threads, { thresholds: EVERYTHING, isIdle: threads === 3 });
    const space = workspace() as Workspace;
    expect(poolInUse()?.space).toBe(space);
    let divided = 0;
    all.forEach((own, i) => {
      const [whole, found] = [expected[i], outcomeOf(own, space)];
      if (typeof whole === "string" || typeof found === "string") {
        expect(found, own.name).toBe(whole);
        refused++;
        return;
      }
      if (space.threads?.divide(own.program) !== undefined) divided++;
      whole?.forEach((result, k) => {
        expectSameBits(found[k] as Tensor, result);
      });
    });
    expect(divided).toBeGreaterThan(all.length / 4);
  }
  expect(refused).toBeGreaterThan(0);
  const kinds = new Set(all.flatMap((own) => kindsOf(own, 3)));
  expect([...kinds].sort()).toEqual([
    ...["alone", "check", "phase", "several calls in a piece", "several functions", "stepped"],
  ]);
});

test("so have ops that are computed at once", async () => {
  setRunner("wasm");
  const run = () => Object.values(programs).flatMap(([fn, inputs]) => [...fn(...inputs)]);
  const expected = run();
  await startThreads(3, { thresholds: EVERYTHING, isIdle: true });
  const told = vi.spyOn(ThreadsOf.prototype, "divideOnce");
  const found = run();
  found.forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
  expect(told.mock.results.some(({ value }) => value !== undefined)).toBe(true);
  told.mockRestore();
});
