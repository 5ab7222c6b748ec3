// One library on one workload, in a process of its own: prints its timings as a line of JSON.
//
//   node worker.mjs LIBRARY WORKLOAD ANSWERS QUICK
//
// The first library writes its answers to the file ANSWERS; the others compare theirs with it.

import { readFileSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { measure, normalEffort, quickEffort } from "../dist/src/measure.js";
import { workloads } from "../dist/src/workloads/index.js";
import { libraries, tolerance } from "./libraries.mjs";

const [libraryName, workload, file, quick] = process.argv.slice(2);
/** Calls whose answers are compared: training goes on, so that updates are checked as well. */
const compared = 3;

/** The greatest distance of an answer from the expected one; throws if it is beyond tolerance. */
function compare(answer, expected) {
  if (answer.length !== expected.length) {
    throw new Error(`wrong answer: ${answer.length} numbers, not ${expected.length}`);
  }
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = answer.reduce((most, value, i) => {
    // Math.max keeps NaN, which fails below.
    return Math.max(most, Math.abs(value - expected[i]) / scale);
  }, 0);
  if (!(worst <= tolerance)) {
    throw new Error(`wrong answer, by ${worst.toPrecision(2)} of the greatest element`);
  }
  return worst;
}

/** The inputs of a workload and the answers of one call, as worker.py reads them. */
function writeForPython(answers) {
  const inputs = workloads.find(({ name }) => name === workload)?.inputs?.();
  if (inputs === undefined) return;
  const arrays = [...inputs.map(([elements]) => elements), ...answers];
  arrays.forEach((array, i) => {
    writeFileSync(`${file}.${i}`, Float32Array.from(array));
  });
  const shapes = inputs.map(([, shape]) => shape);
  writeFileSync(`${file}.json`, JSON.stringify({ shapes, answers: answers.length }));
}

async function main() {
  const library = libraries.find(({ name }) => name === libraryName);
  const { prepare } = await library.load();
  const contestant = await prepare(workload);
  const start = performance.now();
  contestant.run();
  const first = performance.now() - start;
  const answers = [...contestant.results()];
  for (let call = 1; call < compared; call++) {
    contestant.run();
    answers.push(...contestant.results());
  }
  let difference = 0;
  if (library === libraries[0]) {
    writeFileSync(file, serialize(answers));
    writeForPython(answers.slice(0, answers.length / compared));
  } else {
    const expected = deserialize(readFileSync(file));
    if (answers.length !== expected.length) {
      throw new Error(`${answers.length} answers, not ${expected.length}`);
    }
    difference = Math.max(...expected.map((wanted, i) => compare(answers[i], wanted)));
  }
  const effort = quick === "true" ? quickEffort : normalEffort;
  const [timing] = await measure(workload, { prepare: () => [contestant] }, effort);
  const { note } = contestant;
  return { first, median: timing.medianMicroseconds / 1e3, difference, note };
}

const result = await main().catch((error) => ({ reason: String(error?.message ?? error) }));
console.log(JSON.stringify(result));
