/**
 * The change of the result that the gradient predicted, and the actual one.
 */

import type { Store } from "./store.ts";

export interface Prediction {
  readonly gradient: number;
  readonly change: number;
  readonly predicted: number;
  readonly actual: number;
  /** The gradient after the change, where the two differ. */
  readonly bentTo: number | undefined;
}

/** Less than this part of a change is rounding. */
const ROUNDING = 1e-9;

/** Of the last change of the chosen node; undefined where nothing was changed. */
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
  const change = node.value.sub(old.value);
  if (change.item() === 0) return undefined;
  const predicted = old.gradient.mul(change).item();
  const actual = last.sub(first).item();
  const error = Math.abs(predicted - actual);
  const noise = Number.EPSILON * (Math.abs(last.item()) + Math.abs(first.item()));
  const isBent = error > ROUNDING * Math.abs(actual) + noise;
  return {
    gradient: old.gradient.item(),
    change: change.item(),
    predicted,
    actual,
    bentTo: isBent ? node.gradient?.item() : undefined,
  };
}
