/** The handwritten digits of UCI (see ../digits/data/README.md), in shards of unequal sizes. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { concat, type Tensor, tensor, uniform } from "@graddiff/core";
import { writeNpz } from "@graddiff/files";

/** Rows of data, by the names of the loss's arguments. */
export interface Rows {
  readonly images: Tensor;
  readonly labels: Tensor;
}

export type Float = "float32" | "float64";

export function readDigits(dtype: Float): Rows {
  const file = new URL("../../digits/data/digits.csv.gz", import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString("ascii").trim().split("\n");
  const rows = lines.map((line) => line.split(",").map(Number));
  const images = rows.map((row) => row.slice(0, 64).map((pixel) => pixel / 16));
  const labels = rows.map((row) => row[64] ?? 0);
  return { images: tensor(images, { dtype }), labels: tensor(labels, { dtype: "int32" }) };
}

/** Draws rows of random numbers, for measuring times. */
export function randomRows(count: number, dtype: Float): Rows {
  return {
    images: uniform([count, 64], { seed: 1, dtype }),
    labels: uniform([count], { seed: 2, high: 10 }).cast("int32"),
  };
}

export function sliceRows({ images, labels }: Rows, start: number, end: number): Rows {
  return { images: images.slice([start], [end]), labels: labels.slice([start], [end]) };
}

export function joinRows(list: readonly Rows[]): Rows {
  return {
    images: concat(list.map(({ images }) => images)),
    labels: concat(list.map(({ labels }) => labels)),
  };
}

/** Splits rows into shards, each longer than the next by `difference` rows. */
export function shardsOf(rows: Rows, count: number, difference: number): Rows[] {
  const total = rows.labels.size;
  const shards: Rows[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const mean = total / count + difference * ((count - 1) / 2 - i);
    const end = i === count - 1 ? total : start + Math.round(mean);
    shards.push(sliceRows(rows, start, end));
    start = end;
  }
  return shards;
}

export function writeShards(folder: string, shards: readonly Rows[]): void {
  mkdirSync(folder, { recursive: true });
  shards.forEach((shard, i) => {
    writeFileSync(join(folder, `shard-${String(i).padStart(3, "0")}.npz`), writeNpz({ ...shard }));
  });
}
