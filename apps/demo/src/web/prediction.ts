/**
 * What the gradient told of a change, and what came.
 */

import type { Store } from "./store.ts";

export interface Prediction {
  readonly gradient: number;
  readonly change: number;
  readonly told: number;
  readonly came: number;
}

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
  return {
    gradient: old.gradient.item(),
    change: change.item(),
    told: old.gradient.mul(change).item(),
    came: last.sub(first).item(),
  };
}
