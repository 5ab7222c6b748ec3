/**
 * `plot`: drawings of a posterior as standalone SVG documents. It is a function and no method of Posterior, since a class is in
 * the bundle with all of its methods, and most pages draw nothing.
 */

import type { WideSvgOptions } from "@graddiff/core";
import {
  argumentError,
  listOf,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { text, wideReaders } from "@graddiff/core/internal";
import { Posterior } from "../posterior.ts";
import { type DrawnNumber, numbersOf } from "../summary.ts";
import { density, rank, trace } from "./chains.ts";
import { type Drawing, paletteOf, panels, sheet } from "./frame.ts";
import { pairs } from "./pairs.ts";

/** The settings of {@link plot}. */
export interface PlotOptions extends WideSvgOptions {
  /** The names of numbers, such as "theta[3]", or of variables with all of their numbers. Default: the first 8, or 4 of pairs. */
  readonly names?: readonly string[];
}

/** The number of numbers that are drawn where none are named. */
const MOST = { trace: 8, rank: 8, density: 8, pairs: 4 };

const readOptions = optionsReader({
  ...wideReaders(),
  names: optional(listOf(text, 'a list of names such as ["mu", "theta[3]"]'), undefined),
});

const HEADINGS = {
  trace: "Draws of each chain",
  rank: "Ranks of the draws of each chain among all",
  density: "Densities of the draws of each chain",
  pairs: "Pairs of draws",
};

/**
 * Draws a posterior as a standalone SVG document, each chain in a colour of its own.
 *
 * - "trace": the draws of each chain in their order, with a mark at each divergent transition. Chains that agree overlap, and
 *   none of them wanders.
 * - "rank": how often the draws of a chain have each rank among all draws, beside the range of ±2 deviations of independent
 *   draws. Chains that agree are level (A. Vehtari et al., 2021).
 * - "density": the density of the draws of each chain.
 * - "pairs": the draws of two numbers against each other, divergent transitions on top. Where these gather, the sampler does not
 *   reach a part of the posterior.
 *
 * @param posterior the result of {@link sample}, or that of its progress, with at least 4 draws.
 * @param kind one of the four.
 * @param options `names` of what is drawn; `title`; `theme`, "light" (default) or "dark"; `width`, at least 260 (default 720).
 * @returns the text of an SVG document, whose colours are attributes: a page with a strict policy shows it.
 * @throws ArgumentError for anything but a posterior, and for names that it does not have.
 * @example
 * ```ts
 * import { model, Normal, plot, sample } from "@graddiff/stats";
 *
 * const level = model(({ draw, observe }) => {
 *   const mean = draw(Normal(0, 1));
 *   observe(Normal(mean, 1), 2);
 *   return { mean };
 * });
 * const svg = plot(await sample(level, { seed: 1 }), "trace");
 * console.log(svg.trimEnd().slice(-6)); // </svg>
 * ```
 */
export function plot<Result>(
  posterior: Posterior<Result>,
  kind: "trace" | "rank" | "density" | "pairs",
  options: PlotOptions = {},
): string {
  refuseSurplus("plot", 3, arguments);
  if (!(posterior instanceof Posterior)) {
    throw argumentError("plot", "posterior", "a posterior of sample", posterior);
  }
  const of = oneOf("trace", "rank", "density", "pairs")("plot", "kind", kind);
  const { title, theme, width, names } = readOptions("plot", options);
  const numbers = chosen(numbersOf("plot", posterior.draws), names, MOST[of]);
  const [chains = 0, count = 0] = posterior.stats.divergent.shape;
  const flags = posterior.stats.divergent.data();
  const divergent = Array.from({ length: chains }, (_, c) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => flags[c * count + i] !== 0),
  );
  const drawing: Drawing = { numbers, divergent, count, palette: paletteOf(theme), width };
  const heading = title ?? HEADINGS[of];
  const marks = divergent.reduce((sum, each) => sum + each.length, 0);
  const body =
    of === "pairs" ? pairs(drawing) : panels(drawing, { trace, rank, density }[of](drawing));
  return sheet(drawing, {
    kind: of,
    heading,
    body,
    hasChains: of !== "pairs",
    divergences: of === "trace" || of === "pairs" ? marks : 0,
  });
}

/** Returns the numbers of some names. @throws ArgumentError for a name that there is not. */
function chosen(
  all: readonly DrawnNumber[],
  names: readonly string[] | undefined,
  most: number,
): readonly DrawnNumber[] {
  if (names === undefined) return all.slice(0, most);
  return names.flatMap((name, i) => {
    const found = all.filter((each) => each.name === name || each.variable === name);
    if (found.length > 0) return found;
    const known = [...new Set(all.map(({ variable }) => variable))].join(", ");
    throw argumentError(
      "plot",
      `names[${i}]`,
      `a name of ${known}, or of one of their numbers`,
      name,
    );
  });
}
