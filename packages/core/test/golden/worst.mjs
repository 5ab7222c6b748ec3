/**
 * Adds points to accuracy.json, after `npm run build`: the points in a larger file of accuracy.py at which float64
 * functions err most.
 *
 *     /usr/bin/python3 packages/core/test/golden/accuracy.py 1650 SEED FILE
 *     node packages/core/test/golden/worst.mjs FILE
 *     /usr/bin/python3 packages/core/test/golden/accuracy.py
 */

import { readFileSync, writeFileSync } from "node:fs";
import * as graddiff from "../../dist/index.js";

/** The most points that are added for a function. */
const ADDED = 6;

const path = new URL("accuracy.json", import.meta.url);
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const view = new DataView(new ArrayBuffer(8));

function parse(word) {
  view.setBigUint64(0, BigInt(`0x${word}`));
  return view.getFloat64(0);
}

function unitOf(x) {
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - 52, -1074);
}

/** Returns a function by its name, and the word that may follow it: a first argument, or an approximation. */
function functionOf(title) {
  const [name, word] = title.split(" ");
  const fn = graddiff[name];
  if (word === "tanh") return (x) => fn(x, { approximation: "tanh" });
  return word === undefined ? fn : (...inputs) => fn(Number(word), ...inputs);
}

const golden = read(path);
for (const [title, points] of Object.entries(read(process.argv[2]))) {
  const errors = points.map((point) => {
    const words = point.split(" ");
    const offset = Number(words.pop());
    const nearest = parse(words.pop());
    const inputs = words.map((word) => graddiff.tensor(parse(word), { dtype: "float64" }));
    const result = functionOf(title)(...inputs).item();
    return { point, error: Math.abs((result - nearest) / unitOf(nearest) - offset) };
  });
  errors.sort((a, b) => b.error - a.error);
  console.log(title, errors[0].error.toFixed(2));
  const worst = errors.slice(0, ADDED).map(({ point }) => point);
  golden[title] = [...new Set([...golden[title], ...worst])];
}
// The next run of accuracy.py writes these points in the form of its own.
writeFileSync(path, JSON.stringify(golden));
