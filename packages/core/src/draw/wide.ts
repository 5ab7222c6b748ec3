/**
 * Options and looks of drawings that are as wide as the caller wants.
 */

import { numberThat, oneOf, optional, optionsReader, text } from "../arguments.ts";
import type { SvgOptions } from "./svg.ts";
import { FONT_SIZE, type SvgTheme } from "./svgStyle.ts";

/** The settings of a drawing that fills a width: of a training, of a program's memory. */
export interface WideSvgOptions extends SvgOptions {
  /** The width of the drawing in the units of its texts, whose height is 13. At least 260. Default 720. */
  readonly width?: number;
}

/** Returns the readers of these settings. A function, so that bundlers leave them out where nobody draws. */
/* @__NO_SIDE_EFFECTS__ */
export function wideReaders() {
  return {
    title: optional(text, undefined),
    theme: optional(oneOf<SvgTheme>("light", "dark"), "light" as const),
    width: optional(
      numberThat((width) => width >= 260 && Number.isFinite(width), "a number of at least 260"),
      720,
    ),
  };
}

export const readWideOptions = optionsReader(wideReaders());

/** The margin at the edges. */
export const MARGIN = 18;

/**
 * Returns the common styles. A function, since esbuild does not remove unused objects that read properties of others.
 */
export const wideLooks = () =>
  ({
    root: { other: { "font-family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" } },
    background: { fill: "background" },
    grid: { fill: "none", stroke: "leaf", other: { "stroke-width": 1 } },
    axis: { fill: "none", stroke: "line", other: { "stroke-width": 1 } },
    tick: { fill: "muted", other: { "font-size": FONT_SIZE.legend } },
    title: { fill: "ink", other: { "font-size": FONT_SIZE.number, "font-weight": 600 } },
  }) as const;
