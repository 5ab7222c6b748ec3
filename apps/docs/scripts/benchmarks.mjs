/** The page of benchmarks: charts and numbers from the stored report of `npm run bench:rivals -- --report`. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  chartName,
  chartsOf,
  csvOf,
  LIBRARIES,
  rounded,
} from "../../../benchmarks/rivals/charts.mjs";
import { docs, served } from "./paths.mjs";

/** The report. */
export const report = () =>
  JSON.parse(readFileSync(join(docs, "../../benchmarks/results/report/report.json"), "utf8"));

/** Writes the charts and the numbers to `benchmarks/` of the site. */
export function writeBenchmarks() {
  const made = report();
  const folder = join(served, "benchmarks");
  mkdirSync(folder, { recursive: true });
  const files = {
    "report.json": JSON.stringify(made),
    "report.csv": csvOf(made),
    ...chartsOf(made),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Returns the page, which shows what `writeBenchmarks` writes. */
export function benchmarksPage() {
  const { tolerance, runs } = report();
  return `---
outline: [2, 3]
---

# Benchmarks

Each library does the same work on one thread. All answers are compared before anything is timed. They differ by at most ${tolerance} of the greatest element. Lower is better.

All numbers are in [report.csv](/benchmarks/report.csv) and [report.json](/benchmarks/report.json), those of two threads, too. To measure it all on your machine, in a checkout of the repository:

\`\`\`sh
npm run bench:rivals -- --report
\`\`\`

PyTorch runs in Python beside both, and multiplies matrices by the BLAS of the machine. The reference BLAS of Debian takes several times as long as OpenBLAS. [Speed](/guide/speed) tells what to do about times.

${runs.map(runPart).join("\n\n")}
`;
}

/**
 * Returns a sentence about other load of the machine.
 *
 * @param {number} load the mean number of running programs before the run
 */
const loadOf = (load) =>
  load < 0.5
    ? "nothing else ran on the machine"
    : `${load.toFixed(1)} programs were running when it began, so times are longer than on a quiet machine`;

/** Returns the circumstances of a run. */
function about({ host, date, command, quick, load, machine, versions }) {
  const { processor, cores, memoryGigabytes, platform } = machine;
  const packages = Object.entries(versions.packages).map(([name, version]) => `${name} ${version}`);
  return [
    `- **Host**: ${host}`,
    `- **Machine**: ${processor}, ${cores} cores, ${memoryGigabytes} GB, ${platform}`,
    `- **Versions**: ${packages.join(", ")}`,
    `- **Run**: ${date.slice(0, 10)}, \`${command}\`${quick ? ", short timings, whose numbers are rough" : ""}`,
    ...(load === undefined ? [] : [`- **Load**: ${loadOf(load)}`]),
  ].join("\n");
}

/** Returns the charts and tables of one host. */
function runPart(run) {
  const { host, results } = run;
  const name = host.split(" ")[0];
  const groups = [...new Set(results.map(({ group }) => group))];
  const charts = groups.map((group) => {
    const file = `/benchmarks/${chartName(host, group)}`;
    const alt = `Bars of the times of ${group} in ${name}: the numbers are in the table`;
    const images = ["light", "dark"].map(
      (theme) =>
        `<img class="chart only-${theme}" src="${file}-${theme}.svg" alt="${alt}" loading="lazy">`,
    );
    return `### ${group} in ${name}\n\n${images.join("\n")}`;
  });
  return `## In ${name}

${about(run)}

The bars of one workload have a common scale that begins at 0.

${charts.join("\n\n")}

### Numbers of ${name}

The median of a call after the first, in ms. A dash is explained below.

${table(results, "median")}

${absences(results)}

### First calls in ${name}

In ms, in a new process or page. A first call compiles, where a library does so.

${table(results, "first")}`;
}

function table(results, measure) {
  const names = Object.keys(LIBRARIES);
  const rows = results.map(({ workload, timings }) => {
    const cells = names.map((name) => {
      const value = timings.find(({ library }) => library === name)?.[measure];
      return value === undefined ? "–" : rounded(value);
    });
    return `| ${workload} | ${cells.join(" | ")} |`;
  });
  const header = `| workload | ${Object.values(LIBRARIES).join(" | ")} |`;
  return [header, `|---|${"---:|".repeat(names.length)}`, ...rows].join("\n");
}

/** Returns the reasons why numbers are missing: a row for each library and reason. */
function absences(results) {
  const lines = new Map();
  for (const { workload, timings } of results) {
    for (const { library, reason } of timings) {
      if (reason === undefined || !(library in LIBRARIES)) continue;
      const key = `${LIBRARIES[library]} | \`${reason.replaceAll("`", "'")}\``;
      lines.set(key, [...(lines.get(key) ?? []), workload]);
    }
  }
  const rows = [...lines].map(([key, workloads]) => `| ${key} | ${workloads.join("; ")} |`);
  return ["| no number of | because | for |", "|---|---|---|", ...rows].join("\n");
}
