/** Draws of two numbers against each other: a triangle of panels, with densities on its diagonal. */

import { coordinate, escapeXml, MARGIN, scaleOf } from "@graddiff/core/internal";
import { filledDensity } from "./chains.ts";
import {
  axisBelow,
  axisBeside,
  type Body,
  type Drawing,
  mostTicks,
  placing,
  widthOfTicks,
} from "./frame.ts";

/** The most draws that are drawn in a panel, besides divergent ones. */
const MOST_DRAWS = 1000;
const GAP = 12;
const NAME = 20;
const BELOW = 48;

/** Returns the triangle of panels. */
export function pairs({ numbers, divergent, count, palette, width }: Drawing): Body {
  const size = numbers.length;
  const values = numbers.map(({ chains }) => chains.flatMap((chain) => Array.from(chain)));
  const isDivergent = new Set(divergent.flatMap((own, c) => own.map((i) => c * count + i)));
  const total = divergent.length * count;
  const every = Math.max(1, Math.ceil(total / MOST_DRAWS));
  const drawn = Array.from({ length: total }, (_, i) => i).filter(
    (i) => i % every === 0 && !isDivergent.has(i),
  );
  const scales = values.map((own) =>
    scaleOf(own, { byMagnitude: false, most: mostTicks(width / size / 1.2) }),
  );
  const beside = Math.max(...scales.slice(1).map(widthOfTicks), 0) + 7;
  const cell = (width - 2 * MARGIN - beside - (size - 1) * GAP) / size;
  const height = Math.min(cell, 180);
  const areaOf = (row: number, column: number) => ({
    left: MARGIN + beside + column * (cell + GAP),
    top: NAME + row * (height + GAP + NAME),
    width: cell,
    height,
  });
  const parts = numbers.flatMap(({ name, chains }, row) => {
    const y = scales[row];
    return scales.slice(0, row + 1).map((x, column) => {
      const area = areaOf(row, column);
      const { left, top } = area;
      const [own, others] = [values[column] ?? [], values[row] ?? []];
      const isDiagonal = row === column;
      const points = (indices: Iterable<number>) => {
        const place = placing(area, x, y ?? x);
        return Array.from(indices, (i) => [own[i] ?? 0, others[i] ?? 0] as const)
          .filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
          .map(([a, b]) => `M${place(a, b)}h0`)
          .join("");
      };
      const scatter = () => [
        `<path d="${points(drawn)}" stroke="${palette.draws}" stroke-width="3" stroke-opacity="${palette.opacity}" stroke-linecap="round"/>`,
        `<path class="divergent" d="${points(isDivergent)}" stroke="${palette.divergent}" stroke-width="4.5" stroke-linecap="round"/>`,
      ];
      return [
        "<g>",
        isDiagonal
          ? `<text x="${coordinate(left)}" y="${coordinate(top - 6)}"${palette.look("name")}>${escapeXml(name)}</text>`
          : "",
        column === 0 && row > 0 && y ? axisBeside(area, y, palette) : "",
        ...(isDiagonal ? [filledDensity(chains, x, area, palette.draws)] : scatter()),
        axisBelow(area, row === size - 1 ? x : { ...x, ticks: [] }, palette),
        "</g>",
      ].join("\n");
    });
  });
  return { parts, height: NAME + size * (height + GAP + NAME) - GAP - NAME + BELOW };
}
