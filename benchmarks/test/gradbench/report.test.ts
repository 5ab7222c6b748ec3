// Tests that the run of GradBench's harness that is committed has the answers that README states, all of them valid.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Session } from "../../gradbench/harness/drive.ts";
import { formatSummary, type Judged } from "../../gradbench/harness/summary.ts";

interface Report {
  readonly evals: readonly {
    readonly eval: string;
    readonly tools: readonly (Session & { readonly tool: string })[];
  }[];
}

const read = (place: string) => readFileSync(new URL(place, import.meta.url), "utf8");
const { evals } = JSON.parse(read("../../results/report/gradbench-harness.json")) as Report;

const judged: readonly Judged[] = evals.map(({ eval: name, tools }) => ({
  eval: name,
  sessions: tools.map((session) => ({ tool: session.tool, session })),
}));

test("the run has all twelve evals, and the validators accepted every answer of graddiff", () => {
  expect(evals.length).toBe(12);
  const answers = evals.flatMap(({ tools }) => tools[0]?.evaluations ?? []);
  expect(answers.length).toBe(232);
  expect(answers.filter(({ valid }) => !valid)).toEqual([]);
});

test("the log has the verdict of every answer", () => {
  const lines = read("../../results/report/gradbench-harness.jsonl").trim().split("\n");
  const verdicts = lines
    .map(
      (line) => JSON.parse(line) as { tool: string; message?: { kind: string; valid?: boolean } },
    )
    .filter(({ tool, message }) => tool === "graddiff" && message?.kind === "analysis");
  expect(verdicts.length).toBe(232);
  expect(verdicts.every(({ message }) => message?.valid === true)).toBe(true);
});

test("README has the summary of the run", () => {
  const summary = formatSummary(judged).replace(/ +$/gm, "");
  expect(read("../../README.md")).toContain(`\`\`\`text\n${summary}\n\`\`\``);
});
