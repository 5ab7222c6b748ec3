/**
 * A finite-difference check of a gradient: the graph is adjusted a little to both sides.
 */

import type { Graph } from "@graddiff/core";

/** The cube root of the distance between neighbouring numbers: the best step of a central difference. */
const STEP = 2 ** -17;

/** More is chance. */
const MOST_DIGITS = 15;

/** A gradient beside the slope between two neighbours. */
export interface Check {
  readonly difference: number;
  /** In how many decimal digits they agree. */
  readonly digits: number;
}

/** Compares the gradient of a number with the central difference; undefined where there is none. */
export function checkGradient(graph: Graph, id: number): Check | undefined {
  const node = graph.nodes[id];
  const gradient = node?.gradient;
  if (gradient === undefined || gradient.rank > 0 || node?.value === undefined) return undefined;
  const result = (by: number) => graph.adjusted({ [id]: by }).nodes[graph.output]?.value;
  const step = STEP * Math.max(1, Math.abs(node.value.item()));
  const [above, below] = [result(step), result(-step)];
  if (above === undefined || below === undefined || above.rank > 0) return undefined;
  const difference = above
    .sub(below)
    .div(2 * step)
    .item();
  return { difference, digits: agreement(gradient.item(), difference) };
}

/** Smaller slopes are compared as if they were of this size, as by checkGradients. */
const SMALLEST_SCALE = 1e-3;

/** The decimal digits in which two numbers agree. */
export function agreement(a: number, b: number): number {
  const error = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), SMALLEST_SCALE);
  // Also where one of them is no number.
  if (!(error < 1)) return 0;
  return error === 0 ? MOST_DIGITS : Math.min(MOST_DIGITS, Math.floor(-Math.log10(error)));
}
