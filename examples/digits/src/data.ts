/** The handwritten digits of UCI, see data/README.md. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Tensor, tensor, uniform } from "@graddiff/core";

/** Images as rows of 64 numbers from 0 to 1, and the digits that they show. */
export interface Digits {
  readonly images: Tensor;
  readonly labels: Tensor;
}

const PIXELS = 64;

/** All images, in the order of the file. */
export function readDigits(): Digits {
  const file = new URL("../data/digits.csv.gz", import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString("ascii").trim().split("\n");
  const rows = lines.map((line) => line.split(",").map(Number));
  return {
    images: tensor(rows.map((row) => row.slice(0, PIXELS).map((pixel) => pixel / 16))),
    labels: tensor(
      rows.map((row) => Number(row[PIXELS])),
      { dtype: "int32" },
    ),
  };
}

/** A fifth of the images for testing, always the same, and the others for training. */
export function splitDigits({ images, labels }: Digits): { training: Digits; testing: Digits } {
  const order = shuffled(labels.size, 2026);
  const count = Math.round(labels.size / 5);
  const choose = (places: readonly number[]) => rowsOf({ images, labels }, places);
  return { testing: choose(order.slice(0, count)), training: choose(order.slice(count)) };
}

/** The rows at some places. */
export function rowsOf({ images, labels }: Digits, places: readonly number[]): Digits {
  const indices = tensor([...places], { dtype: "int32" });
  return { images: images.take(indices), labels: labels.take(indices) };
}

/** 0, 1, … in an order that a seed gives. */
export function shuffled(count: number, seed: number): number[] {
  const keys = uniform([count], { seed, dtype: "float64" }).data();
  const order = Array.from(keys, (_, i) => i);
  return order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
}
