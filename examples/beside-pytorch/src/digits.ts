/** The handwritten digits of examples/digits, see data/README.md there. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Tensor, tensor } from "@graddiff/core";

/** Images [count, 1, 8, 8] of numbers from 0 to 1, and the digits that they show. */
export function readDigits(): { images: Tensor; labels: Tensor } {
  const file = new URL("../../digits/data/digits.csv.gz", import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString("ascii").trim().split("\n");
  const rows = tensor(lines.map((line) => line.split(",").map(Number)));
  return {
    images: rows.at("...", [0, 64]).div(16).reshape([-1, 1, 8, 8]),
    labels: rows.at("...", 64).cast("int32"),
  };
}
