/**
 * The shares of an error on edges and at nodes, in the lesson that asks how weights should change.
 */

import type { Graph, LayoutRoute } from "@graddiff/core";
import type { Share, Shares } from "../course/lesson.ts";
import { equation, equationText, type Lines, sumOfTerms } from "./equation.ts";
import type { Digits } from "./format.ts";

/** Returns the share that an edge carries back; undefined for edges without a share. */
export function shareOn(
  shares: Shares | undefined,
  { nodes }: Graph,
  { from, to }: LayoutRoute,
): Share | undefined {
  const [source, target] = [nodes[from]?.name, nodes[to]?.name];
  return shares?.edges.find((each) => each.from === source && each.to === target);
}

/** Returns the two lines on an edge: `0.49 × 0.4706` and `≈ 0.2306`. */
export function shareLines({ error, part, carried }: Share, digits: Digits): Lines {
  return equation([error, "×", part], carried, digits);
}

/** Returns the share as a fraction: `0.4 / (0.4 + 0.45) ≈ 0.4706`. */
export function fractionText({ weight, other, part }: Share, digits: Digits): string {
  return equationText([weight, "/", [weight, "+", other]], part, digits);
}

/** Returns the two lines at a node: the shares that have reached it, and their sum. */
export function shareSum(
  shares: Shares | undefined,
  name: string | undefined,
  digits: Digits,
): Lines | undefined {
  const sum = name === undefined ? undefined : shares?.nodes[name];
  if (shares === undefined || sum === undefined) return undefined;
  const parts = shares.edges.filter((edge) => edge.from === name).map(({ carried }) => carried);
  return equation(sumOfTerms(parts), sum, digits);
}

/**
 * Returns the shares of the errors that have gone back so far, and the sums of the nodes that all their shares have
 * reached.
 */
export function sharesSoFar(
  shares: Shares,
  hasShared: (output: string) => boolean,
): Shares | undefined {
  const edges = shares.edges.filter(({ to }) => hasShared(to));
  if (edges.length === 0) return undefined;
  const isWhole = (name: string) =>
    shares.edges.every(({ from, to }) => from !== name || hasShared(to));
  const nodes = Object.entries(shares.nodes).filter(([name]) => isWhole(name));
  return { edges, nodes: Object.fromEntries(nodes) };
}
