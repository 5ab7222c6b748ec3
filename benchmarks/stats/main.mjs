// The entry of `npm run bench:stats`: transitions of the No-U-Turn sampler by `@graddiff/stats`, beside a sampler and a gradient
// that are written by hand for each density, with the same step and masses, by turns in one process.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { tensor, treeLeaves } from "@graddiff/core";
import { mcse, sample } from "@graddiff/stats";
import { describeMachine, findVersions } from "../dist/src/machine.js";
import { alignColumns, formatNumber } from "../dist/src/table.js";
import { handWritten } from "./hand.mjs";
import { posteriors } from "./posteriors.mjs";

const usage = `Usage: npm run bench:stats -- [options]

Times @graddiff/stats and samplers that are written by hand, after checking that their means agree.

  --quick        short timings: rough numbers
  --filter TEXT  only the posteriors whose name contains TEXT, for example "schools"
  --report       also write the numbers to benchmarks/results/stats.json
  --help         show this text`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    filter: { type: "string" },
    report: { type: "boolean" },
    help: { type: "boolean" },
  },
});

/** Means may differ by so many of their standard errors. */
const NEAR = 5;

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** Ends where the means of two lists of draws, [draws, size], differ. */
function compare(name, own, other, size) {
  const [a, b] = [own, other].map((rows) =>
    tensor(rows, { dtype: "float64" }).reshape([1, -1, size]),
  );
  const error = mcse(a).square().add(mcse(b).square()).sqrt();
  const off = a
    .mean([0, 1])
    .sub(b.mean([0, 1]))
    .abs()
    .div(error)
    .max()
    .item();
  if (!(off < NEAR)) throw new Error(`${name}: means differ by ${off.toFixed(1)} standard errors`);
}

async function row({ name, model, density }) {
  const draws = values.quick ? 500 : 2000;
  const before = performance.now();
  await sample(model, { seed: 1, draws: 2000 });
  const cold = performance.now() - before;
  const { state } = await sample(model, { seed: 1, chains: 1, draws: 0 });
  const [{ point, stepSize, metric }] = state.chains;
  const fixed = {
    start: Float64Array.from(point.q.data()),
    stepSize: stepSize.item(),
    inverseMass: Float64Array.from(metric.inverse.data()),
    draws,
  };
  const own = async () => {
    const posterior = await sample(model, { from: state, draws, chunk: 100 });
    const leaves = treeLeaves(posterior.draws).map((leaf) => leaf.reshape([draws, -1]).toArray());
    const rows = Array.from({ length: draws }, (_, i) => leaves.flatMap((leaf) => leaf[i]));
    return { rows: rows.flat(), leapfrogs: posterior.stats.leapfrogs.sum().item() };
  };
  const hand = (seed) => handWritten(density, { ...fixed, seed });
  compare(name, (await own()).rows, hand(1).rows, fixed.start.length);
  const times = { own: [], hand: [] };
  for (let turn = 0; turn < (values.quick ? 5 : 15); turn++) {
    for (const [who, run] of [
      ["own", () => sample(model, { from: state, draws, chunk: 100 })],
      ["hand", () => hand(turn + 2)],
    ]) {
      const begin = performance.now();
      const result = await run();
      const time = performance.now() - begin;
      const leapfrogs = result.leapfrogs ?? result.stats.leapfrogs.sum().item();
      times[who].push((time * 1000) / leapfrogs);
    }
  }
  const [a, b] = [median(times.own), median(times.hand)];
  return { posterior: name, firstRun: cold, step: a, byHand: b };
}

const cells = ({ posterior, firstRun, step, byHand }) => [
  posterior,
  ...[firstRun, step, byHand].map(formatNumber),
  (step / byHand).toFixed(2),
];

async function main() {
  if (values.help) {
    console.log(usage);
    return;
  }
  const rows = [];
  for (const posterior of posteriors) {
    if (!posterior.name.includes(values.filter ?? "")) continue;
    process.stderr.write(`${posterior.name} …\n`);
    rows.push(await row(posterior));
  }
  const machine = describeMachine();
  console.log(
    `\n${machine.processor}, ${machine.cores} cores. The first run, 4 chains of 1,000 + 2,000 transitions, in milliseconds; then microseconds a\nleapfrog step, medians, of @graddiff/stats and of a sampler that is written by hand.\n`,
  );
  const head = ["posterior", "first run", "a step", "by hand", "ratio"];
  console.log(alignColumns([head, ...rows.map(cells)], 1));
  if (values.report) {
    const versions = findVersions(["@graddiff/stats"]);
    const report = {
      date: new Date().toISOString(),
      quick: values.quick ?? false,
      machine,
      versions,
    };
    const file = new URL("../results/stats.json", import.meta.url);
    writeFileSync(file, `${JSON.stringify({ ...report, results: rows }, null, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
