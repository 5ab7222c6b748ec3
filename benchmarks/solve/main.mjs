// The entry of `npm run bench:solve`: fits, roots, minima and trajectories by `@graddiff/solve`, compared with SciPy,
// if a Python of this machine has it, and with ml-levenberg-marquardt for the fit that it supports. TensorFlow.js and
// jax-js have no such functions. Each problem runs in a new process, whose first call compiles.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../dist/src/machine.js";
import { alignColumns, formatNumber, formatRatio } from "../dist/src/table.js";
import { findPython, install, outcomeOf } from "../rivals/hosts.mjs";
import { problems } from "./problems.mjs";

const usage = `Usage: npm run bench:solve -- [options]

Times @graddiff/solve and other libraries on the same problems, after checking that their answers agree.

  --quick        short timings: rough numbers
  --filter TEXT  only the problems whose name contains TEXT, for example "fit"
  --help         show this text`;

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * The most by which answers may differ, relative to 1 or to their greatest number: with tolerances of 1e-6, runs end at
 * different points.
 */
const NEAR = 2e-3;

/** Throws if an answer differs from the expected one. */
function compare(name, library, answer, expected) {
  const size = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...answer.map((value, i) => Math.abs(value - expected[i]) / size));
  if (!(worst < NEAR))
    throw new Error(`${library} has another answer to ${name}: ${answer}, not ${expected}`);
}

function run(words) {
  const { values } = parseArgs({
    args: words,
    options: { quick: { type: "boolean" }, filter: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  install();
  const time = values.quick ? "200" : "2000";
  const scipy = findPython("scipy");
  if (scipy === undefined) {
    console.error("No python3 of this machine has SciPy: its column is empty.");
  }
  const reference = (index) =>
    scipy && outcomeOf(scipy.python, [file("reference.py"), String(index), time]);
  const worker = (library, name) =>
    outcomeOf(process.execPath, [file("worker.mjs"), library, name, time]);
  const rows = [];
  for (const [i, { name }] of problems.entries()) {
    if (!name.includes(values.filter ?? "")) continue;
    process.stderr.write(`${name} …\n`);
    const [own, compiled] = ["graddiff", "graddiff, compiled"].map((mode) => worker(mode, name));
    for (const { reason } of [own, compiled]) if (reason) throw new Error(`${name}: ${reason}`);
    compare(name, "a compiled function", compiled.answer, own.answer);
    const others = { SciPy: reference(i), "ml-levenberg-marquardt": worker("ml", name) };
    const ratios = Object.entries(others).map(([library, other]) => {
      if (other?.answer === undefined) return "–";
      compare(name, library, other.answer, own.answer.slice(0, other.answer.length));
      return formatRatio(other.median / compiled.median);
    });
    const step = compiled.step === undefined ? "" : formatNumber(compiled.step);
    const times = [own.first, own.median, compiled.median].map(formatNumber);
    rows.push([name, ...times, step, ...ratios]);
  }
  const { processor, cores } = describeMachine();
  console.log(
    `\n${processor}, ${cores} cores. Milliseconds, medians. A call that is not compiled records what it runs, each time; SciPy and\nml-levenberg-marquardt (ml-l.-m.): their time over that of the compiled function.\n`,
  );
  const header = ["problem", "first call", "a call", "compiled", "µs a step", "SciPy", "ml-l.-m."];
  console.log(alignColumns([header, ...rows], 1));
}

try {
  run(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = "code" in error ? 2 : 1;
}
