/** The drawings of what two of the programs have learnt, which follow the reader's light or dark theme. */

import { mkdirSync, writeFileSync } from "node:fs";
import { linspace, meshgrid, stack, type Tensor } from "@graddiff/core";
import type { Sequential } from "@graddiff/nn";

interface Drawing {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly style: string;
  readonly body: readonly string[];
}

function svg({ title, width, height, style, body }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="18" role="img">
<title>${title}</title>
<style>
svg { --paper: #ffffff; --ink: #1f2937; --upper: #1d4ed8; --lower: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #111827; --ink: #e5e7eb; --upper: #93c5fd; --lower: #fdba74; }
}
text { fill: var(--ink); }
${style}
</style>
<rect width="${width}" height="${height}" fill="var(--paper)"/>
${body.join("\n")}
</svg>
`;
}

/** Writes a drawing to output/ of this example. */
function save(name: string, drawing: Drawing): void {
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), svg(drawing));
}

const MOONS = {
  width: 720,
  top: 52,
  scale: 160,
  low: -1.65,
  high: 2.65,
  bottom: -1.15,
  upper: 1.65,
};
/** The height of a row of the areas, and the distance of the points in it where the network is asked, in pixels. */
const [ROW, STEP] = [2, 4];

const across = (x: number) => 16 + MOONS.scale * (x - MOONS.low);
const up = (y: number) => MOONS.top + MOONS.scale * (MOONS.upper - y);

/** Returns the likelihood of the second class beside the first, as a difference of scores. */
function marginsOf(model: Sequential, points: Tensor): Tensor {
  const scores = model.forward(points);
  return scores.at("...", 1).sub(scores.at("...", 0));
}

/** Returns the stretches of a row in which margins are positive, as a path; between two points a margin is linear. */
function piecesOf(margins: readonly number[], top: number): string {
  const end = STEP * (margins.length - 1);
  const crossings = margins.flatMap((margin, i) => {
    const before = margins[i - 1] ?? margin;
    return margin > 0 === before > 0 ? [] : [STEP * (i - 1 + before / (before - margin))];
  });
  const ends = [...((margins[0] ?? 0) > 0 ? [0] : []), ...crossings, end];
  const pieces: string[] = [];
  for (let i = 0; i + 1 < ends.length; i += 2) {
    const [left = 0, right = 0] = ends.slice(i, i + 2).map((x) => across(MOONS.low) + x);
    pieces.push(`M${left.toFixed(1)} ${top}H${right.toFixed(1)}v${ROW}H${left.toFixed(1)}z`);
  }
  return pieces.join("");
}

/** Returns the area of each class, and the test points on it. */
function moons(model: Sequential, { x, y }: { readonly x: Tensor; readonly y: Tensor }): Drawing {
  const { low, high, bottom, upper, scale, top, width } = MOONS;
  const rows = Math.round((scale * (upper - bottom)) / ROW);
  const columns = Math.round((scale * (high - low)) / STEP) + 1;
  const half = ROW / 2 / scale;
  const [xs, ys] = meshgrid([
    linspace(low, high, columns),
    linspace(upper - half, bottom + half, rows),
  ]);
  if (xs === undefined || ys === undefined) throw new Error("a grid has two axes");
  const margins = Array.from(marginsOf(model, stack([xs, ys], 2).reshape([-1, 2])).data());
  const areaOf = (sign: number) => {
    const pieces = Array.from({ length: rows }, (_, i) => {
      const row = margins.slice(i * columns, (i + 1) * columns);
      return piecesOf(
        row.map((margin) => sign * margin),
        top + ROW * i,
      );
    });
    return pieces.join("");
  };
  const found = marginsOf(model, x).data();
  const [places, classes] = [x.data(), y.data()];
  const points = Array.from(classes, (kind, i) => {
    const [h, v] = [across(places[2 * i] ?? 0).toFixed(1), up(places[2 * i + 1] ?? 0).toFixed(1)];
    const isMistaken = (found[i] ?? 0) > 0 !== (kind === 1);
    return `<use href="#${kind === 1 ? "lower" : "upper"}" x="${h}" y="${v}"/>${isMistaken ? `<use href="#mistaken" x="${h}" y="${v}"/>` : ""}`;
  });
  return {
    title: "Two moons: the test points, and the areas in which the network finds each class",
    width,
    height: top + ROW * rows + 16,
    style: `.area { fill-opacity: 0.16; }
.upper { fill: var(--upper); }
.lower { fill: var(--lower); }
.mistaken { fill: none; stroke: var(--ink); stroke-width: 1.6; }`,
    body: [
      `<defs><circle id="upper" class="upper" r="3.6"/><path id="lower" class="lower" d="M0-4.6 4.4 3.4H-4.4z"/><circle id="mistaken" class="mistaken" r="8"/></defs>`,
      `<path class="area upper" d="${areaOf(-1)}"/>`,
      `<path class="area lower" d="${areaOf(1)}"/>`,
      ...points,
      `<use href="#upper" x="26" y="27"/><text x="40" y="33">upper moon</text>`,
      `<use href="#lower" x="180" y="27"/><text x="194" y="33">lower moon</text>`,
      `<use href="#mistaken" x="336" y="27"/><text x="353" y="33">taken for the other one</text>`,
    ],
  };
}

export function saveMoons({
  model,
  testing,
}: {
  readonly model: Sequential;
  readonly testing: { readonly x: Tensor; readonly y: Tensor };
}): void {
  save("two-moons.svg", moons(model, testing));
}

const [PIXEL, IMAGE, COLUMNS, LEVELS] = [6, 58, 12, 8];

/** Images of 8 × 8 pixels in rows, as one path for each shade: "M…" for a pixel. */
function gridOf(images: Tensor, top: number): string[] {
  const shades = Array.from({ length: LEVELS + 1 }, () => "");
  Array.from(images.data()).forEach((value, i) => {
    const [image, pixel] = [Math.floor(i / 64), i % 64];
    const x = 16 + IMAGE * (image % COLUMNS) + PIXEL * (pixel % 8);
    const y = top + IMAGE * Math.floor(image / COLUMNS) + PIXEL * Math.floor(pixel / 8);
    shades[Math.round(value * LEVELS)] += `M${x} ${y}h${PIXEL}v${PIXEL}h-${PIXEL}z`;
  });
  return shades.flatMap((path, level) => {
    if (level === 0 || path === "") return [];
    return [`<path fill="var(--ink)" fill-opacity="${level / LEVELS}" d="${path}"/>`];
  });
}

/** Digits of the data, and under them those that were drawn. */
export function saveSamples(
  { images, samples }: { images: Tensor; samples: Tensor },
  { file, artist }: { file: string; artist: string },
): void {
  const rows = Math.ceil((samples.shape[0] ?? 0) / COLUMNS);
  save(file, {
    title: `Handwritten digits of the data, and digits that the ${artist} has drawn`,
    width: 32 + IMAGE * COLUMNS - (IMAGE - 8 * PIXEL),
    height: 156 + IMAGE * rows,
    style: "",
    body: [
      `<text x="16" y="32">digits of the data</text>`,
      ...gridOf(images.at([0, COLUMNS]), 46),
      `<text x="16" y="${IMAGE + 78}">digits that the network draws</text>`,
      ...gridOf(samples, IMAGE + 92),
    ],
  });
}
