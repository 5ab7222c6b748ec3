/** The frame of plots: colours, the heading with its legend, panels in columns, and axes with ticks. */

import {
  coordinate,
  escapeXml,
  FONT_SIZE,
  looksFor,
  MARGIN,
  proportionalWidth,
  type Scale,
  type SvgTheme,
  scaleOf,
  wideLooks,
} from "@graddiff/core/internal";
import type { DrawnNumber } from "../summary.ts";

/** The colours of a theme, and writers of the looks that all wide drawings share. */
export interface Palette {
  /** The colours of chains, which repeat after the last one. */
  readonly chains: readonly string[];
  /** The colour of draws of all chains. */
  readonly draws: string;
  /** The colour of divergent transitions among draws of all chains. */
  readonly divergent: string;
  /** The colour of divergent transitions beside chains, that of no chain. */
  readonly mark: string;
  /** The opacity of draws, of which many overlap. */
  readonly opacity: number;
  /** The colour of ranges that are expected. */
  readonly range: string;
  readonly background: string;
  readonly look: (
    name: "root" | "background" | "grid" | "axis" | "tick" | "title" | "name",
  ) => string;
}

export function paletteOf(theme: SvgTheme): Palette {
  const name = {
    fill: "ink",
    other: { "font-size": FONT_SIZE.legend, "font-weight": 600 },
  } as const;
  const look = looksFor({ ...wideLooks(), name }, theme);
  if (theme === "dark") {
    return {
      chains: [
        "#6cb2ff",
        "#ff9b66",
        "#4fd1b5",
        "#c8a2ff",
        "#f0c24f",
        "#ff8fbf",
        "#a6d65e",
        "#a9b6c4",
      ],
      draws: "#6cb2ff",
      divergent: "#ff9b66",
      mark: "#e8edf2",
      opacity: 0.5,
      range: "#2a3642",
      background: "#12181f",
      look,
    };
  }
  return {
    chains: [
      "#0b5cc2",
      "#c2410c",
      "#0a7d68",
      "#7e3fc4",
      "#a16a00",
      "#c0266f",
      "#4d7c0f",
      "#5f6b78",
    ],
    draws: "#0b5cc2",
    divergent: "#c2410c",
    mark: "#1b2530",
    opacity: 0.35,
    range: "#e3e9ef",
    background: "#ffffff",
    look,
  };
}

/** The data of a drawing. */
export interface Drawing {
  readonly numbers: readonly DrawnNumber[];
  /** The indices of divergent transitions of each chain. */
  readonly divergent: readonly (readonly number[])[];
  /** The number of draws of each chain. */
  readonly count: number;
  readonly palette: Palette;
  readonly width: number;
}

/** A rectangle in which values are drawn. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a drawing with the height that it takes. */
export interface Body {
  readonly parts: readonly string[];
  readonly height: number;
}

/** One panel of a number. */
export interface Panel {
  readonly title: string;
  readonly x: Scale;
  /** The vertical scale; one without ticks has no axis. */
  readonly y: Scale;
  /** The name of the horizontal axis, if it is not the number itself. */
  readonly unit?: string;
  /** Returns the marks in an area. */
  readonly marks: (place: (x: number, y: number) => string, area: Area) => readonly string[];
}

const HEADING = 28;
const LEGEND = 22;
const TITLE = 24;
const PLOT = 112;
const BELOW = 40;
const GAP = 30;
/** The width from which panels are in two columns. */
const WIDE = 560;
/** The least width of one number on an axis. */
const TICK_DISTANCE = 52;

/** Returns the most ticks of an axis of a length. */
export function mostTicks(length: number): number {
  return Math.max(2, Math.floor(length / TICK_DISTANCE));
}

/** Returns the scale of a range without padding. */
export function exactScale(low: number, high: number, most: number): Scale {
  const span = high - low || 1;
  const { ticks } = scaleOf([low, high], { byMagnitude: false, most });
  return {
    isLogarithmic: false,
    fraction: (value) => (value - low) / span,
    ticks: ticks.filter((tick) => tick >= low && tick <= high),
  };
}

/** Returns a number on an axis. */
export function writeTick(value: number): string {
  const size = Math.abs(value);
  const isFar = size > 0 && (size < 1e-4 || size >= 1e6);
  return (isFar ? value.toExponential() : String(value)).replaceAll("-", "−");
}

/** Returns the width of the numbers at the left of an axis. */
export function widthOfTicks({ ticks }: Scale): number {
  const widths = ticks.map((tick) => proportionalWidth(writeTick(tick), FONT_SIZE.legend));
  return Math.max(0, ...widths);
}

/** Returns the position of values in an area as "x y". */
export function placing({ left, top, width, height }: Area, x: Scale, y: Scale) {
  return (atX: number, atY: number) =>
    `${coordinate(left + x.fraction(atX) * width)} ${coordinate(top + height - y.fraction(atY) * height)}`;
}

