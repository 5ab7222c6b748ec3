/**
 * The change of the result that the gradient predicted, and the actual one.
 */

import type { Graph } from "@graddiff/core";
import { type Digits, formatNumber, MOST_DIGITS } from "../instrument/format.ts";
import type { Store } from "./store.ts";

export interface Prediction {
  readonly gradient: number;
  readonly change: number;
  readonly predicted: number;
  readonly actual: number;
  /** True if the two changes differ by more than rounding errors. */
  readonly isBent: boolean;
  /** The gradient after the change, if it differs. */
  readonly bentTo: number | undefined;
  /** The number of digits that distinguishes the two changes, if they differ. */
  readonly digits: Digits;
}

/** The factor by which a difference must exceed the estimated rounding error, so that it is not taken for one. */
const SURE = 10;

/** Returns the prediction of the last change of the chosen node; undefined if nothing was changed. */
export function predictionOf(store: Store): Prediction | undefined {
  const baseline = store.baseline.value;
  if (baseline === undefined || baseline.node !== store.chosen.value) return undefined;
  const { node: id, graph: before } = baseline;
  const after = store.graph.value;
  if (before === after || before.nodes.length !== after.nodes.length) return undefined;
  const [old, node] = [before.nodes[id], after.nodes[id]];
  const [first, last] = [before.nodes[before.output]?.value, after.nodes[after.output]?.value];
  if (!old?.value || !old.gradient || !node?.value || !first || !last) return undefined;
  if (node.value.rank > 0) return undefined;
  const change = node.value.sub(old.value).item();
  if (change === 0) return undefined;
  const [gradient, to] = [old.gradient.item(), node.gradient?.item()];
  const [predicted, actual] = [gradient * change, last.sub(first).item()];
  const noise = roundingOf(before) + roundingOf(after) + Number.EPSILON * Math.abs(predicted);
  const isBent = Math.abs(predicted - actual) > SURE * noise;
  return {
    gradient,
    change,
    predicted,
    actual,
    isBent,
    bentTo: isBent && to !== gradient ? to : undefined,
    digits: isBent ? digitsToTell(predicted, actual, store.digits.value) : store.digits.value,
  };
}

/**
 * Returns an estimate of the rounding error of a result, to first order: half an ulp of each value times its gradient.
 */
function roundingOf({ nodes }: Graph): number {
  const sizes = nodes.map(({ op, value, gradient, difference }) => {
    if (op === undefined || value?.rank !== 0 || gradient === undefined) return 0;
    const size = Math.abs(value.item()) + Math.abs(difference?.item() ?? 0);
    return size * Math.abs(gradient.item());
  });
  return (Number.EPSILON / 2) * sizes.reduce((sum, size) => sum + size, 0);
}

/** Returns the least number of digits, from `least` on, in which two numbers are written differently. */
export function digitsToTell(a: number, b: number, least: Digits): Digits {
  if (least === "exact") return least;
  for (let digits = least; digits < MOST_DIGITS; digits++) {
    if (formatNumber(a, digits) !== formatNumber(b, digits)) return digits;
  }
  return "exact";
}
