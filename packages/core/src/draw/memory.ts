/**
 * Memory over time as a standalone SVG document: the steps of a program from left to right, addresses upwards, and a
 * box for each value, as wide as it lives and as high as it is large.
 */

import { multiples } from "./scale.ts";
import { FONT_SIZE, looksFor, type WriteLook } from "./svgStyle.ts";
import { coordinate, escapeXml, proportionalWidth } from "./svgText.ts";
import { MARGIN, readWideOptions, type WideSvgOptions, wideLooks } from "./wide.ts";

/** A value: bytes from an offset on, from one step to another. */
export interface Box {
  readonly name: string;
  /** The name of the value, which is written where there is room. */
  readonly what: string;
  readonly offset: number;
  readonly bytes: number;
  /** −1 for what is there before the first step, and as many as there are steps for what is there after the last. */
  readonly from: number;
  readonly to: number;
  readonly isInput: boolean;
}

/** A region of memory. */
export interface MemoryRegion {
  readonly title: string;
  readonly bytes: number;
  readonly boxes: readonly Box[];
}

const looks = () =>
  ({
    ...wideLooks(),
    computed: { fill: "value", stroke: "value", other: { "fill-opacity": 0.16 } },
    input: { fill: "leaf", stroke: "line" },
    label: { fill: "ink", other: { "font-size": FONT_SIZE.legend } },
  }) as const;

const TITLE = 30;
const GAP = 26;
const BELOW = 44;
/** The height of all regions together, and the least of each. */
const HEIGHT = { all: 420, least: 26 };
/** The least pixels between the numbers of steps. */
const STEP_DISTANCE = 44;
/** The least pixels between the bytes at the axis. */
const TICK_DISTANCE = 28;

/** Draws regions of memory one above the other over the same steps. */
export function drawBoxes(
  regions: readonly MemoryRegion[],
  steps: readonly string[],
  options?: WideSvgOptions,
): string {
  const { title, theme, width } = readWideOptions("drawMemory", options);
  return new MemoryDrawing(regions, steps, width, looksFor(looks(), theme)).draw(
    title ?? "Memory of a program",
  );
}

class MemoryDrawing {
  readonly #regions: readonly MemoryRegion[];
  readonly #steps: readonly string[];
  readonly #width: number;
  readonly #look: WriteLook<keyof ReturnType<typeof looks>>;
  readonly #left: number;
  readonly #right: number;
  readonly #heights: readonly number[];

  constructor(
    regions: readonly MemoryRegion[],
    steps: readonly string[],
    width: number,
    look: WriteLook<keyof ReturnType<typeof looks>>,
  ) {
    this.#regions = regions;
    this.#steps = steps;
    this.#width = width;
    this.#look = look;
    const all = regions.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#heights = regions.map(({ bytes }) =>
      Math.max(HEIGHT.least, (HEIGHT.all * bytes) / Math.max(1, all)),
    );
    const texts = regions.flatMap(({ bytes }, i) =>
      ticksOf(bytes, this.#heights[i] ?? 0).map((tick) => writeBytes(tick)),
    );
    const widest = Math.max(0, ...texts.map((text) => proportionalWidth(text, FONT_SIZE.legend)));
    this.#left = MARGIN + widest + 8;
    this.#right = width - MARGIN;
  }

