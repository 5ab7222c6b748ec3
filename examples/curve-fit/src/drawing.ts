/** Data, curve and band as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import { linspace, type Tensor } from "@graddiff/core";
import type { Prediction } from "@graddiff/solve";
import { times, weights } from "./onions.ts";

const [WIDTH, HEIGHT] = [560, 380];
const PLOT = { left: 48, right: 544, top: 48, bottom: 332 };
const [FIRST, LAST] = [0, 16] as const;
const [LOW, HIGH] = [-50, 800] as const;

const across = (time: number) =>
  (PLOT.left + ((time - FIRST) / (LAST - FIRST)) * (PLOT.right - PLOT.left)).toFixed(1);
const up = (weight: number) =>
  (PLOT.bottom - ((weight - LOW) / (HIGH - LOW)) * (PLOT.bottom - PLOT.top)).toFixed(1);

/** Returns the coordinates of points in the drawing. */
function placesOf(x: Tensor, y: Tensor): [x: string, y: string][] {
  const heights = y.data();
  return Array.from(x.data(), (time, i) => [across(time), up(heights[i] ?? 0)]);
}

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #e5e7eb; --curve: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #374151; --curve: #93c5fd; }
}
text { fill: var(--ink); }
path, polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--faint); stroke-width: 1; }
.band { fill: var(--curve); fill-opacity: 0.2; stroke: none; }
.curve { stroke: var(--curve); }
circle { fill: var(--ink); }`;

export function drawing(predict: (x: Tensor) => Prediction): string {
  const grid = linspace(FIRST, LAST, 129, { dtype: "float64" });
  const { value: mean, standardError: error } = predict(grid);
  const upper = placesOf(grid, mean.add(error.mul(2)));
  const lower = placesOf(grid, mean.sub(error.mul(2)));
  const columns = [0, 4, 8, 12, 16].map((time) => {
    const x = across(time);
    return `<path class="grid" d="M${x} ${PLOT.top}V${PLOT.bottom}"/><text x="${x}" y="${PLOT.bottom + 20}" text-anchor="middle">${time}</text>`;
  });
  const rows = [0, 200, 400, 600, 800].map((weight) => {
    const y = up(weight);
    return `<path class="grid" d="M${PLOT.left} ${y}H${PLOT.right}"/><text x="${PLOT.left - 8}" y="${y}" dy="4.5" text-anchor="end">${weight}</text>`;
  });
  const dots = placesOf(times, weights).map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.2"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>The dry weight of onions by growing time: measurements, and the fitted curve with its band</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
${[...columns, ...rows].join("\n")}
<polygon class="band" points="${[...upper, ...lower.reverse()].join(" ")}"/>
<polyline class="curve" points="${placesOf(grid, mean).join(" ")}"/>
${dots.join("\n")}
<circle cx="56" cy="24" r="3.2"/><text x="70" y="29">dry weight of onions</text>
<rect class="band" x="230" y="15" width="28" height="18"/><path class="curve" d="M230 24h28"/><text x="268" y="29">curve, with two standard errors</text>
<text x="296" y="${HEIGHT - 8}" text-anchor="middle">growing time</text>
</svg>
`;
}

/** Writes the drawing to output/curve.svg of this example. */
export function saveDrawing(predict: Parameters<typeof drawing>[0]): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("curve.svg", folder), drawing(predict));
}
