/**
 * Times the start of a program: the import of the built packages, and the first call of a compiled training step, each
 * in new processes of Node.
 *
 *   npm run build && npm run first -w @graddiff/benchmarks
 *   npm run first -w @graddiff/benchmarks -- ../other      beside another built checkout, in alternating processes
 *   npm run first -w @graddiff/benchmarks -- ../other 60   that many pairs; default 30
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [other, count = "30"] = process.argv.slice(2);
/** Ends the program with a message. */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

const pairs = Number(count);
if (!(Number.isInteger(pairs) && pairs > 0))
  refuse(`pairs: expected a positive integer, got ${count}`);
// npm changes the working directory; paths of the user are relative to the original one.
const from = process.env["INIT_CWD"] ?? process.cwd();
const roots = [
  fileURLToPath(new URL("../..", import.meta.url)),
  ...(other ? [resolve(from, other)] : []),
];
for (const root of roots) {
  if (!existsSync(`${root}/packages/core/dist/index.js`))
    refuse(`${root} is not built: run npm ci && npm run build there`);
}

const script = fileURLToPath(new URL("step.mjs", import.meta.url));

/** Returns the times of one new process in milliseconds, by the name of the timed part. */
function timesOf(root, layers) {
  const given = [script, root, layers];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Returns the lower quartile of a list, since other programs only add time. */
const lowerQuartile = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 4)];

console.log("Processor time (user and system) in new processes, lower quartiles in milliseconds");
for (const layers of ["2-16-16-1", "784-128-64-10"]) {
  const times = roots.map(() => []);
  for (let pair = 0; pair < pairs; pair++) {
    // The order of the two alternates.
    const order = pair % 2 === 0 ? roots.keys() : [...roots.keys()].reverse();
    for (const place of order) times[place].push(timesOf(roots[place], layers));
  }
  for (const name of Object.keys(times[0][0])) {
    const [own, beside] = times.map((list) => lowerQuartile(list.map((each) => each[name])));
    const ratio =
      beside === undefined ? "" : `, ${(own / beside).toFixed(2)} of ${beside.toFixed(1)} there`;
    console.log(`  ${layers}, ${name}: ${own.toFixed(1)}${ratio}`);
  }
}
