/**
 * The work of the two modes: the number of products and sums of each for the derivatives by all inputs.
 */

import type { Graph } from "@graddiff/core";

export interface Cost {
  readonly passes: number;
  readonly operations: number;
}

/**
 * Returns the cost of the one pass of reverse mode: a product on each edge with a gradient, and a sum where edges meet.
 */
export function reverseCost({ nodes }: Graph): Cost {
  const arrivals = new Map<number, number>();
  for (const { inputs } of nodes) {
    for (const { from, gradient } of inputs) {
      if (gradient !== undefined) arrivals.set(from, (arrivals.get(from) ?? 0) + 1);
    }
  }
  const edges = [...arrivals.values()];
  return { passes: 1, operations: edges.reduce((sum, count) => sum + 2 * count - 1, 0) };
}

/**
 * Returns the cost of forward mode, with a pass for each input: a product on each edge after the input, and a sum where
 * edges meet.
 */
export function forwardCost(graph: Graph): Cost {
  const inputs = graph.nodes.filter(({ kind }) => kind === "input");
  const operations = inputs.reduce((sum, { id }) => sum + operationsBehind(graph, id), 0);
  return { passes: inputs.length, operations };
}

function operationsBehind({ nodes }: Graph, input: number): number {
  const depends = new Set([input]);
  let operations = 0;
  for (const { id, inputs } of nodes) {
    const edges = inputs.filter(({ from }) => depends.has(from)).length;
    if (edges === 0) continue;
    depends.add(id);
    operations += 2 * edges - 1;
  }
  return operations;
}