  draw(title: string): string {
    let top = MARGIN;
    const parts = this.#regions.map((region, i) => {
      const height = this.#heights[i] ?? 0;
      const drawn = this.#region(region, top + TITLE, height);
      top += TITLE + height + GAP;
      return drawn;
    });
    const bottom = top - (parts.length > 0 ? GAP : 0);
    const height = bottom + BELOW;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" class="graddiff-memory" role="img" width="${this.#width}" height="${coordinate(height)}" viewBox="0 0 ${this.#width} ${coordinate(height)}"${this.#look("root")}>`,
      `<title>${escapeXml(title)}</title>`,
      `<desc>${escapeXml(this.#description())}</desc>`,
      `<rect class="background" width="${this.#width}" height="${coordinate(height)}"${this.#look("background")}/>`,
      ...parts,
      this.#axis(bottom),
      "</svg>",
      "",
    ].join("\n");
  }

  /**
   * Returns the coordinate at which a step begins. Values that exist before the first step begin at the axis, a
   * little earlier.
   */
  #across(step: number): number {
    return this.#left + ((step + 1) / (this.#steps.length + 2)) * (this.#right - this.#left);
  }

  #region({ title, bytes, boxes }: MemoryRegion, top: number, height: number): string {
    const up = (offset: number) => top + height * (1 - offset / Math.max(1, bytes));
    const ticks = ticksOf(bytes, height).map((value) => {
      const y = coordinate(up(value));
      return `<path class="grid" d="M${coordinate(this.#left)} ${y}H${coordinate(this.#right)}"${this.#look("grid")}/><text class="tick" data-bytes="${value}" x="${coordinate(this.#left - 8)}" y="${y}" dy="0.35em" text-anchor="end"${this.#look("tick")}>${writeBytes(value)}</text>`;
    });
    return [
      `<g class="region">`,
      `<text class="title" x="${MARGIN}" y="${coordinate(top - 12)}"${this.#look("title")}>${escapeXml(title)}</text>`,
      ...ticks,
      ...withHeirs(boxes).map(({ box, hasHeir }) => this.#box(box, hasHeir, up)),
      "</g>",
    ].join("\n");
  }

  #box(box: Box, hasHeir: boolean, up: (offset: number) => number): string {
    const { name, what, offset, bytes, from, to, isInput } = box;
    const [left, right] = [this.#across(from), this.#across(hasHeir ? to : to + 1)];
    const [above, below] = [up(offset + bytes), up(offset)];
    const [width, height] = [right - left, below - above];
    const kind = isInput ? "input" : "computed";
    const rect = `<rect x="${coordinate(left)}" y="${coordinate(above)}" width="${coordinate(width)}" height="${coordinate(height)}"${this.#look(kind)}/>`;
    const label = [`${name} ${what}`, `${name} ${what.split(" [")[0]}`, name].find(
      (text) =>
        height >= FONT_SIZE.legend + 2 && width >= proportionalWidth(text, FONT_SIZE.legend) + 10,
    );
    const written =
      label === undefined
        ? ""
        : `<text class="label" x="${coordinate(left + 5)}" y="${coordinate((above + below) / 2)}" dy="0.35em"${this.#look("label")}>${escapeXml(label)}</text>`;
    return `<g class="${kind}" data-from="${from}" data-to="${to}" data-offset="${offset}" data-bytes="${bytes}"><title>${escapeXml(this.#tooltip(box))}</title>${rect}${written}</g>`;
  }

  #tooltip({ name, what, bytes, from, to }: Box): string {
    const stepAt = (step: number) => `step ${step}, ${this.#steps[step]}`;
    const begins = from < 0 ? "there before the first step" : `written by ${stepAt(from)}`;
    const ends =
      to >= this.#steps.length ? "there after the last step" : `last read by ${stepAt(to)}`;
    return `${name} ${what}, ${writeBytes(bytes)}: ${begins}, ${ends}`;
  }

  #axis(bottom: number): string {
    const y = coordinate(bottom);
    const count = this.#steps.length;
    const most = Math.max(1, Math.floor((this.#right - this.#left) / STEP_DISTANCE));
    const shown = count > 1 ? multiples(0, count - 1, most).filter(Number.isInteger) : [0];
    const middle = (step: number) => (this.#across(step) + this.#across(step + 1)) / 2;
    const texts = (count > 0 ? shown : []).map((step) => {
      const x = coordinate(middle(step));
      return `<path class="axis" d="M${x} ${y}v5"${this.#look("axis")}/><text class="tick" data-step="${step}" x="${x}" y="${coordinate(bottom + 20)}" text-anchor="middle"${this.#look("tick")}>${step}</text>`;
    });
    return [
      `<path class="axis" d="M${coordinate(this.#left)} ${y}H${coordinate(this.#right)}"${this.#look("axis")}/>`,
      ...texts,
      `<text class="tick" x="${coordinate(this.#right)}" y="${coordinate(bottom + 36)}" text-anchor="end"${this.#look("tick")}>step</text>`,
    ].join("\n");
  }

  #description(): string {
    const parts = this.#regions.map(({ title, boxes }) => `${title}: ${boxes.length} values`);
    return [`${this.#steps.length} steps`, ...parts].join(". ");
  }
}

/** Boxes, and whether a later one begins in their place with the step in which they end. */
function withHeirs(boxes: readonly Box[]): { box: Box; hasHeir: boolean }[] {
  const starting = new Map<number, Box[]>();
  for (const box of boxes) {
    const known = starting.get(box.from);
    if (known === undefined) starting.set(box.from, [box]);
    else known.push(box);
  }
  return boxes.map((box) => {
    const { offset, bytes, from, to } = box;
    const heirs = to > from ? (starting.get(to) ?? []) : [];
    const overlaps = (other: Box) =>
      other.offset < offset + bytes && offset < other.offset + other.bytes;
    return { box, hasHeir: heirs.some(overlaps) };
  });
}

function ticksOf(bytes: number, height: number): number[] {
  const most = Math.max(1, Math.floor(height / TICK_DISTANCE));
  return bytes === 0 ? [0] : multiples(0, bytes, most);
}

/** `1.5 MB`: bytes to three digits, in powers of 1000. */
export function writeBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  let [amount, unit] = [bytes, 0];
  for (; amount >= 1000 && unit < units.length - 1; unit++) amount /= 1000;
  return `${Number(amount.toPrecision(3))} ${units[unit]}`;
}
