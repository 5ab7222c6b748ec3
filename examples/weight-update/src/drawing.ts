/** The first step and the course of the error as a drawing, which follows the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import { nodeNames, type Step, weightNames } from "./network.ts";

const [WIDTH, HEIGHT] = [480, 600];
const RADIUS = 27;
const PLOT = { left: 48, right: 464, top: 404, bottom: 564 };
const HIGHEST = 1.5;

/** The positions of the nodes. */
const PLACES = {
  i1: [52, 112],
  i2: [52, 264],
  h1: [240, 112],
  h2: [240, 264],
  o1: [428, 112],
  o2: [428, 264],
} as const;

type NodeName = keyof typeof PLACES;

/** The two nodes that each weight connects. */
const EDGES: Readonly<Record<string, readonly [from: NodeName, to: NodeName]>> = {
  w1: ["i1", "h1"],
  w2: ["i2", "h1"],
  w3: ["i1", "h2"],
  w4: ["i2", "h2"],
  w5: ["h1", "o1"],
  w6: ["h2", "o1"],
  w7: ["h1", "o2"],
  w8: ["h2", "o2"],
};

const STYLE = `
svg { --paper: #ffffff; --ink: #1f2937; --faint: #e5e7eb; --edge: #9ca3af; --value: #1d4ed8; --error: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --faint: #374151; --edge: #6b7280; --value: #93c5fd; --error: #fdba74; }
}
text { fill: var(--ink); }
path, polyline, circle { fill: none; stroke-width: 2; stroke-linejoin: round; }
circle { fill: var(--paper); stroke: var(--ink); }
.grid { stroke: var(--faint); stroke-width: 1; }
.edge { stroke: var(--edge); stroke-width: 1.5; }
.course { stroke: var(--error); }
.onEdge { paint-order: stroke; stroke: var(--paper); stroke-width: 6; }
.value { fill: var(--value); }
.error { fill: var(--error); }
.name { font-weight: 600; }`;

const signed = (value: number, digits: number) => value.toFixed(digits).replace("-", "−");

/** Returns a weight on its line, nearer to the source, so that weights of crossing lines do not overlap. */
function edge(name: string, weight: number): string {
  const ends = EDGES[name];
  if (ends === undefined) return "";
  const [[fromX, fromY], [toX, toY]] = [PLACES[ends[0]], PLACES[ends[1]]];
  const at = (share: number) => [fromX + share * (toX - fromX), fromY + share * (toY - fromY)];
  const [x = 0, y = 0] = at(0.36);
  return [
    `<path class="edge" d="M${fromX} ${fromY}L${toX} ${toY}"/>`,
    `<text class="onEdge" x="${x.toFixed(1)}" y="${(y + 4.5).toFixed(1)}">${name} ${signed(weight, 2)}</text>`,
  ].join("");
}

function node(name: NodeName, value: number, bias?: number, error?: number): string {
  const [x, y] = PLACES[name];
  const lines = [
    `<circle cx="${x}" cy="${y}" r="${RADIUS}"/>`,
    `<text class="name" x="${x}" y="${y + (bias === undefined ? 5 : -1)}">${name}</text>`,
    `<text class="value" x="${x}" y="${y - RADIUS - 9}">${signed(value, error === undefined ? 0 : 4)}</text>`,
  ];
  if (bias !== undefined) {
    lines.push(`<text font-size="12" x="${x}" y="${y + 15}">+ ${bias.toFixed(2)}</text>`);
  }
  if (error !== undefined) {
    lines.push(`<text class="error" x="${x}" y="${y + RADIUS + 19}">${signed(error, 4)}</text>`);
  }
  return lines.join("");
}

function network({ inputs, nodes, updates }: Step): string {
  const weightOf = (name: string) => updates.at(weightNames.indexOf(name), 0).item();
  return [
    ...Object.keys(EDGES).map((name) => edge(name, weightOf(name))),
    node("i1", inputs.at(0).item()),
    node("i2", inputs.at(1).item()),
    ...nodeNames.map((name, i) => {
      const [value, error] = [nodes.at(i, 0).item(), nodes.at(i, 1).item()];
      return node(name, value, weightOf(`bias ${name}`), error);
    }),
  ].join("\n");
}

/** Returns the curve of E after each round. */
function course(errors: readonly number[]): string {
  const across = (round: number) =>
    (PLOT.left + (round / errors.length) * (PLOT.right - PLOT.left)).toFixed(1);
  const up = (error: number) =>
    (PLOT.bottom - (error / HIGHEST) * (PLOT.bottom - PLOT.top)).toFixed(1);
  const columns = [0, 1000, 2000, 3000].map((round) => {
    const [x, anchor] = [across(round), round === 3000 ? "end" : "middle"];
    return `<path class="grid" d="M${x} ${PLOT.top}V${PLOT.bottom}"/><text x="${x}" y="${PLOT.bottom + 20}" text-anchor="${anchor}">${round}</text>`;
  });
  const rows = [0, 0.5, 1, 1.5].map((error) => {
    const y = up(error);
    return `<path class="grid" d="M${PLOT.left} ${y}H${PLOT.right}"/><text x="${PLOT.left - 8}" y="${y}" dy="4.5" text-anchor="end">${error}</text>`;
  });
  const points = errors.flatMap((error, i) =>
    i % 10 === 0 ? [`${across(i + 1)},${up(error)}`] : [],
  );
  return [...columns, ...rows, `<polyline class="course" points="${points.join(" ")}"/>`].join(
    "\n",
  );
}

export function drawing(first: Step, errors: readonly number[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>A 2-2-2 network in its first step, and the error of its training</title>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--paper)"/>
<text x="16" y="28" class="name">Step 1</text>
<text x="464" y="28" text-anchor="end"><tspan class="value">value, forward</tspan><tspan dx="16" class="error">error, carried back</tspan></text>
<g text-anchor="middle">
${network(first)}
</g>
<text x="16" y="${PLOT.top - 26}" class="name">E of the four cases, by rounds</text>
${course(errors)}
</svg>
`;
}

/** Writes the drawing to output/network.svg of this example. */
export function saveDrawing(first: Step, errors: readonly number[]): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("network.svg", folder), drawing(first, errors));
}
