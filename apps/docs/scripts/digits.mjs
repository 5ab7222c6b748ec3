/**
 * Writes the handwritten digits of `examples/digits` as a module of the site, `live/generated/digits.mjs`, which programs
 * import as `@graddiff/docs/digits`. A pixel from 0 to 16 is one letter from a to q.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { docs } from "./paths.mjs";

const file = join(docs, "../../examples/digits/data/digits.csv.gz");
const rows = gunzipSync(readFileSync(file)).toString("ascii").trim().split("\n");
const table = rows.map((row) => row.split(",").map(Number));
const letters = table.flatMap((row) =>
  row.slice(0, -1).map((each) => String.fromCharCode(97 + each)),
);
const digits = table.map((row) => row.at(-1));

const folder = join(docs, "live/generated");
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "digits.mjs"),
  `// By E. Alpaydin and C. Kaynak, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0.
export const labels = Int32Array.from("${digits.join("")}", Number);
export const pixels = Float32Array.from("${letters.join("")}", (letter) => (letter.charCodeAt(0) - 97) / 16);
`,
);
writeFileSync(
  join(folder, "digits.d.mts"),
  `/** ${digits.length} images of 8 × 8 pixels, one after the other: 0 is paper, 1 is ink. */
export declare const pixels: Float32Array<ArrayBuffer>;
/** The digits that the images show. */
export declare const labels: Int32Array<ArrayBuffer>;
`,
);
