/** The outcomes of all cases, by folder, by kind and by operator. */

import { type Case, KINDS } from "./cases.ts";
import { OURS, type Outcome, THEIRS } from "./check.ts";

/** The outcomes of the cases in a folder. */
export interface Run {
  readonly folder: string;
  readonly outcomes: readonly { readonly each: Case; readonly outcome: Outcome }[];
}

type Entry = Run["outcomes"][number];

function countsOf(entries: readonly Entry[]) {
  const count = (test: (outcome: Outcome) => boolean) =>
    entries.filter(({ outcome }) => test(outcome)).length;
  return {
    cases: entries.length,
    passed: count(({ status }) => status === "passed"),
    close: count(({ close }) => close === true),
    compiled: count(({ compiled = "not" }) => !/^not|^wrong/.test(compiled)),
    whole: count(({ compiled }) => compiled === "all inputs"),
    refused: count(({ status }) => status === "refused"),
    disputed: count(({ status }) => status === "disputed"),
    failed: count(
      ({ status, compiled = "" }) => status === "failed" || compiled.startsWith("wrong"),
    ),
  };
}

const HEAD =
  "cases | passed | within our bounds | compiled | with all inputs | refused | disputed | failed |";
const LINE = "--: | --: | --: | --: | --: | --: | --: | --: |";

function row(name: string, entries: readonly Entry[]): string {
  const { cases, passed, close, compiled, whole, refused, disputed, failed } = countsOf(entries);
  return `| ${name} | ${[cases, passed, close, compiled, whole, refused, disputed, failed].join(" | ")} |`;
}

function grouped(entries: readonly Entry[], keyOf: (entry: Entry) => string) {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return groups;
}

/** Returns the reasons of outcomes, each once, as a cell of a table. */
function reasonsOf(
  entries: readonly Entry[],
  of: (outcome: Outcome) => string | undefined,
): string {
  const reasons = entries.flatMap(({ outcome }) => of(outcome) ?? []);
  return [...new Set(reasons)].join("; ").replaceAll("|", "\\|");
}

/** @returns a few lines for the console, and the whole report as Markdown. */
export function reportOf(runs: readonly Run[]): { summary: string; document: string } {
  const all = runs.find(({ folder }) => folder === "node")?.outcomes ?? [];
  const folders = [
    `| folder | ${HEAD}`,
    `| --- | ${LINE}`,
    ...runs.map(({ folder, outcomes }) => row(folder, outcomes)),
  ].join("\n");
  const kinds = [
    `| kind, of \`node\` | ${HEAD}`,
    `| --- | ${LINE}`,
    ...KINDS.map((kind) =>
      row(
        kind,
        all.filter(({ each }) => each.kind === kind),
      ),
    ),
  ].join("\n");
  const operators = [
    ...grouped(
      runs.flatMap(({ outcomes }) => outcomes),
      ({ each }) => each.operator,
    ),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const table = [
    "| operator | cases | passed | compiled | refused | disputed | failed | refused or disputed, because of | not compiled, because of |",
    "| --- | --: | --: | --: | --: | --: | --: | --- | --- |",
    ...operators.map(([operator, entries]) => {
      const { cases, passed, compiled, refused, disputed, failed } = countsOf(entries);
      const refusal = reasonsOf(entries, ({ status, reason }) =>
        status === "refused" ? reason : undefined,
      );
      const eager = reasonsOf(entries, ({ compiled: how }) =>
        how?.match(/^not: (.*)$/s)?.[1]?.replaceAll("\n", " "),
      );
      return `| ${operator} | ${[cases, passed, compiled, refused, disputed, failed].join(" | ")} | ${refusal} | ${eager} |`;
    }),
  ].join("\n");
  const document = `# Conformance

Written by \`npm run conformance -w @graddiff/onnx\`: the cases of ONNX's own tests, as Debian's libonnx-testdata (1.17) has
them. *Passed* is within the bounds of ONNX's runner, ${THEIRS.relative} of a number and ${THEIRS.absolute}; ours are
${OURS.relative} and ${OURS.absolute}, or the last place of a shorter float. *Compiled* cases passed compiled, too, with all inputs as arguments or with
those as constants that say how large results are. Operators that draw have other numbers than NumPy, so only their
shapes are compared. *Disputed* are cases whose
results are not those of their model; test/conformance/exceptions.ts lists these.

${folders}

${kinds}

## By operator

${table}
`;
  return { summary: `${folders}\n\n${kinds}`, document };
}
