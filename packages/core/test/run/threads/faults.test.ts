/** Threads whose workers end, do not start, or do not finish their work. */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { bundleProgram } from "../../../../../scripts/bundleProgram.mjs";
import { compile, type Tensor, tensor, uniform, Variable } from "../../../src/index.ts";
import {
  poolInUse,
  setThreads,
  startThreads,
  workersInUse,
} from "../../../src/run/threads/setThreads.ts";
import { workspace } from "../../../src/run/wasm/memory/workspace.ts";
import { WHOLE } from "../../support/sampling.ts";
import { endingInPiece, workerWith } from "../../support/workers.ts";

const EVERYTHING = { program: 0, op: 0, call: 0, partition: 0 };

afterEach(async () => {
  vi.restoreAllMocks();
  await setThreads(1);
});

const square = (x: Tensor) => x.matmul(x).tanh().sum(0);
const x = uniform([90, 90], { seed: 1 });
const expected = compile(square)(x).toArray();

/** Waits until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(holds()).toBe(true), { timeout: 20_000, interval: 5 });
}

test.each([2, 3])(
  "workers that sleep are woken by the next program, with %i threads",
  async (count) => {
    await startThreads(count, { thresholds: EVERYTHING });
    const compiled = compile(square);
    const notify = vi.spyOn(Atomics, "notify");
    // Without a notification the result would be right, too, but late: the caller would compute it.
    await vi.waitFor(
      () => {
        expect(compiled(x).toArray()).toEqual(expected);
        expect(notify.mock.results.map(({ value }) => value)).toContain(count - 1);
      },
      { timeout: 3000, interval: 20 },
    );
  },
);

test("a worker that has ended is replaced, and nothing waits for it", async () => {
  await startThreads(3, { thresholds: EVERYTHING });
  const compiled = compile(square);
  expect(compiled(x).toArray()).toEqual(expected);
  const before = workersInUse()?.get(1);
  await before?.terminate();
  expect(compiled(x).toArray()).toEqual(expected);
  await until(() => workersInUse()?.get(1) !== before);
  // The new worker knows the functions of programs that were made before it started.
  for (let i = 0; i < 200; i++) expect(compiled(x).toArray()).toEqual(expected);
  expect(poolInUse()?.isBroken).toBe(false);
});

test("a worker that ends inside of a piece: the result or an error, and all later calls are right", async () => {
  let errors = 0;
  for (let time = 0; time < (WHOLE ? 100 : 10); time++) {
    await startThreads(2, {
      // Eager ops are not divided, so the caller computes the right result by itself.
      thresholds: { ...EVERYTHING, op: Number.POSITIVE_INFINITY },
      patience: 30,
      worker: () => workerWith(endingInPiece(1 + (time % 7))),
    });
    const weights = new Variable(x);
    const step = compile((a: Tensor) => {
      const loss = square(a.add(weights.value)).sum();
      weights.assign(weights.value.mul(0.5));
      return loss;
    });
    let given: number | undefined;
    for (let i = 0; i < 20 && i !== (given ?? -9) + 3; i++) {
      if (workersInUse() === undefined) given ??= i;
      const old = weights.value;
      const right = square(x.add(old)).sum().item();
      try {
        expect(step(x).item()).toBe(right);
      } catch (error) {
        errors++;
        expect(given).toBeUndefined();
        expect(String(error)).toMatch(
          /^ThreadFault: threads: a worker has not finished within 0.03 s/,
        );
        // The Variables of the step have their old values, or an error says that they are lost.
        if (/are lost/.test(String(error))) {
          expect(() => weights.value.toArray()).toThrow(/are lost/);
          weights.assign(x);
        } else expect(weights.value).toBe(old);
      }
    }
    await setThreads(1);
    const compiled = compile(square);
    expect(compiled(x).toArray()).toEqual(expected);
  }
  expect(errors).toBeGreaterThan(0);
});

test("a worker that starts later is told of all groups of kernels, whatever modules have gone", async () => {
  await startThreads(1);
  const pool = poolInUse();
  const module = pool?.addModule(Uint8Array.of(1), [], 0) ?? 0;
  pool?.addGroup(Uint8Array.of(2));
  pool?.removeModule(module);
  pool?.addGroup(Uint8Array.of(3));
  expect(pool?.startOf(1).known.map(({ bytes }) => [...bytes])).toEqual([[2], [3]]);
});

test("what a piece throws reaches the caller, and the threads go on", async () => {
  await startThreads(2, {
    thresholds: EVERYTHING,
    worker: () =>
      workerWith(`let left = 3;
const add = Atomics.compareExchange;
Atomics.compareExchange = (...given) => {
  const found = add(...given);
  if (found === given[2] && --left === 0) throw new Error("a trap of a test");
  return found;
};`),
  });
  const compiled = compile(square);
  const messages = new Set<string>();
  for (let i = 0; i < 2000 || (messages.size === 0 && i < 200_000); i++) {
    try {
      expect(compiled(x).toArray()).toEqual(expected);
    } catch (error) {
      messages.add(String(error));
    }
  }
  expect([...messages]).toEqual([
    "Error: threads: a piece of a call has failed: Error: a trap of a test",
  ]);
  expect(poolInUse()?.isBroken).toBe(false);
});

test("values stay what they are when the count of threads changes, and memory stays flat", async () => {
  const kept = new Variable(x);
  const step = compile((a: Tensor) => {
    kept.assign(kept.value.add(a));
    return square(kept.value);
  });
  const alone = compile((a: Tensor) => square(a));
  let sum = x;
  for (let time = 0; time < (WHOLE ? 20 : 8); time++) {
    await setThreads(1 + (time % 4));
    const result = step(x);
    sum = sum.add(x);
    expect(kept.value.toArray()).toEqual(sum.toArray());
    expect(result.toArray()).toEqual(alone(sum).toArray());
  }
  await startThreads(2, { thresholds: EVERYTHING });
  const bytes = () => workspace()?.host.memory.buffer.byteLength ?? 0;
  const run = (i: number) =>
    compile((a: Tensor) => a.matmul(a).add(i).tanh())(
      tensor([
        [1, 2],
        [3, i],
      ]),
    );
  for (let i = 0; i < 100; i++) run(i);
  const before = bytes();
  for (let i = 0; i < (WHOLE ? 1000 : 200); i++) {
    run(i);
    // Programs without references are released by garbage collection, which needs a pause.
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(bytes()).toBeLessThan(before + 2 ** 25);
});

test("workers that do not start: one sentence says why, and one thread goes on", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const worker = () => workerWith('throw new Error("none of this");');
  expect(await setThreads(2, { worker })).toBe(1);
  expect(warn.mock.calls).toHaveLength(1);
  expect(warn.mock.calls[0]?.[0]).toMatch(
    /^graddiff: one thread computes, because its workers do not start \(Error: none of this\)\. Where a policy/,
  );
  expect(compile(square)(x).toArray()).toEqual(expected);
});

test.each([0, 1.5, 65, Number.NaN])("%s threads are refused", (count) => {
  expect(() => setThreads(count)).toThrow(
    /^setThreads: count: expected an integer from 1 to 64, got /,
  );
});

test("what makes no worker is refused", async () => {
  const worker = (() => 7) as never;
  await expect(setThreads(2, { worker })).rejects.toThrow(
    "setThreads: worker: expected a function that makes a Worker, got one that makes 7",
  );
  expect(() => setThreads(2, { workers: 2 } as never)).toThrow("setThreads: options:");
});

test("several calls at once take turns", async () => {
  expect(await Promise.all([setThreads(3), setThreads(2), setThreads(4)])).toEqual([3, 2, 4]);
  expect(poolInUse()?.threads).toBe(4);
});

test("threads keep no process alive, two copies have each their own, and so has a worker", async () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-threads-"));
  try {
    const file = await bundleProgram("test/run/threads/programs/process.ts", folder);
    const run = async (program: string) =>
      (await promisify(execFile)(process.execPath, [program], { timeout: 60_000 })).stdout;
    const line = await run(file);
    expect(line).toMatch(/^2 \d/);
    const copy = join(folder, "copy.mjs");
    writeFileSync(copy, readFileSync(file));
    const both = join(folder, "both.mjs");
    writeFileSync(
      both,
      `import { Worker } from "node:worker_threads";
import "./program.mjs";
import "./copy.mjs";
new Worker(new URL("./program.mjs", import.meta.url)).once("message", (line) => console.log(line));
`,
    );
    expect(await run(both)).toBe(line.repeat(3));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
