/**
 * Curves over steps, one panel above the other, as a standalone SVG document: how a training went.
 */

import { at } from "../tensor/shape.ts";
import { multiples, type Scale, scaleOf } from "./scale.ts";
import { type Color, FONT_SIZE, looksFor, type WriteLook } from "./svgStyle.ts";
import { coordinate, escapeXml, proportionalWidth } from "./svgText.ts";
import { MARGIN, readWideOptions, type WideSvgOptions, wideLooks } from "./wide.ts";

/** Values by step. One that is not finite leaves a gap. */
export interface Curve {
  readonly name: string;
  readonly values: readonly number[];
  readonly color: "first" | "second";
}

/** Curves that share an axis: at most two. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** True if its axis may be logarithmic. */
  readonly byMagnitude: boolean;
}

const looks = () =>
  ({
    ...wideLooks(),
    "curve first": curve("value"),
    "curve second": curve("gradient"),
    "end first": { fill: "value" },
    "end second": { fill: "gradient" },
    "label first": { fill: "value", other: { "font-size": FONT_SIZE.legend } },
    "label second": { fill: "gradient", other: { "font-size": FONT_SIZE.legend } },
  }) as const;

const curve = (stroke: Color) => ({
  fill: "none" as const,
  stroke,
  other: { "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round" },
});

const TITLE = 30;
/** The height of the labels above a plot. */
const LABELS = 20;
const GAP = 28;
const HEIGHTS = { first: 190, other: 96 };
const BELOW = 44;
const LABEL_DISTANCE = 16;
/** The least pixels between the numbers of steps. */
const STEP_DISTANCE = 56;
const LABEL_GAP = 12;

/** Returns a value with four digits. */
function writeValue(value: number): string {
  return Number.isFinite(value) ? writeTick(Number(value.toPrecision(4))) : "not finite";
}

/** Returns a value in full. */
function writeTick(value: number): string {
  const size = Math.abs(value);
  const isSmall = size > 0 && size < 1e-4;
  return (isSmall ? value.toExponential() : String(value)).replaceAll("-", "−");
}

/**
 * Draws panels of curves over the same steps.
 *
 * @param op the function that takes the options.
 * @param step the word for a step, such as "epoch". Steps count from 1, as people count.
 */
export function drawCurves(
  panels: readonly Panel[],
  { op = "svg", step, heading }: { op?: string; step: string; heading: string },
  options?: WideSvgOptions,
): string {
  const { title, theme, width } = readWideOptions(op, options);
  const count = Math.max(
    0,
    ...panels.flatMap(({ curves }) => curves.map(({ values }) => values.length)),
  );
  const look = looksFor(looks(), theme);
  const shown = count === 0 ? [] : panels;
  return new CurveDrawing(shown, { count, width, look }).draw(title ?? heading, step);
}

type Look = WriteLook<keyof ReturnType<typeof looks>>;

class CurveDrawing {
  readonly #panels: readonly Panel[];
  readonly #count: number;
  readonly #width: number;
  readonly #look: Look;
  readonly #left: number;
  readonly #right: number;
  readonly #scales: readonly Scale[];

