// Tests that the README's table of evals equals the one from the code.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tolerance } from "../../gradbench/eval.ts";
import { evals } from "../../gradbench/evals/index.ts";
import { source } from "../../gradbench/published.ts";

const whole = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const readme = whole.slice(whole.indexOf("\n## GradBench\n"));

describe("the section of the README", () => {
  it("lists the evals, their functions and how many workloads they have", () => {
    const rows = readme
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const [, ...listed] = rows.filter((cells) => cells.length === 7);
    expect(listed.map(([, name, , functions, workloads]) => [name, functions, workloads])).toEqual(
      evals.map(({ name, functions, sizes }) => [
        name,
        functions.map((one) => `\`${one}\``).join(", "),
        String(sizes.length),
      ]),
    );
  });

  it("states the tolerance and the date of the published times", () => {
    expect(readme).toContain(`≤ ${tolerance.toExponential()}`);
    expect(readme).toContain(source.date);
  });
});
