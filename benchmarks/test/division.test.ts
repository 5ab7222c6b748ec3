// The laws of division and of threads for whole workloads: for every division of the calls, and every order of the
// pieces that dependencies allow, the results have the same bits.

import type { Tensor } from "@graddiff/core";
import { expect, test, vi } from "vitest";
import { DeviceRun } from "../../packages/core/src/run/device/run.ts";
import { setThreads } from "../../packages/core/src/run/threads/setThreads.ts";
import { MemoryRun } from "../../packages/core/src/run/wasm/memory/memory.ts";
import { workspace } from "../../packages/core/src/run/wasm/memory/workspace.ts";
import { dividedProgram, type Tally } from "../../packages/core/test/support/division.ts";
import { chooser } from "../../packages/core/test/support/randomFunctions.ts";
import { sampled, WHOLE } from "../../packages/core/test/support/sampling.ts";
import { workloads } from "../src/workloads/index.ts";
import type { Workload } from "../src/workloads/workload.ts";

const choose = chooser(7);
const tally: Tally = new Map();

type Elements = ReturnType<Tensor["data"]>;

/**
 * Returns copies of the results of two successive calls: training continues, and other workloads free their earlier
 * results.
 */
function resultsOf({ prepare }: Workload): readonly Elements[] {
  const call = prepare("compiled");
  const results = () => call().map((result) => result.data());
  return [...results(), ...results()];
}

/** Returns the results of two calls, with every program divided at random. */
function dividedResultsOf(workload: Workload): readonly Elements[] {
  const { run } = DeviceRun.prototype;
  const divided = new WeakMap<DeviceRun, DeviceRun>();
  const runs = vi.spyOn(DeviceRun.prototype, "run").mockImplementation(function (
    this: DeviceRun,
    inputs,
    clock,
  ) {
    const space = workspace();
    if (space === undefined) throw new Error("no WebAssembly");
    const own =
      divided.get(this) ?? new MemoryRun(dividedProgram(this.program, choose, tally), space);
    divided.set(this, own);
    return run.call(own, inputs, clock);
  });
  try {
    const results = resultsOf(workload);
    expect(runs, workload.name).toHaveBeenCalled();
    return results;
  } finally {
    runs.mockRestore();
  }
}

/** Compares results bit for bit. */
function expectBits(results: readonly Elements[], expected: readonly Elements[]): void {
  expect(results).toHaveLength(expected.length);
  results.forEach((result, i) => {
    const [own, whole] = [result, expected[i] as Elements].map(
      ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
    );
    expect(own?.equals(whole as Buffer), `result ${i}`).toBe(true);
  });
}

test.each(sampled(workloads, 24))("$name, divided, has the bits of the whole", (workload) => {
  expectBits(dividedResultsOf(workload), resultsOf(workload));
});

test("they were divided", () => {
  const ways = [...tally].filter(([what]) => !what.includes(":"));
  // A sample may have no workload with many divisions.
  const [most, all] = WHOLE ? [4, 50] : [0, 1];
  expect(ways.length).toBeGreaterThan(most);
  expect(ways.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(all);
});

test.runIf(WHOLE)("with two, three and four threads workloads have the bits of one", async () => {
  const own = sampled(workloads, 24, 4);
  const expected = own.map(resultsOf);
  for (const threads of [2, 3, 4]) {
    expect(await setThreads(threads)).toBe(threads);
    own.forEach((workload, i) => {
      expectBits(resultsOf(workload), expected[i] as readonly Elements[]);
    });
  }
  await setThreads(1);
});
