/**
 * Runs the cases of ONNX's own tests, and writes their outcomes to CONFORMANCE.md:
 *
 *   npm run conformance -w @graddiff/onnx [-- [FOLDER] [--filter TEXT]]    default: where Debian's libonnx-testdata has them
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTestData } from "../support/testData.ts";
import { casesOf } from "./cases.ts";
import { check } from "./check.ts";
import { type Run, reportOf } from "./report.ts";

const { folder: root, filter } = readTestData("", "node");
const runs: Run[] = [];
for (const folder of ["node", "simple", "pytorch-converted", "pytorch-operator"]) {
  const cases = casesOf(join(root, folder)).filter(({ name }) => name.includes(filter));
  const outcomes = cases.map((each) => ({ each, outcome: check(each) }));
  runs.push({ folder, outcomes });
  for (const { each, outcome } of outcomes) {
    const { status, reason, compiled = "" } = outcome;
    const isWrong = status === "failed" || compiled.startsWith("wrong");
    if (isWrong) process.exitCode = 1;
    if (isWrong || filter !== "") {
      console.log(
        `${folder} ${each.name} (${each.operator}): ${status} ${reason ?? ""} ${compiled}`,
      );
    }
  }
}
const { summary, document } = reportOf(runs);
console.log(summary);
if (filter === "") writeFileSync("CONFORMANCE.md", document);
