/**
 * The shares of an error on edges and at nodes, in the lesson that asks how weights should change.
 */

import type { Graph, LayoutRoute } from "@graddiff/core";
import type { Shares } from "../course/lesson.ts";
import { termsOf } from "./calculation.ts";
import { type Digits, formatFactor, formatNumber } from "./format.ts";

/** The two lines on an edge: `0.49 × 0.4706` and `= 0.23`. */
export function shareLines(
  shares: Shares | undefined,
  { nodes }: Graph,
  { from, to }: LayoutRoute,
  digits: Digits,
): readonly [string, string] | undefined {
  const [source, target] = [nodes[from]?.name, nodes[to]?.name];
  const share = shares?.edges.find((each) => each.from === source && each.to === target);
  if (share === undefined) return undefined;
  const { error, part, carried } = share;
  return [
    `${formatNumber(error, digits)} × ${formatFactor(part, digits)}`,
    `= ${formatNumber(carried, digits)}`,
  ];
}

/** The two lines at a node: what has come together there, and its sum. */
export function shareSum(
  shares: Shares | undefined,
  name: string | undefined,
  digits: Digits,
): readonly [string, string] | undefined {
  const sum = name === undefined ? undefined : shares?.nodes[name];
  if (shares === undefined || sum === undefined) return undefined;
  const parts = shares.edges.filter((edge) => edge.from === name).map(({ carried }) => carried);
  return [termsOf(parts, digits), `= ${formatNumber(sum, digits)}`];
}
