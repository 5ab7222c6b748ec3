/** The beginning of the track as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import type { Tensor } from "@graddiff/core";
import { measured, track } from "./track.ts";

/** The number of steps that are drawn, few enough that the noise is visible. */
const STEPS = 100;
/** The pixels of a unit, on both axes. */
const SCALE = 6;
const [LEFT, TOP] = [44, 48];
const [LOW, HIGH] = [-6, 108] as const;
const [BOTTOM, UPPER] = [-6, 74] as const;
const RIGHT = LEFT + SCALE * (HIGH - LOW);
const FLOOR = TOP + SCALE * (UPPER - BOTTOM);
const [WIDTH, HEIGHT] = [RIGHT + 16, FLOOR + 36];

const across = (value: number) => (LEFT + SCALE * (value - LOW)).toFixed(1);
const up = (value: number) => (FLOOR - SCALE * (value - BOTTOM)).toFixed(1);

/** Returns the first positions of a track, as points of the drawing. */
function placesOf(positions: Tensor): [x: string, y: string][] {
  const elements = positions.data();
  return Array.from({ length: STEPS }, (_, i) => {
    return [across(elements[2 * i] ?? 0), up(elements[2 * i + 1] ?? 0)];
  });
}

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #e5e7eb; --filtered: #1d4ed8; --truth: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #374151; --filtered: #93c5fd; --truth: #fdba74; }
}
text { fill: var(--ink); }
path, polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--faint); stroke-width: 1; }
.filtered { stroke: var(--filtered); }
.truth { stroke: var(--truth); stroke-dasharray: 6 5; }
circle { fill: var(--ink); fill-opacity: 0.7; }`;

/** Returns a drawing of the first steps: the measurements, the filtered track and the true one. */
export function drawing(filtered: Tensor): string {
  const columns = [0, 20, 40, 60, 80, 100].map((value) => {
    const at = across(value);
    return `<path class="grid" d="M${at} ${TOP}V${FLOOR}"/><text x="${at}" y="${FLOOR + 20}" text-anchor="middle">${value}</text>`;
  });
  const rows = [0, 20, 40, 60].map((value) => {
    const at = up(value);
    return `<path class="grid" d="M${LEFT} ${at}H${RIGHT}"/><text x="${LEFT - 8}" y="${at}" dy="4.5" text-anchor="end">${value}</text>`;
  });
  const line = (kind: string, positions: Tensor) =>
    `<polyline class="${kind}" points="${placesOf(positions).join(" ")}"/>`;
  const dots = placesOf(measured).map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.8"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>A Kalman filter: noisy measurements of a track, the filtered track and the true one</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
${[...columns, ...rows].join("\n")}
${dots.join("\n")}
${line("truth", track)}
${line("filtered", filtered)}
<circle cx="58" cy="24" r="2.8"/><text x="72" y="28.5">measurements</text>
<path class="truth" d="M184 24h28"/><text x="222" y="28.5">the track</text>
<path class="filtered" d="M304 24h28"/><text x="342" y="28.5">the filtered track</text>
</svg>
`;
}

/** Writes the drawing to output/track.svg of this example. */
export function saveDrawing(filtered: Tensor): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("track.svg", folder), drawing(filtered));
}
