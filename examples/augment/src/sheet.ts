/** A sheet of pictures: a row for each function that changes them, with six random results. */

import { mkdirSync, writeFileSync } from "node:fs";
import { concat, ones, pad, type Tensor, unstack } from "@graddiff/core";
import { changes } from "./changes.ts";
import { png } from "./png.ts";
import { scene } from "./scene.ts";

const COUNT = 6;
/** The height and width of a cell, a picture and the space around it, in pixels. */
const [HEIGHT, WIDTH] = [56, 72];
const LABELS = 190;

/** Returns the pictures of all rows, [4, height, width]: the fourth channel is the opacity. */
export function pictures(): Tensor {
  const images = scene().broadcastTo([COUNT, 3, 48, 64]);
  const rows = Object.values(changes).map((change) => {
    const cells = unstack(change(images)).map((image) => {
      const [, height = 0, width = 0] = image.shape;
      const [top, left] = [(HEIGHT - height) >> 1, (WIDTH - width) >> 1];
      const widths = [
        [0, 0],
        [top, HEIGHT - height - top],
        [left, WIDTH - width - left],
      ] as const;
      return pad(concat([image, ones([1, height, width])]), widths);
    });
    return concat(cells, 2);
  });
  return concat(rows, 1);
}

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; }
@media (prefers-color-scheme: dark) { svg { --paper: #111827; --ink: #e5e7eb; } }
text { fill: var(--ink); }`;

/** Returns the sheet as SVG, twice as large, with the names of the functions beside the rows. */
export function sheet(): string {
  const names = Object.keys(changes);
  const [wide, high] = [2 * COUNT * WIDTH, 2 * names.length * HEIGHT];
  const labels = names.map(
    (name, i) => `<text x="${LABELS - 16}" y="${2 * HEIGHT * (i + 0.5)}" dy="5">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABELS + wide} ${high}" width="${LABELS + wide}" height="${high}" font-family="system-ui, sans-serif" font-size="16" text-anchor="end" role="img">
<title>A picture of a house, changed at random in ten ways, six times each</title>
<style>${STYLE}
</style>
<rect width="${LABELS + wide}" height="${high}" fill="var(--paper)"/>
${labels.join("\n")}
<image x="${LABELS}" y="0" width="${wide}" height="${high}" image-rendering="pixelated" href="data:image/png;base64,${png(pictures()).toString("base64")}"/>
</svg>
`;
}

/** Writes the sheet to output/sheet.svg of this example. */
export function saveSheet(): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("sheet.svg", folder), sheet());
}
