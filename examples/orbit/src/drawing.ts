/** Both trajectories as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import type { Tensor } from "@graddiff/core";
import { goal, MOON } from "./flight.ts";

const [WIDTH, HEIGHT] = [640, 300];
/** The pixels of the distance to the Moon, and the position of the middle of the frame. */
const SCALE = 400;
const [LEFT, MIDDLE] = [96, 246];

const place = (x: number, y: number) =>
  `${(LEFT + SCALE * x).toFixed(1)},${(MIDDLE - SCALE * y).toFixed(1)}`;
const pointsOf = (path: Tensor) => {
  const all = path.data();
  return Array.from({ length: all.length / 2 }, (_, i) =>
    place(all[2 * i] ?? 0, all[2 * i + 1] ?? 0),
  ).join(" ");
};
const circle = (x: number, y: number, r: number, name: string) => {
  const [cx, cy] = place(x, y).split(",");
  return `<circle class="${name}" cx="${cx}" cy="${cy}" r="${r}"/>`;
};

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #9ca3af; --earth: #1d4ed8; --moon: #6b7280; --shot: #b45309; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #6b7280; --earth: #93c5fd; --moon: #9ca3af; --shot: #fbbf24; }
}
text { fill: var(--ink); }
polyline, path { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.aim { stroke: var(--faint); stroke-dasharray: 6 5; }
.shot { stroke: var(--shot); }
.earth { fill: var(--earth); }
.moon { fill: var(--moon); }
.goal { fill: none; stroke: var(--ink); stroke-width: 2; }`;

export function drawing(aimed: Tensor, shot: Tensor): string {
  const [x = 0, y = 0] = goal.data();
  const label = (at: string, text: string, dx: number, dy: number) => {
    const [px, py] = at.split(",").map(Number);
    return `<text x="${(px ?? 0) + dx}" y="${(py ?? 0) + dy}">${text}</text>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>A probe leaves the Earth and is bent by the Moon: as it was aimed, and as it was shot to reach the goal</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
<polyline class="aim" points="${pointsOf(aimed)}"/>
<polyline class="shot" points="${pointsOf(shot)}"/>
${circle(-MOON, 0, 12, "earth")}
${circle(1 - MOON, 0, 6, "moon")}
${circle(x, y, 7, "goal")}
${label(place(-MOON, 0), "Earth", -22, 32)}
${label(place(1 - MOON, 0), "Moon", -18, 26)}
${label(place(x, y), "goal", 14, 5)}
<path class="aim" d="M56 28h36"/><text x="102" y="33">as aimed</text>
<path class="shot" d="M206 28h36"/><text x="252" y="33">as shot</text>
</svg>
`;
}

/** Writes the drawing to output/orbit.svg of this example. */
export function saveDrawing(aimed: Tensor, shot: Tensor): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("orbit.svg", folder), drawing(aimed, shot));
}
