/** The posterior as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import { linspace, type Tensor } from "@graddiff/core";
import { truth, x, y } from "./data.ts";

const [WIDTH, HEIGHT] = [760, 380];
const PLOT = { left: 44, right: 744, top: 48, bottom: 344 };
const [LOW, HIGH] = [-3, 12] as const;
const [BOTTOM, TOP] = [-3, 5] as const;

const across = (value: number) =>
  PLOT.left + ((value - LOW) / (HIGH - LOW)) * (PLOT.right - PLOT.left);
const up = (value: number) =>
  PLOT.bottom + ((value - BOTTOM) / (TOP - BOTTOM)) * (PLOT.top - PLOT.bottom);

/** Returns the points of a line in SVG syntax. */
function points(places: Tensor, values: Tensor): string[] {
  const heights = values.data();
  return Array.from(places.data(), (place, i) => {
    return `${across(place).toFixed(1)},${up(heights[i] ?? 0).toFixed(1)}`;
  });
}

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #e5e7eb; --mean: #1d4ed8; --truth: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #374151; --mean: #93c5fd; --truth: #fdba74; }
}
text { fill: var(--ink); }
path, polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--faint); stroke-width: 1; }
.band { fill: var(--mean); fill-opacity: 0.2; stroke: none; }
.mean { stroke: var(--mean); }
.truth { stroke: var(--truth); stroke-dasharray: 6 5; }
circle { fill: var(--ink); }`;

/** Draws mean and band of predictions, with the true function and its measurements. */
export function drawing(predict: (places: Tensor) => { mean: Tensor; deviation: Tensor }): string {
  const grid = linspace(LOW, HIGH, 151, { dtype: "float64" });
  const { mean, deviation } = predict(grid);
  const upper = points(grid, mean.add(deviation.mul(2)));
  const lower = points(grid, mean.sub(deviation.mul(2)));
  const ticks = [-2, 0, 2, 4, 6, 8, 10, 12].map((value) => {
    const at = across(value).toFixed(1);
    return `<path class="grid" d="M${at} ${PLOT.top}V${PLOT.bottom}"/><text x="${at}" y="${PLOT.bottom + 20}" text-anchor="middle">${minus(value)}</text>`;
  });
  const levels = [-2, 0, 2, 4].map((value) => {
    const at = up(value).toFixed(1);
    return `<path class="grid" d="M${PLOT.left} ${at}H${PLOT.right}"/><text x="${PLOT.left - 8}" y="${up(value) + 4.5}" text-anchor="end">${minus(value)}</text>`;
  });
  const dots = points(x, y).map((point) => {
    const [at, height] = point.split(",");
    return `<circle cx="${at}" cy="${height}" r="2.8"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>A Gaussian process: prediction with two standard deviations, the function, and its measurements</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
${[...ticks, ...levels].join("\n")}
<polygon class="band" points="${[...upper, ...lower.reverse()].join(" ")}"/>
<polyline class="truth" points="${points(grid, truth(grid)).join(" ")}"/>
<polyline class="mean" points="${points(grid, mean).join(" ")}"/>
${dots.join("\n")}
${legend()}
</svg>
`;
}

function minus(value: number): string {
  return value < 0 ? `−${-value}` : `${value}`;
}

function legend(): string {
  const sample = (at: number) => `M${at} 24h28`;
  return [
    `<circle cx="58" cy="24" r="2.8"/><text x="72" y="28.5">measurements</text>`,
    `<path class="truth" d="${sample(184)}"/><text x="222" y="28.5">the function</text>`,
    `<rect class="band" x="328" y="15" width="28" height="18"/><path class="mean" d="${sample(328)}"/><text x="366" y="28.5">prediction, with two standard deviations</text>`,
  ].join("\n");
}

/** Writes the drawing to output/posterior.svg of this example. */
export function saveDrawing(predict: Parameters<typeof drawing>[0]): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("posterior.svg", folder), drawing(predict));
}
