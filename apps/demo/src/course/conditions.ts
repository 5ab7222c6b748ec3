/**
 * Conditions under which sentences of the lessons are true.
 */

import type { Graph } from "@graddiff/core";
import type { Given, Situation } from "./lesson.ts";

/** Returns the opposite of a condition. */
export function not<Now extends Given>(condition: (now: Now) => boolean): (now: Now) => boolean {
  return (now) => !condition(now);
}

/** Returns the condition that a difference was added to one of the named nodes. */
export function isAdjusted(...names: readonly string[]): (now: Given) => boolean {
  return ({ graph }) => names.some((name) => graph.node(name)?.difference !== undefined);
}

/** Returns the condition that a difference was added to a node, or to one that it depends on. */
export function followsFromAdjusted(name: string): (now: Given) => boolean {
  return ({ graph }) => isAdjustedBefore(graph, [graph.node(name)?.id ?? -1]);
}

/**
 * Returns the condition that a difference was added to a node that the named node depends on; differences of the named
 * node itself do not count.
 */
export function argumentsFollowFromAdjusted(name: string): (now: Given) => boolean {
  return ({ graph }) => {
    const { inputs = [] } = graph.node(name) ?? {};
    return isAdjustedBefore(
      graph,
      inputs.map(({ from }) => from),
    );
  };
}

/** True if a difference was added to one of some nodes, or to one that they depend on. */
function isAdjustedBefore({ nodes }: Graph, ids: readonly number[]): boolean {
  // The loop also visits the elements that it adds to the set.
  const waiting = new Set(ids);
  for (const id of waiting) {
    const node = nodes[id];
    if (node?.difference !== undefined) return true;
    for (const { from } of node?.inputs ?? []) waiting.add(from);
  }
  return false;
}

/** Returns the condition that a node's gradient is shown below it. */
export function isGradientShown(name: string): (now: Situation) => boolean {
  return (now) => now.mode.kind === "reverse" && now.isDerivativeShown(name);
}

/** Returns the value or the gradient of a node; NaN where it has none. */
export function numberOf({ graph }: Given, name: string, what: "value" | "gradient"): number {
  return graph.node(name)?.[what]?.item() ?? Number.NaN;
}

/**
 * Returns the condition that the result grows by the gradient of a node if the node grows by 1, and no number
 * overflows.
 */
export function isForetold(...names: readonly string[]): (now: Given) => boolean {
  return (now) => {
    const { nodes, output } = now.graph;
    const result = nodes[output]?.value?.item() ?? Number.NaN;
    return names.every((name) => Number.isFinite(result + numberOf(now, name, "gradient")));
  };
}