  constructor(
    panels: readonly Panel[],
    { count, width, look }: { count: number; width: number; look: Look },
  ) {
    this.#panels = panels;
    this.#count = count;
    this.#width = width;
    this.#look = look;
    this.#scales = panels.map(({ curves, byMagnitude }, i) =>
      scaleOf(
        curves.flatMap(({ values }) => values),
        { byMagnitude, most: i === 0 ? 5 : 3 },
      ),
    );
    const widest = (texts: readonly string[]) =>
      Math.max(0, ...texts.map((text) => proportionalWidth(text, FONT_SIZE.legend)));
    this.#left = MARGIN + widest(this.#scales.flatMap(({ ticks }) => ticks.map(writeTick))) + 8;
    const labels = panels.flatMap(({ curves }) => curves.map(labelOf));
    this.#right = width - MARGIN - (this.#isNarrow ? 0 : widest(labels) + LABEL_GAP);
  }

  /** True if the labels of curves are above them, since they do not fit beside them. */
  get #isNarrow(): boolean {
    return this.#width < 560;
  }

  draw(heading: string, step: string): string {
    let top = MARGIN;
    const above = this.#isNarrow ? TITLE + LABELS : TITLE;
    const parts = this.#panels.map((panel, i) => {
      const height = i === 0 ? HEIGHTS.first : HEIGHTS.other;
      const drawn = this.#panel(panel, at(this.#scales, i), { top: top + above, height });
      top += above + height + GAP;
      return drawn;
    });
    const bottom = Math.max(top - GAP, MARGIN);
    const height = bottom + BELOW;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" class="graddiff-curves" role="img" width="${this.#width}" height="${height}" viewBox="0 0 ${this.#width} ${height}"${this.#look("root")}>`,
      `<title>${escapeXml(heading)}</title>`,
      `<desc>${escapeXml(this.#description(step))}</desc>`,
      `<rect class="background" width="${this.#width}" height="${height}"${this.#look("background")}/>`,
      ...parts,
      this.#steps(bottom, step),
      "</svg>",
      "",
    ].join("\n");
  }

  #across(index: number): number {
    // A single step is drawn at the end, beside its label.
    const share = this.#count > 1 ? index / (this.#count - 1) : 1;
    return this.#left + share * (this.#right - this.#left);
  }

  #panel({ title, curves }: Panel, scale: Scale, { top, height }: Area): string {
    const up = (value: number) => top + height * (1 - scale.fraction(value));
    const ticks = scale.ticks.map((value) => {
      const y = coordinate(up(value));
      const x = coordinate(this.#left - 8);
      return `<path class="grid" d="M${coordinate(this.#left)} ${y}H${coordinate(this.#right)}"${this.#look("grid")}/><text class="tick" data-value="${value}" x="${x}" y="${y}" dy="0.35em" text-anchor="end"${this.#look("tick")}>${writeTick(value)}</text>`;
    });
    const names = scale.isLogarithmic ? `${title} (logarithmic)` : title;
    return [
      `<g class="panel">`,
      `<text class="title" x="${MARGIN}" y="${top - (this.#isNarrow ? LABELS : 0) - 12}"${this.#look("title")}>${escapeXml(names)}</text>`,
      ...ticks,
      ...curves.map((curve) => this.#curve(curve, up)),
      ...this.#labels(curves, up, { top, height }),
      "</g>",
    ].join("\n");
  }

  #curve(curve: Curve, up: (value: number) => number): string {
    const { name, values, color } = curve;
    let isGap = true;
    let path = "";
    for (const [x, value] of thinned(values, this.#right - this.#left)) {
      if (Number.isFinite(value)) {
        const point = `${coordinate(this.#across(x))} ${coordinate(up(value))}`;
        // A point alone is a dot, which a line without length and with round ends is.
        path += isGap ? `M${point}L${point}` : `L${point}`;
      }
      isGap = !Number.isFinite(value);
    }
    const last = values.findLastIndex((value) => Number.isFinite(value));
    const end = `cx="${coordinate(this.#across(last))}" cy="${coordinate(up(values[last] ?? 0))}"`;
    return [
      `<path class="curve" data-curve="${escapeXml(name)}" d="${path}"${this.#look(`curve ${color}`)}><title>${escapeXml(describeCurve(curve))}</title></path>`,
      ...(last < 0 ? [] : [`<circle class="end" ${end} r="3.5"${this.#look(`end ${color}`)}/>`]),
    ].join("\n");
  }

  /** Returns the names and last values of the curves. */
  #labels(curves: readonly Curve[], up: (value: number) => number, area: Area): string[] {
    if (!this.#isNarrow) return this.#labelsBeside(curves, up, area);
    let right = this.#right;
    return curves.toReversed().map((curve) => {
      const text = labelOf(curve);
      const written = `<text class="label" x="${coordinate(right)}" y="${area.top - 12}" text-anchor="end"${this.#look(`label ${curve.color}`)}>${escapeXml(text)}</text>`;
      right -= proportionalWidth(text, FONT_SIZE.legend) + LABEL_GAP;
      return written;
    });
  }

  /** Returns the labels at the ends of the curves, at a distance where they are too near. */
  #labelsBeside(curves: readonly Curve[], up: (value: number) => number, area: Area): string[] {
    const ends = curves.map(({ values }) => {
      const last = values.findLast((value) => Number.isFinite(value));
      return last === undefined ? area.top + area.height / 2 : up(last);
    });
    const [first = 0, second] = ends;
    if (second !== undefined && Math.abs(first - second) < LABEL_DISTANCE) {
      const low = area.top + LABEL_DISTANCE / 2;
      const high = area.top + area.height - LABEL_DISTANCE / 2;
      const middle = Math.min(high, Math.max(low, (first + second) / 2));
      const half = LABEL_DISTANCE / 2;
      ends.splice(
        0,
        2,
        ...(first <= second ? [middle - half, middle + half] : [middle + half, middle - half]),
      );
    }
    return curves.map((curve, i) => {
      return `<text class="label" x="${coordinate(this.#right + LABEL_GAP)}" y="${coordinate(at(ends, i))}" dy="0.35em"${this.#look(`label ${curve.color}`)}>${escapeXml(labelOf(curve))}</text>`;
    });
  }

  #steps(bottom: number, step: string): string {
    const last = this.#count;
    const most = Math.floor((this.#right - this.#left) / STEP_DISTANCE);
    const ticks = last > 1 ? multiples(1, last, most).filter(Number.isInteger) : [];
    // The first is written; labels that would touch it are left out.
    const start = this.#across(0) + STEP_DISTANCE / 2;
    const shown = [1, ...ticks.filter((step) => this.#across(step - 1) > start)];
    const texts = shown.map((step) => {
      const x = coordinate(this.#across(step - 1));
      return `<path class="axis" d="M${x} ${bottom}v5"${this.#look("axis")}/><text class="tick" data-step="${step}" x="${x}" y="${bottom + 20}" text-anchor="middle"${this.#look("tick")}>${step}</text>`;
    });
    const none = `<text class="tick" x="${MARGIN}" y="${bottom + 20}"${this.#look("tick")}>no ${step} has ended yet</text>`;
    if (last === 0) return none;
    return [
      `<path class="axis" d="M${coordinate(this.#left)} ${bottom}H${coordinate(this.#right)}"${this.#look("axis")}/>`,
      ...texts,
      this.#isNarrow
        ? `<text class="tick" x="${coordinate(this.#right)}" y="${bottom + 36}" text-anchor="end"${this.#look("tick")}>${step}</text>`
        : `<text class="tick" x="${coordinate(this.#right + 26)}" y="${bottom + 20}"${this.#look("tick")}>${step}</text>`,
    ].join("\n");
  }

  #description(step: string): string {
    const curves = this.#panels.flatMap(({ title, curves: ofPanel }) =>
      ofPanel.map((each) => [title, describeCurve(each)].join(" ")),
    );
    return [`${this.#count} ${step}${this.#count === 1 ? "" : "s"}`, ...curves].join(". ");
  }
}

interface Area {
  readonly top: number;
  readonly height: number;
}

function labelOf({ name, values }: Curve): string {
  const last = values.at(-1);
  return last === undefined ? name : `${name} ${writeValue(last)}`.trim();
}

function describeCurve({ name, values }: Curve): string {
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) return `${name} without values`.trim();
  return `${name} from ${writeValue(first)} to ${writeValue(last)}`.trim();
}

/** Returns the values by step; of more than the drawing has room for, the least and the greatest of each run of steps. */
function thinned(values: readonly number[], most: number): (readonly [number, number])[] {
  const run = Math.ceil((2 * values.length) / most);
  const all = values.map((value, i) => [i, value] as const);
  if (run <= 2) return all;
  const kept: (readonly [number, number])[] = [];
  for (let start = 0; start < all.length; start += run) {
    const points = all.slice(start, start + run);
    const finite = points.filter(([, value]) => Number.isFinite(value)).sort((a, b) => a[1] - b[1]);
    const gap = points.find(([, value]) => !Number.isFinite(value));
    const ends = [finite[0], finite.at(-1), gap].filter((each) => each !== undefined);
    kept.push(...ends.sort((a, b) => a[0] - b[0]));
  }
  return kept;
}
