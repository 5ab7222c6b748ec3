/** Data, fit, band and residuals as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import { linspace, type Tensor, tensor } from "@graddiff/core";
import type { CurveFit } from "@graddiff/solve";
import { counts, data, energies, type Spectrum } from "./spectrum.ts";

const [WIDTH, HEIGHT] = [640, 480];
const [LEFT, RIGHT] = [56, 624];
const UPPER = { top: 48, bottom: 316, low: 0, high: 400 };
const LOWER = { top: 348, bottom: 432, low: -4, high: 4 };

const across = (energy: number) => (LEFT + (energy / 8) * (RIGHT - LEFT)).toFixed(1);
const up = (value: number, { top, bottom, low, high }: typeof UPPER) =>
  (bottom - ((value - low) / (high - low)) * (bottom - top)).toFixed(1);

function placesOf(x: Tensor, y: Tensor, part = UPPER): [x: string, y: string][] {
  const heights = y.data();
  return Array.from(x.data(), (energy, i) => [across(energy), up(heights[i] ?? 0, part)]);
}

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #e5e7eb; --curve: #1d4ed8; --peak: #b45309; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #374151; --curve: #93c5fd; --peak: #fbbf24; }
}
text { fill: var(--ink); }
path, polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--faint); stroke-width: 1; }
.band { fill: var(--curve); fill-opacity: 0.25; stroke: none; }
.curve { stroke: var(--curve); }
.peak { stroke: var(--peak); stroke-width: 1.5; stroke-dasharray: 5 4; }
circle { fill: var(--ink); fill-opacity: 0.6; }`;

/** Returns the lines of a grid with their numbers, for one of both parts. */
function gridOf(part: typeof UPPER, values: readonly number[]): string[] {
  return values.map((value) => {
    const y = up(value, part);
    return `<path class="grid" d="M${LEFT} ${y}H${RIGHT}"/><text x="${LEFT - 8}" y="${y}" dy="4.5" text-anchor="end">${value}</text>`;
  });
}

export function drawing(fit: CurveFit<Tensor, Spectrum>): string {
  const grid = linspace(0, 8, 321, { dtype: "float64" });
  const { value, standardError } = fit.predict(grid);
  const upper = placesOf(grid, value.add(standardError.mul(2)));
  const lower = placesOf(grid, value.sub(standardError.mul(2)));
  const none = tensor(0, { dtype: "float64" });
  const peaks = fit.x.peaks.map((peak) => {
    const alone = counts(grid, { peaks: [peak], background: none, slope: none });
    return `<polyline class="peak" points="${placesOf(grid, alone).join(" ")}"/>`;
  });
  const columns = [0, 2, 4, 6, 8].map((energy) => {
    const x = across(energy);
    return `<path class="grid" d="M${x} ${UPPER.top}V${UPPER.bottom}M${x} ${LOWER.top}V${LOWER.bottom}"/><text x="${x}" y="${LOWER.bottom + 20}" text-anchor="middle">${energy}</text>`;
  });
  const dots = placesOf(energies, data).map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.2"/>`);
  const rest = placesOf(energies, fit.residuals.neg(), LOWER).map(
    ([x, y]) => `<circle cx="${x}" cy="${y}" r="2"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>A spectrum with three peaks: counts, the fitted curve with its band, each peak alone, and the residuals below</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
${[...columns, ...gridOf(UPPER, [0, 100, 200, 300, 400]), ...gridOf(LOWER, [-4, 0, 4])].join("\n")}
${peaks.join("\n")}
<polygon class="band" points="${[...upper, ...lower.reverse()].join(" ")}"/>
<polyline class="curve" points="${placesOf(grid, value).join(" ")}"/>
${dots.join("\n")}
${rest.join("\n")}
<circle cx="64" cy="24" r="2.6"/><text x="76" y="29">counts</text>
<rect class="band" x="150" y="15" width="28" height="18"/><path class="curve" d="M150 24h28"/><text x="188" y="29">fit, with two standard errors</text>
<path class="peak" d="M420 24h28"/><text x="458" y="29">each peak</text>
<text x="${LEFT}" y="${LOWER.top - 8}">residuals, in deviations</text>
<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">energy</text>
</svg>
`;
}

/** Writes the drawing to output/fit.svg of this example. */
export function saveDrawing(fit: CurveFit<Tensor, Spectrum>): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("fit.svg", folder), drawing(fit));
}
