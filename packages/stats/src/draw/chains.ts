/** Panels with one line for each chain: draws in their order, ranks, and densities. */

import { type Scale, scaleOf } from "@graddiff/core/internal";
import { type Chains, ranksOf } from "../diagnostics.ts";
import {
  type Area,
  colorOf,
  columnsOf,
  type Drawing,
  exactScale,
  mostTicks,
  type Panel,
  placing,
} from "./frame.ts";

/** The width of a panel that its scales are made for. */
const panelWidth = ({ width, numbers }: Drawing) => width / columnsOf(width, numbers.length) - 60;

const finite = (chains: Chains) =>
  chains.flatMap((chain) => Array.from(chain).filter(Number.isFinite));

function line(path: string, color: string, width: number, opacity: number): string {
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-opacity="${opacity}" stroke-linejoin="round"/>`;
}

/** Returns the draws of each chain in their order. */
export function trace(drawing: Drawing): Panel[] {
  const { palette, numbers, divergent, count } = drawing;
  const most = mostTicks(panelWidth(drawing));
  return numbers.map(({ name, chains }) => ({
    title: name,
    unit: "draw",
    x: exactScale(1, Math.max(2, count), most),
    y: scaleOf(finite(chains), { byMagnitude: false, most: 4 }),
    marks: (place, { top, height, width }) => [
      ...chains.map((chain, c) => {
        let path = "";
        for (const i of thinned(chain, width)) {
          const value = chain[i] ?? Number.NaN;
          if (Number.isFinite(value)) path += `${path === "" ? "M" : "L"}${place(i + 1, value)}`;
        }
        return line(path, colorOf(palette, c), 1, 0.7);
      }),
      ...rug(divergent, (i) => place(i + 1, 0).split(" ")[0] ?? "", top + height, palette.mark),
    ],
  }));
}

/** Returns marks of divergent transitions at the bottom of a panel. */
function rug(
  divergent: Drawing["divergent"],
  across: (index: number) => string,
  bottom: number,
  color: string,
): string[] {
  const path = divergent.flat().map((i) => `M${across(i)} ${bottom}v-9`);
  if (path.length === 0) return [];
  return [`<path class="divergent" d="${path.join("")}" stroke="${color}" stroke-width="1.5"/>`];
}

/** Returns the indices of the least and the greatest value of each pair of pixels, in their order. */
function thinned(values: Float64Array, width: number): number[] {
  const buckets = Math.max(1, Math.floor(width / 2));
  if (values.length <= 2 * buckets) return Array.from(values.keys());
  const indices: number[] = [];
  for (let b = 0; b < buckets; b++) {
    const [from, to] = [b, b + 1].map((at) => Math.floor((at * values.length) / buckets));
    let [low, high] = [from ?? 0, from ?? 0];
    for (let i = low; i < (to ?? 0); i++) {
      if ((values[i] ?? 0) < (values[low] ?? 0)) low = i;
      if ((values[i] ?? 0) > (values[high] ?? 0)) high = i;
    }
    indices.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return indices;
}

/** Returns how often the draws of each chain have each rank. */
export function rank(drawing: Drawing): Panel[] {
  const { palette, numbers, count } = drawing;
  const cells = Math.max(4, Math.min(20, Math.floor(count / 10)));
  const expected = count / cells;
  const deviation = Math.sqrt(expected * (1 - 1 / cells));
  return numbers.map(({ name, chains }) => {
    const total = chains.length * count;
    const counts = ranksOf(chains).map((ranks) => {
      const own = Array<number>(cells).fill(0);
      for (const each of ranks) {
        const cell = Math.min(cells - 1, Math.floor(((each - 0.5) / total) * cells));
        own[cell] = (own[cell] ?? 0) + 1;
      }
      return own;
    });
    const top = Math.max(expected + 3 * deviation, ...counts.flat());
    const [low, high] = [Math.max(0, expected - 2 * deviation), expected + 2 * deviation];
    return {
      title: name,
      unit: "rank",
      x: exactScale(0, total, mostTicks(panelWidth(drawing))),
      y: exactScale(0, top * 1.04, 4),
      marks: (place) => [
        `<path class="range" d="M${place(0, low)}L${place(total, low)}L${place(total, high)}L${place(0, high)}Z" fill="${palette.range}"/>`,
        ...counts.map((own, c) => {
          const steps = own.map((height, i) =>
            [i, i + 1].map((cell) => place((cell * total) / cells, height)).join("L"),
          );
          return line(`M${steps.join("L")}`, colorOf(palette, c), 1.6, 0.9);
        }),
      ],
    };
  });
}

/** The number of points of a density. */
const POINTS = 128;

/** A density at evenly spaced points. */
export interface Curve {
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
}

/**
 * Returns the density of numbers between two bounds, by a Gaussian kernel of Silverman's width (1986) on counts in cells. Mass
 * beyond the bounds is reflected, so that a density that ends at one, as that of a scale at 0, does not fall there.
 */
export function kernelDensity(values: readonly number[], low: number, high: number): Curve {
  const cell = (high - low) / (POINTS - 1) || 1;
  const counts = Array<number>(POINTS).fill(0);
  let [sum, squares] = [0, 0];
  for (const value of values) {
    const at = Math.min(POINTS - 1, Math.max(0, Math.round((value - low) / cell)));
    counts[at] = (counts[at] ?? 0) + 1;
    sum += value;
  }
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  const sorted = Float64Array.from(values).sort();
  const quarter = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const spread = Math.sqrt(squares / values.length);
  const middle = (quarter(0.75) - quarter(0.25)) / 1.34;
  const narrow = middle > 0 ? Math.min(spread, middle) : spread;
  const width = Math.max(0.9 * narrow * values.length ** -0.2, cell);
  const scale = values.length * width * Math.sqrt(2 * Math.PI);
  const reach = Math.min(POINTS - 1, Math.ceil((4 * width) / cell));
  const smooth = Array<number>(POINTS).fill(0);
  for (const [at, count] of counts.entries()) {
    for (let i = -reach; i <= reach && count > 0; i++) {
      const end = POINTS - 1;
      const to = at + i < 0 ? -(at + i) : at + i > end ? 2 * end - at - i : at + i;
      const weight = Math.exp(-0.5 * ((i * cell) / width) ** 2);
      smooth[to] = (smooth[to] ?? 0) + (count * weight) / scale;
    }
  }
  // Half of the first and of the last cell is beyond the bounds.
  const ends = [0, POINTS - 1];
  return { low, high, values: smooth.map((value, i) => (ends.includes(i) ? 2 * value : value)) };
}

/** Returns the path of a density, from the axis to the axis. */
export function densityPath(
  { low, high, values }: Curve,
  place: (x: number, y: number) => string,
): string {
  const step = (high - low) / (values.length - 1);
  return values.map((value, i) => `${i === 0 ? "M" : "L"}${place(low + i * step, value)}`).join("");
}

/** Returns the bounds of some numbers. */
export function boundsOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

/** Returns the scale of densities, which begins at 0 and has no numbers. */
export function densityScale(curves: readonly Curve[]): Scale {
  const top = Math.max(...curves.flatMap(({ values }) => values));
  return { ...exactScale(0, top * 1.08, 2), ticks: [] };
}

/** Returns the densities of the draws of each chain. */
export function density(drawing: Drawing): Panel[] {
  const { palette, numbers } = drawing;
  return numbers.map(({ name, chains }) => {
    const all = finite(chains);
    const [low, high] = boundsOf(all);
    const curves = chains.map((chain) =>
      kernelDensity(Array.from(chain).filter(Number.isFinite), low, high),
    );
    return {
      title: name,
      x: scaleOf(all, { byMagnitude: false, most: mostTicks(panelWidth(drawing)) }),
      y: densityScale(curves),
      marks: (place) =>
        curves.map((curve, c) => line(densityPath(curve, place), colorOf(palette, c), 1.6, 0.9)),
    };
  });
}

/** Returns the density of all draws of a number as a shape in an area. */
export function filledDensity(chains: Chains, x: Scale, area: Area, color: string): string {
  const all = finite(chains);
  const [low, high] = boundsOf(all);
  const curve = kernelDensity(all, low, high);
  const y = densityScale([curve]);
  const place = placing(area, x, y);
  const path = densityPath(curve, place);
  return `<path d="${path}L${place(high, 0)}L${place(low, 0)}Z" fill="${color}" fill-opacity="0.15"/>${line(path, color, 1.6, 1)}`;
}
