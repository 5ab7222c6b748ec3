/** The page of benchmarks: the run of `npm run bench:rivals` that the repository keeps, as bars and as numbers. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { docs } from "./paths.mjs";

const LIBRARIES = {
  graddiff: "graddiff",
  tfjs: "TensorFlow.js",
  "jax-js": "jax-js",
  PyTorch: "PyTorch",
};

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toPrecision(digits)).toString();

/** Returns the page. */
export function benchmarksPage() {
  const file = join(docs, "../../benchmarks/results/readme.json");
  const run = JSON.parse(readFileSync(file, "utf8"));
  const { machine, versions, host, date, command, results } = run;
  const medians = results.flatMap(({ timings }) => timings.flatMap(({ median }) => median ?? []));
  const [low, high] = [Math.min(...medians), Math.max(...medians)].map(Math.log10);
  const share = (median) => Math.round(2 + (98 * (Math.log10(median) - low)) / (high - low));

  const rows = results.map(({ workload, timings }) => {
    const bars = timings.flatMap(({ library, median }) =>
      median === undefined
        ? []
        : [
            `<div class="bar ${library === "graddiff" ? "own" : ""}"><span>${LIBRARIES[library]}</span><i style="width: ${share(median)}%"></i><b>${rounded(median, 3)} ms</b></div>`,
          ],
    );
    return `### ${workload}\n\n${bars.join("\n")}`;
  });
  const cell = ({ median }) => (median === undefined ? "–" : rounded(median, 4));
  const firstCell = ({ first, median }) => (median === undefined ? "–" : rounded(first, 4));
  const table = (of) =>
    [
      `| workload | ${Object.values(LIBRARIES).join(" | ")} |`,
      `|---|${"---|".repeat(Object.keys(LIBRARIES).length)}`,
      ...results.map(({ workload, timings }) => {
        const cells = Object.keys(LIBRARIES).map((name) => {
          const own = timings.find(({ library }) => library === name);
          return own === undefined ? "–" : of(own);
        });
        return `| ${workload} | ${cells.join(" | ")} |`;
      }),
    ].join("\n");
  const packages = Object.entries(versions.packages).map(([name, version]) => `${name} ${version}`);
  return `---
outline: 2
---

# Benchmarks

Each library does the same work on one thread, and all answers are compared before anything is timed. Lower is better.

- **Machine**: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.platform}
- **Host**: ${host}
- **Versions**: ${packages.join(", ")}
- **Date**: ${date.slice(0, 10)}

To repeat it, in a checkout of the repository:

\`\`\`sh
${command}
\`\`\`

With \`-- --browser\` it measures in headless Chromium. [Speed](/guide/speed) tells what to do about times.

## Times of a call

The median of a call after the first. Lengths are logarithms: a bar that is twice as long is much more than twice as slow.

${rows.join("\n\n")}

## Numbers

The same medians in ms. A dash says that a library lacks the computation, or gives another answer.

${table(cell)}

## The first call

In ms, in a new process. It compiles, where a library does so.

${table(firstCell)}
`;
}