/** Returns the horizontal axis below an area. */
export function axisBelow({ left, top, width, height }: Area, x: Scale, { look }: Palette): string {
  const bottom = top + height;
  const ticks = x.ticks.map((tick) => {
    const at = coordinate(left + x.fraction(tick) * width);
    return `<path d="M${at} ${bottom}v5"${look("axis")}/><text x="${at}" y="${bottom + 19}" text-anchor="middle"${look("tick")}>${writeTick(tick)}</text>`;
  });
  return `<path d="M${coordinate(left)} ${bottom}h${coordinate(width)}"${look("axis")}/>${ticks.join("")}`;
}

/** Returns the lines of a vertical axis, with its numbers at the left. */
export function axisBeside(
  { left, top, width, height }: Area,
  y: Scale,
  { look }: Palette,
): string {
  return y.ticks
    .map((tick) => {
      const at = coordinate(top + height - y.fraction(tick) * height);
      return `<path d="M${coordinate(left)} ${at}h${coordinate(width)}"${look("grid")}/><text x="${coordinate(left - 7)}" y="${at}" dy="0.35em" text-anchor="end"${look("tick")}>${writeTick(tick)}</text>`;
    })
    .join("");
}

/** Returns the number of columns of panels. */
export function columnsOf(width: number, count: number): number {
  return width >= WIDE && count > 1 ? 2 : 1;
}

/** Returns panels in one or two columns. */
export function panels({ palette, width }: Drawing, all: readonly Panel[]): Body {
  const columns = columnsOf(width, all.length);
  const left = Math.max(0, ...all.map(({ y }) => widthOfTicks(y)));
  const beside = left > 0 ? left + 7 : 0;
  const column = (width - 2 * MARGIN - (columns - 1) * GAP) / columns;
  const rowHeight = TITLE + PLOT + BELOW;
  const parts = all.map(({ title, x, y, unit, marks }, i) => {
    const edge = MARGIN + (i % columns) * (column + GAP);
    const top = Math.floor(i / columns) * rowHeight;
    const area = { left: edge + beside, top: top + TITLE, width: column - beside, height: PLOT };
    const named = unit
      ? `<text x="${coordinate(edge + column)}" y="${top + 14}" text-anchor="end"${palette.look("tick")}>${unit}</text>`
      : "";
    return [
      `<g class="panel" data-name="${escapeXml(title)}">`,
      `<text x="${coordinate(edge)}" y="${top + 14}"${palette.look("name")}>${escapeXml(title)}</text>${named}`,
      axisBeside(area, y, palette),
      ...marks(placing(area, x, y), area),
      axisBelow(area, x, palette),
      "</g>",
    ].join("\n");
  });
  return { parts, height: Math.ceil(all.length / columns) * rowHeight };
}

/** The title and the labels around the body of a drawing. */
interface Around {
  readonly kind: string;
  readonly heading: string;
  readonly body: Body;
  readonly hasChains: boolean;
  readonly divergences: number;
}

/** Returns the whole document. */
export function sheet(
  drawing: Drawing,
  { kind, heading, body, hasChains, divergences }: Around,
): string {
  const { palette, width, numbers, divergent, count } = drawing;
  const { look } = palette;
  const keys = [
    ...(hasChains
      ? divergent.map((_, c) => ({ color: colorOf(palette, c), text: `chain ${c + 1}` }))
      : []),
    ...(divergences > 0
      ? [
          {
            color: hasChains ? palette.mark : palette.divergent,
            text: `${divergences} divergent transition${divergences === 1 ? "" : "s"}`,
          },
        ]
      : []),
  ];
  const legend = legendOf(keys, drawing);
  const top = MARGIN + HEADING + legend.height;
  const height = top + body.height;
  const names = numbers.map(({ name }) => name).join(", ");
  const description = `${divergent.length} chains of ${count} draws: ${names}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="graddiff-${kind}" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"${look("root")}>`,
    `<title>${escapeXml(heading)}</title>`,
    `<desc>${escapeXml(description)}</desc>`,
    `<rect width="${width}" height="${height}"${look("background")}/>`,
    `<text x="${MARGIN}" y="${MARGIN + 14}"${look("title")}>${escapeXml(heading)}</text>`,
    ...legend.parts,
    `<g transform="translate(0 ${top})">`,
    ...body.parts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** Returns the keys of colours, in as many lines as they need. */
function legendOf(
  keys: readonly { readonly color: string; readonly text: string }[],
  { palette, width }: Drawing,
): Body {
  if (keys.length === 0) return { parts: [], height: 0 };
  let [x, y] = [MARGIN, MARGIN + HEADING + 10];
  const parts = keys.map(({ color, text }) => {
    const needed = 15 + proportionalWidth(text, FONT_SIZE.legend);
    if (x > MARGIN && x + needed > width - MARGIN) {
      x = MARGIN;
      y += LEGEND;
    }
    const key = `<circle cx="${coordinate(x + 5)}" cy="${y - 4.5}" r="4.5" fill="${color}"/><text x="${coordinate(x + 15)}" y="${y}"${palette.look("tick")}>${text}</text>`;
    x += needed + 14;
    return key;
  });
  return { parts, height: y - MARGIN - HEADING - 10 + LEGEND + 6 };
}

/** Returns the colour of a chain. */
export function colorOf({ chains }: Palette, chain: number): string {
  return chains[chain % chains.length] ?? "";
}
