/**
 * Runs the cases of ONNX's own tests, and writes what came of them to CONFORMANCE.md:
 *
 *   npm run conformance -w @graddiff/onnx [-- [FOLDER] [--filter TEXT]]    default: where Debian's libonnx-testdata has them
 */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { casesOf } from "./cases.ts";
import { check } from "./check.ts";
import { type Run, reportOf } from "./report.ts";

const parameters = process.argv.slice(2);
const filterAt = parameters.indexOf("--filter");
const filter = filterAt < 0 ? undefined : parameters.splice(filterAt, 2)[1];
const root = parameters[0] ?? "/usr/share/libonnx-testdata/data";
if (!existsSync(join(root, "node"))) {
  console.error(`There is no folder ${join(root, "node")}: apt-get install libonnx-testdata`);
  process.exit(1);
}
const runs: Run[] = [];
for (const folder of ["node", "simple", "pytorch-converted", "pytorch-operator"]) {
  const cases = casesOf(join(root, folder)).filter(
    ({ name }) => filter === undefined || name.includes(filter),
  );
  const outcomes = cases.map((each) => ({ each, outcome: check(each) }));
  runs.push({ folder, outcomes });
  for (const { each, outcome } of outcomes) {
    const { status, reason, compiled = "" } = outcome;
    const isWrong = status === "failed" || compiled.startsWith("wrong");
    if (isWrong) process.exitCode = 1;
    if (isWrong || filter !== undefined) {
      console.log(
        `${folder} ${each.name} (${each.operator}): ${status} ${reason ?? ""} ${compiled}`,
      );
    }
  }
}
const { summary, document } = reportOf(runs);
console.log(summary);
if (filter === undefined) writeFileSync("CONFORMANCE.md", document);
