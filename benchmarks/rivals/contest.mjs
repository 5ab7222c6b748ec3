// One library on one workload, in a process of Node or in a page: its answers are compared, then it is timed.

import { measure, normalEffort, quickEffort } from "../dist/src/measure.js";
import { workloads } from "../dist/src/workloads/index.js";
import { pack, unpack } from "./arrays.mjs";
import { compared, libraries, tolerance } from "./libraries.mjs";

/** Returns the greatest distance of an answer from the expected one; throws if it is beyond tolerance. */
function compare(answer, expected, place) {
  if (answer.length !== expected.length) {
    throw new Error(`wrong answer ${place}: ${answer.length} numbers, not ${expected.length}`);
  }
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = answer.reduce((most, value, i) => {
    // Math.max returns NaN if a difference is NaN, and the comparison below then fails.
    return Math.max(most, Math.abs(value - expected[i]) / scale);
  }, 0);
  if (!(worst <= tolerance)) {
    throw new Error(`wrong answer ${place}, by ${worst.toPrecision(2)} of the greatest element`);
  }
  return worst;
}

async function measureLibrary({ library: libraryName, workload, quick }, { read, write }) {
  const library = libraries.find(({ name }) => name === libraryName);
  const { threads, load } = library;
  const { prepare } = await load();
  const inputs = workloads.find(({ name }) => name === workload).inputs?.();
  const contestant = await prepare(workload, inputs, threads);
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
    await write(pack(answers));
  } else {
    const expected = unpack(await read());
    if (answers.length !== expected.length) {
      throw new Error(`${answers.length} answers, not ${expected.length}`);
    }
    difference = Math.max(...expected.map((wanted, i) => compare(answers[i], wanted, i)));
  }
  const effort = quick ? quickEffort : normalEffort;
  const [timing] = await measure(workload, { prepare: () => [contestant] }, effort);
  const { note } = contestant;
  return { first, median: timing.medianMicroseconds / 1e3, difference, note };
}

/**
 * Returns the timings of a library, or the reason why there are none.
 *
 * @param job the names of the library and of the workload, and whether to be quick.
 * @param exchange `write`, for the first library's answers as bytes, and `read`, for the others.
 */
export function contest(job, exchange) {
  return measureLibrary(job, exchange).catch((error) => ({
    reason: String(error?.message ?? error),
  }));
}
