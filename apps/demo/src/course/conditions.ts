/**
 * Conditions under which sentences of the lessons are true.
 */

import type { Graph } from "@graddiff/core";
import type { Given, Situation } from "./lesson.ts";

/** Returns the opposite of a condition. */
export function not<Now extends Given>(condition: (now: Now) => boolean): (now: Now) => boolean {
  return (now) => !condition(now);
}

/** True where something was added to a node itself. */
export function isAdjusted(...names: readonly string[]): (now: Given) => boolean {
  return ({ graph }) => names.some((name) => graph.node(name)?.difference !== undefined);
}

/** True where something was added to a node or to one that it follows from. */
export function followsFromAdjusted(name: string): (now: Given) => boolean {
  return ({ graph }) => isAdjustedBefore(graph, [graph.node(name)?.id ?? -1]);
}

/** True where something was added to a node that a named one follows from, whatever was added to that one itself. */
export function argumentsFollowFromAdjusted(name: string): (now: Given) => boolean {
  return ({ graph }) => {
    const { inputs = [] } = graph.node(name) ?? {};
    return isAdjustedBefore(
      graph,
      inputs.map(({ from }) => from),
    );
  };
}

/** True where something was added to one of some nodes, or to one that they follow from. */
function isAdjustedBefore({ nodes }: Graph, ids: readonly number[]): boolean {
  // A set goes on with what is added to it on the way.
  const waiting = new Set(ids);
  for (const id of waiting) {
    const node = nodes[id];
    if (node?.difference !== undefined) return true;
    for (const { from } of node?.inputs ?? []) waiting.add(from);
  }
  return false;
}

/** True where a node's gradient is below it. */
export function isGradientShown(name: string): (now: Situation) => boolean {
  return (now) => now.mode.kind === "reverse" && now.isDerivativeShown(name);
}

/** Returns the value or the gradient of a node; NaN where it has none. */
export function numberOf({ graph }: Given, name: string, what: "value" | "gradient"): number {
  return graph.node(name)?.[what]?.item() ?? Number.NaN;
}

/** True where a node that grows by 1 makes the result grow by its gradient, in numbers that do not overflow. */
export function isForetold(...names: readonly string[]): (now: Given) => boolean {
  return (now) => {
    const { nodes, output } = now.graph;
    const result = nodes[output]?.value?.item() ?? Number.NaN;
    return names.every((name) => Number.isFinite(result + numberOf(now, name, "gradient")));
  };
}
