/** The handwritten digits of UCI, see data/README.md. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { argSort, type Tensor, tensor, treeMap, uniform } from "@graddiff/core";
import { splitData } from "@graddiff/nn";

/** Images of one channel, [count, 1, 8, 8], of numbers from 0 to 1, and their labels. */
export interface Digits {
  readonly images: Tensor;
  readonly labels: Tensor;
}

const PIXELS = 64;

/** Returns all images, in the order of the file. */
export function readDigits(): Digits {
  const file = new URL("../data/digits.csv.gz", import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString("ascii").trim().split("\n");
  const table = tensor(lines.map((line) => line.split(",").map(Number)));
  return {
    images: table.slice([0, 0], [lines.length, PIXELS]).reshape([-1, 1, 8, 8]).div(16),
    labels: table.at("...", PIXELS).cast("int32"),
  };
}

/** Splits the images: a fifth, always the same one, is for testing, and the others are for training. */
export function splitDigits(digits: Digits): { testing: Digits; training: Digits } {
  const order = argSort(uniform([digits.labels.size], { seed: 2026, dtype: "float64" }));
  const ordered = treeMap((column) => column.take(order), digits);
  const [testing, training] = splitData(ordered, [0.2, 0.8], { shuffle: false });
  return { testing, training };
}
