// Tests of the runner with planted evals, of the watching process with a planted worker, and of the published times.
// Timings are not checked.

import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { tensor } from "@graddiff/core";
import { afterAll, describe, expect, it } from "vitest";
import type { Eval } from "../../gradbench/eval.ts";
import { evals } from "../../gradbench/evals/index.ts";
import {
  type Job,
  type Message,
  measureJobs,
  type Outcome,
  type Timing,
} from "../../gradbench/measure.ts";
import { publishedOf } from "../../gradbench/published.ts";
import { run, type Surroundings } from "../../gradbench/run.ts";
import { formatEval, formatOverheads, formatScores, scoreOf } from "../../gradbench/table.ts";
import { type Launch, watchJobs } from "../../gradbench/watch.ts";

const folder = mkdtempSync(path.join(tmpdir(), "graddiff-gradbench-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns an eval that doubles its size and a random number; `wrong` is added to the gradient. */
function planted(wrong = 0): Eval<number, readonly [number, number]> {
  return {
    name: "planted",
    description: "doubles",
    functions: ["primal", "gradient"],
    score: "sum",
    sizes: [1, 2],
    nameOf: (size) => `n=${size}`,
    input: (size, random) => [size, random.next()],
    prepare: ([size, drawn]) => ({
      primal: () => [tensor([2 * size, 2 * drawn], { dtype: "float64" })],
      gradient: () => [tensor([2 + wrong])],
    }),
    expected: ([size, drawn]) => ({ primal: () => [[2 * size, 2 * drawn]], gradient: () => [[2]] }),
  };
}

const worker = fileURLToPath(new URL("plantedWorker.mjs", import.meta.url));
const launch: Launch = (jobs) =>
  fork(worker, [JSON.stringify(jobs)], { stdio: ["ignore", "inherit", "pipe", "ipc"] });

const jobsOf = (...names: string[]): Job[] => names.map((name) => ({ size: 0, name }));

const done = (mean: number): Timing => ({
  mean,
  first: 2 * mean,
  fastest: mean / 2,
  runs: 3,
  difference: 0,
});

async function messagesOf(one: Eval<unknown, unknown>, jobs: readonly Job[], seconds = 0) {
  const messages: Message[] = [];
  await measureJobs(one, jobs, seconds, async (message) => void messages.push(message));
  return messages;
}

describe("jobs", () => {
  it("run once to be checked, then again until the time is reached", async () => {
    const messages = await messagesOf(planted(), jobsOf("primal"), 0.02);
    expect(messages.map(({ kind }) => kind)).toEqual(["runs", "rests", "runs", "rests", "done"]);
    const last = messages.at(-1);
    const outcome: Outcome | undefined = last?.kind === "done" ? last.outcome : undefined;
    const { runs, mean } = outcome !== undefined && "mean" in outcome ? outcome : done(0);
    expect(runs).toBeGreaterThan(1);
    expect(runs * mean).toBeGreaterThanOrEqual(19.99);
  });

  it("with a wrong answer are told and not timed, and the others go on", async () => {
    const messages = await messagesOf(planted(0.001), [
      { size: 1, name: "gradient" },
      { size: 1, name: "primal" },
    ]);
    const outcomes = messages.filter((message) => message.kind === "done");
    expect(outcomes).toMatchObject([
      { outcome: { reason: expect.stringMatching(/^wrong answer: number 0 of result 0/) } },
      { outcome: { difference: 0 } },
    ]);
    expect(messages.slice(0, 3).map(({ kind }) => kind)).toEqual(["runs", "rests", "done"]);
  });

  it("have the same random numbers whichever are chosen", async () => {
    let seen = 0;
    const spying = {
      ...planted(),
      expected: ([, drawn]: readonly [number, number]) => {
        seen = drawn;
        return planted().expected([2, drawn]);
      },
    };
    await messagesOf(spying, [
      { size: 0, name: "primal" },
      { size: 1, name: "primal" },
    ]);
    const whole = seen;
    await messagesOf(spying, [{ size: 1, name: "primal" }]);
    expect(seen).toBe(whole);
    expect(whole).toBe(0.9664407992811007);
  });

  it("of an eval without a score are checked alone", async () => {
    const messages = await messagesOf({ ...planted(), score: "none" }, jobsOf("primal"), 10);
    expect(messages.at(-1)).toEqual({ kind: "done", outcome: { right: true, difference: 0 } });
  });
});

describe("the process that watches", () => {
  it("goes on after a process has died, and says how", async () => {
    const outcomes = await watchJobs(jobsOf("a", "dies", "b"), 60_000, launch);
    expect(outcomes).toMatchObject([
      { mean: 1 },
      { reason: "the process ended with code 134: FATAL ERROR: no memory is left" },
      { mean: 1 },
    ]);
  });

  it("ends what is above the limit, and says so of all that was not run", async () => {
    const outcomes = await watchJobs(jobsOf("a", "hangs", "b", "c"), 300, launch);
    expect(outcomes).toMatchObject([
      { mean: 1 },
      { reason: "over the limit of 0.3 s for the eval" },
      { reason: "not run: the eval's 0.3 s were used up" },
      { reason: "not run: the eval's 0.3 s were used up" },
    ]);
  });
});

describe("the runner", () => {
  async function runWith(...words: string[]) {
    const printed: string[] = [];
    const errors: string[] = [];
    const launched: unknown[] = [];
    const surroundings: Surroundings = {
      evals: [planted()],
      launch: (name, seconds) => (jobs) => {
        launched.push([name, seconds, jobs.map((job) => `${job.size} ${job.name}`).join()]);
        return launch(jobs);
      },
      defaultJson: path.join(folder, "results/gradbench.json"),
      print: (text) => printed.push(text),
      printError: (text) => errors.push(text),
    };
    const code = await run(words, surroundings);
    return { code, printed: printed.join("\n"), errors, launched };
  }
  it("prints where numbers are from, a table and scores, and writes all of it as JSON", async () => {
    const { code, printed, launched } = await runWith();
    expect(code).toBe(0);
    expect(launched).toEqual([["planted", 1, "0 primal,0 gradient,1 primal,1 gradient"]]);
    expect(printed).toMatch(/Node \d+.*@graddiff\/core \d+/);
    expect(printed).toContain("gradbench/gradbench (MIT), commit f26651a");
    expect(printed).toContain("on another machine");
    expect(printed).toMatch(/^n=2 +gradient +1\.00 +1\.00 +1$/m);
    expect(printed).toMatch(/^planted +250$/m);
    const report = JSON.parse(readFileSync(path.join(folder, "results/gradbench.json"), "utf8"));
    expect(report).toMatchObject({ command: "npm run bench:gradbench", quick: false });
    expect(report.results[3]).toEqual({
      eval: "planted",
      workload: "n=2",
      function: "gradient",
      mean: 1,
      first: 1,
      fastest: 1,
      runs: 1,
      difference: 0,
    });
  });

  it("chooses workloads by name, and is quick where that is asked", async () => {
    const { printed, launched } = await runWith("--quick", "--filter", "PLANTED: n=2");
    expect(launched).toEqual([["planted", 0.1, "1 primal,1 gradient"]]);
    expect(printed).not.toContain("n=1");
    expect(printed).toMatch(/^planted +–$/m);
  });

  it("ends with 2 and one line for a bad argument or a filter that finds nothing", async () => {
    expect((await runWith("--fast")).code).toBe(2);
    const { code, errors } = await runWith("--filter", "divide");
    expect(code).toBe(2);
    expect(errors).toEqual([
      `--filter: expected a part of a workload's name, got "divide". One name is "planted: n=1".`,
    ]);
    expect((await runWith("--help")).printed).toContain("npm run bench:gradbench");
  });
});

describe("the tables", () => {
  const [lse = planted()] = evals.filter(({ name }) => name === "lse");
  const results = lse.sizes.slice(0, 2).flatMap((size, place) =>
    lse.functions.map((name, i) => ({
      job: { size: place, name },
      workload: lse.nameOf(size),
      outcome: place === 1 && i === 1 ? { reason: "over the limit" } : done(0.027 / (i + 1)),
    })),
  );

  it("have published times and ratios beside ours, and reasons below", () => {
    const lines = formatEval(lse, results).split("\n");
    expect(lines[0]).toMatch(
      /^workload +function +graddiff ms +fastest +runs +hand ms +ratio +Enzyme ms/,
    );
    expect(lines[2]).toMatch(/^n=2500 +primal +0\.0270 +0\.0135 +3 +0\.0135 +0\.500× +0\.0137 /);
    expect(lines[3]).toMatch(
      /^n=2500 +gradient +0\.0135 +0\.00675 +3 +0\.0157 +1\.16× +0\.0278 +2\.06×/,
    );
    expect(lines[5]).toMatch(/^n=5000 +gradient +– +– +– +0\.0315 +– /);
    expect(lines.at(-1)).toBe("n=5000 gradient: over the limit");
  });

  it("score one over the sum, or over the fastest, and only whole evals", () => {
    const fastest = { ...planted(), score: "fastest" } as const;
    expect(scoreOf(planted(), [1, 2, 3, 4])).toBe(100);
    expect(scoreOf(fastest, [4, 2, 3, 8])).toBe(500);
    expect(scoreOf(planted(), [1, 2, 3, undefined])).toBeUndefined();
    expect(formatScores([{ one: lse, results }])).toMatch(/^lse +– +– +–/m);
    // With the times of the hand-written tool, the computed score is its published score: 1 s over the sum of its
    // means.
    const byHand = lse.sizes.flatMap((size, place) =>
      lse.functions.map((name, i) => {
        const [hand] = publishedOf("lse", lse.nameOf(size));
        const outcome = done(hand?.milliseconds[i] ?? Number.NaN);
        return { job: { size: place, name }, workload: lse.nameOf(size), outcome };
      }),
    );
    const scores = formatScores([{ one: lse, results: byHand }]);
    expect(scores).toMatch(/^eval +graddiff 1\/s +\/hand +\/Enzyme +\/JAX/);
    expect(scores).toMatch(/^lse +33\.2 +1\.00× +1\.44× +1\.06×/m);
    // The computed ratio of derivative over value is its published ratio.
    const logs = lse.sizes.map((size) => {
      const [value = 0, derivative = 0] =
        publishedOf("lse", lse.nameOf(size))[0]?.milliseconds ?? [];
      return Math.log(derivative / value);
    });
    const ratio = Math.exp(logs.reduce((sum, log) => sum + log) / logs.length).toFixed(2);
    const overheads = formatOverheads([{ one: lse, results: byHand }]);
    expect(overheads).toMatch(/^eval +graddiff +place +hand +Enzyme +JAX +PyTorch +tfjs$/m);
    expect(overheads).toMatch(new RegExp(`^lse +${ratio}× +1 of 6 +${ratio}× `, "m"));
  });

  it("have the derivative over the value, of workloads that have both, and graddiff's place", () => {
    // The second workload has no gradient.
    expect(formatOverheads([{ one: lse, results }])).toMatch(
      /^lse +0\.500× +1 of 6 +1\.16× +2\.03× +1\.10× +11\.2× +6\.32×$/m,
    );
    const slow = results.map((result) =>
      result.job.name === "gradient" && "mean" in result.outcome
        ? { ...result, outcome: done(0.027 * 8) }
        : result,
    );
    expect(formatOverheads([{ one: lse, results: slow }])).toMatch(/^lse +8\.00× +5 of 6/m);
    expect(formatOverheads([{ one: planted(), results: [] }])).toMatch(/^planted +– +–$/m);
  });
});

describe("the published times", () => {
  it("are there for every workload of every eval that is timed", () => {
    const timed = evals.filter(({ score }) => score !== "none");
    expect(timed.length).toBe(11);
    for (const one of timed) {
      for (const size of one.sizes) {
        const published = publishedOf(one.name, one.nameOf(size));
        expect(published.length).toBeGreaterThan(2);
        for (const { milliseconds } of published) {
          expect(milliseconds.length).toBe(one.functions.length);
          for (const time of milliseconds) expect(time === undefined || time > 0).toBe(true);
        }
      }
    }
  });

  it("are GradBench's", () => {
    expect(publishedOf("llsq", "n=1024,m=128")).toEqual([
      { tool: "hand", milliseconds: [0.122, 0.25] },
      { tool: "Enzyme", milliseconds: [0.13, 0.187] },
      { tool: "JAX", milliseconds: [0.684, 0.783] },
      { tool: "tfjs", milliseconds: [15.6, 25.7] },
    ]);
    const [, , , pytorch] = publishedOf("ba", "ba5_n257_m65132_p225911");
    expect(pytorch).toEqual({ tool: "PyTorch", milliseconds: [undefined, undefined] });
  });
});
