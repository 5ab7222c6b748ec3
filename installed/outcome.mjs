/** The checks of a row's report, and the table of the results of all rows. */

import { readFileSync } from "node:fs";

const program = readFileSync(new URL("files/program.mjs", import.meta.url), "utf8");
const row = program.split("\n").findIndex((line) => line.includes("x.add(tensor([1, 2, 3]))")) + 1;

/** The source location of the mistake: its line in the file, and the column of the call or of its receiver. */
const PLACE_IN_FILE = /^program\.mjs:\d+:\d+$/;
const PLACE = new RegExp(`^program\\.(mjs|cjs):${row}:(17|19)$`);

/**
 * Returns the faults of a report, as sentences. A source location that the report has must always be right.
 *
 * @param expected `threads`: their number (default: not checked); `runner` and `loops`: "wasm" (default) or "js";
 *   `warning`: a pattern of the one warning (default: no warning); `named`: true if the report must have the source
 *   location of the mistake; `rewritten`: true if the toolchain changes line numbers.
 */
export function faultsOf(report, expected, reference) {
  const { runner = "wasm", loops = runner, warning, named = false, rewritten = false } = expected;
  const { threads } = expected;
  const faults = [];
  const demand = (holds, text) => holds || faults.push(text);
  if (report.failure) return [report.failure];
  demand(report.gradient === reference.gradient, "the gradient has other bits than in Node");
  demand(report.step === reference.step, "the compiled step has other bits than in Node");
  // The reference runs in JavaScript, which has no profile. The first row with one, in Node, becomes the reference.
  reference.profiled ??= report.profiled;
  for (const part of loops === "wasm" ? ["names", "profiled"] : ["names"]) {
    const [found, wanted] = [report[part], reference[part]];
    demand(found === wanted, `${part}: expected\n${wanted}\ngot\n${found}`);
  }
  demand(report.runner === runner, `runner: expected ${runner}, got ${report.runner}`);
  demand(report.loops === loops, `loops: expected ${loops}, got ${report.loops}`);
  demand(
    (rewritten ? PLACE_IN_FILE : PLACE).test(report.place) || (report.place === "" && !named),
    `place: expected program.mjs:${row}:17, got ${report.place || "none"}`,
  );
  if (threads !== undefined) {
    demand(report.threads === threads, `threads: expected ${threads}, got ${report.threads}`);
    demand(report.same === true, "threads compute other bits than one");
  }
  const { warnings } = report;
  demand(warnings.length === (warning ? 1 : 0), `warnings: got ${JSON.stringify(warnings)}`);
  if (warning && warnings.length === 1) {
    demand(warning.test(warnings[0]), `warning: expected ${warning}, got ${warnings[0]}`);
  }
  return faults;
}

/** Returns a table with one line for each row, followed by the full faults of rows that failed. */
export function formatTable(outcomes) {
  const lines = outcomes.map(({ name, faults, skipped, report }) => [
    name,
    skipped ? "not run" : faults.length > 0 ? "FAILED" : "passed",
    report?.runner ? `${report.runner}, loops ${report.loops}` : "",
    report?.warnings ? (report.warnings.length > 0 ? "one" : "none") : "",
    report?.warnings ? report.place || "none" : "",
    skipped ?? report?.note ?? "",
  ]);
  const all = [["row", "outcome", "runner", "warning", "line of the user", ""], ...lines];
  const widths = all[0].map((_, i) => Math.max(...all.map((line) => line[i].length)));
  const table = all.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );
  const failures = outcomes.flatMap(({ name, faults }) =>
    faults.map((fault) => `${name}: ${fault}`),
  );
  return [...table, ...(failures.length > 0 ? ["", ...failures] : [])].join("\n");
}
