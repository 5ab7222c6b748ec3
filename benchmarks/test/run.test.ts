// Tests of the runner with planted suites. Timings are not checked.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkAnswers, WrongAnswerError } from "../src/equality.ts";
import { type Host, node } from "../src/host.ts";
import type { Effort } from "../src/measure.ts";
import { run, type Surroundings } from "../src/run.ts";
import { type Contestant, fullName, type Suite } from "../src/suite.ts";
import { suites } from "../src/suites/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "graddiff-benchmarks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const once: Effort = { warmupTime: 0, time: 0, iterations: 1, batchTime: 0 };

/** Returns a contestant that doubles 0, 1, 2, …, but returns `wrong` at element 2 if it is given. */
function doubling(name: string, wrong?: number): Contestant {
  const out = new Float32Array(5);
  const run = () => {
    for (let index = 0; index < out.length; index++) out[index] = 2 * index;
    if (wrong !== undefined) out[2] = wrong;
  };
  return { name, run, results: () => [out] };
}

function planted(...contestants: Contestant[]): Suite {
  return {
    name: "planted",
    description: "doubles five numbers",
    cases: [{ name: "double", dtype: "float32", elements: 5, prepare: () => contestants }],
  };
}

/** A host that takes the place of a browser, but runs in this process. */
const browser: Host & { closed: number } = {
  ...node,
  name: "Planted 1.2.3",
  closed: 0,
  close: async () => {
    browser.closed++;
  },
};

async function runWith(suite: Suite, ...words: string[]) {
  const printed: string[] = [];
  const errors: string[] = [];
  const surroundings: Surroundings = {
    suites: [suite],
    openBrowser: async () => browser,
    runWebGpu: async ({ quick, fallback }, command) => {
      printed.push(JSON.stringify({ quick, fallback, command }));
    },
    defaultJson: path.join(folder, "results/latest.json"),
    packages: ["tinybench"],
    print: (text) => printed.push(text),
    printError: (text) => errors.push(text),
    effort: once,
  };
  const code = await run(words, surroundings);
  return { code, printed: printed.join("\n"), errors };
}

describe("the runner", () => {
  it("prints machine, versions and a table, and writes all of it as JSON", async () => {
    const { code, printed } = await runWith(planted(doubling("js"), doubling("wasm")));
    expect(code).toBe(0);
    expect(printed).toMatch(/Node \d+.*V8 \d+.*tinybench \d+/);
    expect(printed).toMatch(/^double +float32 +5 +\d/m);
    const report = JSON.parse(readFileSync(path.join(folder, "results/latest.json"), "utf8"));
    expect(report).toMatchObject({
      command: "npm run bench",
      quick: false,
      host: expect.stringMatching(/^Node \d+/),
      machine: { cores: expect.any(Number), processor: expect.any(String) },
      versions: { node: process.versions.node, packages: { tinybench: expect.any(String) } },
      results: [{ suite: "planted", case: "double", dtype: "float32", elements: 5 }],
    });
    const contestants = report.results[0].timings.map((one: { contestant: string }) => {
      return one.contestant;
    });
    expect(contestants).toEqual(["js", "wasm"]);
    expect(new Date(report.date).getFullYear()).toBeGreaterThan(2000);
  });

  it("measures in the browser where it is asked to, names it, and closes it in any case", async () => {
    const suite = planted(doubling("js"), doubling("wasm"));
    const json = path.join(folder, "browser.json");
    const { code, printed } = await runWith(suite, "--browser", "--json", json);
    expect(code).toBe(0);
    expect(printed).toMatch(/^Planted 1\.2\.3, tinybench \d+/m);
    expect(printed).toMatch(/^double +float32 +5 +\d/m);
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ host: "Planted 1.2.3" });
    expect(browser.closed).toBe(1);
    const wrong = planted(doubling("js"), doubling("wasm", 5));
    expect((await runWith(wrong, "--browser")).code).toBe(1);
    expect(browser.closed).toBe(2);
  });

  it("hands --webgpu over, which has no --browser, and refuses --fallback without it", async () => {
    const suite = planted(doubling("js"), doubling("wasm"));
    const { code, printed } = await runWith(suite, "--webgpu", "--fallback");
    expect(code).toBe(0);
    const command = "npm run bench -- --webgpu --fallback";
    expect(JSON.parse(printed)).toEqual({ quick: false, fallback: true, command });
    for (const words of [["--fallback"], ["--webgpu", "--browser"]]) {
      const { code: refused, errors } = await runWith(suite, ...words);
      expect(refused).toBe(2);
      expect(errors).toEqual([
        expect.stringMatching(/^--(fallback|webgpu): expected .* beside it\.$/),
      ]);
    }
  });

  it("finds each case by its full name alone", () => {
    const names = suites.flatMap((suite) => suite.cases.map((one) => fullName(suite, one)));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("catches a wrong answer before it times anything, and ends with 1", async () => {
    const suite = planted(doubling("js"), doubling("wasm", 4.000001));
    const { code, errors, printed } = await runWith(suite);
    expect(code).toBe(1);
    expect(errors).toEqual([
      "planted: double, float32, 5: wasm differs from js: " +
        `element 2 of result 0 is ${Math.fround(4.000001)}, not 4.`,
    ]);
    expect(printed).not.toContain("ns/element");
  });

  it("tells −0 from +0, takes all NaN for one, and does not accept leftovers", () => {
    const check = (left: Contestant, right: Contestant) => () =>
      checkAnswers("case", [left, right]);
    expect(check(doubling("a", 0), doubling("b", -0))).toThrow(WrongAnswerError);
    expect(check(doubling("a", Number.NaN), doubling("b", Number.NaN))).not.toThrow();
    const idle = doubling("idle");
    idle.run();
    expect(check(doubling("a"), { ...idle, run: () => {} })).toThrow("idle differs from a");
  });

  it("ends with 2 and one line for a bad argument or a filter that finds nothing", async () => {
    const suite = planted(doubling("js"));
    expect(await runWith(suite, "--fast")).toMatchObject({ code: 2, printed: "" });
    const { code, errors } = await runWith(suite, "--filter", "divide");
    expect(code).toBe(2);
    expect(errors).toEqual([
      `--filter: expected a part of a case's name, got "divide". ` +
        `One name is "planted: double, float32, 5".`,
    ]);
  });

  it("shows its usage, filters by name and writes where it is told", async () => {
    const suite = planted(doubling("js"));
    expect((await runWith(suite, "--help")).printed).toContain("Usage: npm run bench");
    const json = path.join(folder, "elsewhere/mine.json");
    const { code } = await runWith(suite, "--filter", "DOUBLE", "--json", json, "--quick");
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ quick: true });
  });
});
