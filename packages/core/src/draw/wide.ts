/**
 * Options of drawings that are as wide as the caller wants.
 */

import { numberThat, oneOf, optional, optionsReader, text } from "../arguments.ts";
import type { SvgOptions } from "./svg.ts";
import type { SvgTheme } from "./svgStyle.ts";

/** How a drawing looks that fills a width: of a training, of a program's memory. */
export interface WideSvgOptions extends SvgOptions {
  /** Its width in the units of its texts, whose height is 13. At least 260. Default 720. */
  readonly width?: number;
}

export const readWideOptions = optionsReader({
  title: optional(text, undefined),
  theme: optional(oneOf<SvgTheme>("light", "dark"), "light" as const),
  width: optional(
    numberThat((width) => width >= 260 && Number.isFinite(width), "a number of at least 260"),
    720,
  ),
});
