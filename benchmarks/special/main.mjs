// The entry of `npm run special -w @graddiff/benchmarks`: functions of statistics for 10⁶ float64 elements, beside
// SciPy, whose answers must be the same, and draws beside NumPy, whose means must be.

import { fileURLToPath } from "node:url";
import * as core from "@graddiff/core";
import { describeMachine } from "../dist/src/machine.js";
import { alignColumns, formatNumber, formatRatio } from "../dist/src/table.js";
import { findPython, outcomeOf } from "../rivals/hosts.mjs";
import { timeCalls } from "../rivals/timing.mjs";

const COUNT = 1_000_000;
const MILLISECONDS = 2000;

/** The largest relative difference of an answer from SciPy's, whose error is the larger one in several functions. */
const NEAR = 1e-11;

/** The largest relative difference of the means of draws. */
const NEAR_MEAN = 1e-3;

/** Irrational steps, so that multiples modulo 1 are spread evenly, and independently of those of other steps. */
const [FIRST, SECOND, THIRD] = [0.41421356237309515, 0.7320508075688772, 0.6180339887498949];

/** Returns COUNT numbers between two bounds, the multiples of a number modulo 1: the same as in `reference.py`. */
function spread(step, low, high) {
  const at = (_, i) => low + (high - low) * (((i + 1) * step) % 1);
  return core.tensor(Float64Array.from({ length: COUNT }, at));
}

const p = spread(THIRD, 0, 1);
const [shape, x] = [spread(FIRST, 0.01, 20), spread(SECOND, 0.01, 25)];
const [small, other] = [spread(FIRST, 0.01, 1), spread(SECOND, 0.01, 1)];
const [a, b] = [spread(FIRST, 1, 20), spread(SECOND, 1, 20)];
const [large, larger] = [spread(FIRST, 900, 1100), spread(SECOND, 900, 1100)];
const near = spread(THIRD, 0.4, 0.6);
const rate = core.tensor(100, { dtype: "float64" });

/** The rows: the name in the table, the function, its arguments, and whether it draws. */
const rows = [
  ["normalQuantile", core.normalQuantile, [p]],
  ["gammaP", core.gammaP, [shape, x]],
  ["gammaPInverse", core.gammaPInverse, [shape, p]],
  ["betaI, a and b from 1 to 20", core.betaI, [a, b, p]],
  ["betaI, below 1", core.betaI, [small, other, p]],
  ["betaI, near 1000", core.betaI, [large, larger, near]],
  ["betaIInverse", core.betaIInverse, [a, b, p]],
  ["besselI0e", core.besselI0e, [x]],
  ["besselJ0", core.besselJ0, [x]],
  [
    "poisson, rate 100",
    (seed) => core.poisson(rate, { shape: [COUNT], seed }),
    [core.tensor(1, { dtype: "int32" })],
    true,
  ],
];

/** Throws if each 1000th element of an answer, or the mean of draws, differs from that of the reference. */
function compare(name, answer, reference, isDraw) {
  const mean = () => answer.reduce((sum, each) => sum + each, 0) / COUNT;
  const seen = isDraw ? [mean()] : answer.filter((_, i) => i % 1000 === 0);
  const expected = isDraw ? [reference.mean] : reference.answer;
  const tolerance = isDraw ? NEAR_MEAN : NEAR;
  for (const [i, value] of seen.entries()) {
    const subject = isDraw ? "the mean" : `element ${1000 * i}`;
    if (!(Math.abs(value - expected[i]) <= tolerance * Math.abs(expected[i])))
      throw new Error(`${name}: ${subject} is ${value}, and that of Python is ${expected[i]}`);
  }
}

const scipy = findPython("scipy");
if (scipy === undefined)
  console.error("No python3 of this machine has SciPy: its column is empty.");
const reference = fileURLToPath(new URL("reference.py", import.meta.url));
const lines = rows.map(([name, fn, inputs, isDraw], i) => {
  const run = core.compile(fn);
  const { answer, median } = timeCalls(() => run(...inputs).data(), MILLISECONDS);
  const other = scipy && outcomeOf(scipy.python, [reference, String(i), String(MILLISECONDS)]);
  if (other === undefined) return [name, formatNumber(median), "–", "–"];
  if (other.reason) throw new Error(`${name}: ${other.reason}`);
  compare(name, answer, other, isDraw);
  return [
    name,
    formatNumber(median),
    formatNumber(other.median),
    formatRatio(median / other.median),
  ];
});
const { processor } = describeMachine();
console.log(
  `\n${processor}, one thread. 10⁶ float64 elements, milliseconds, medians; the ratio is our time over SciPy's.\n`,
);
console.log(alignColumns([["function", "graddiff", "SciPy", "ratio"], ...lines], 1));
