/**
 * The paths of a graph from an input to the result, with the local derivatives along them: what
 * the chain rule multiplies.
 */

import type { Graph } from "@graddiff/core";

/** One step of a path: through one op. */
export interface PathStep {
  /** The id of the node before the op. */
  readonly from: number;
  /** The id of the op's node. */
  readonly to: number;
  /** ∂to/∂from of this op alone. */
  readonly localDerivative: number;
}

/** All paths from a node to the result, each from its start to its end. */
export function pathsToResult(graph: Graph, start: string): readonly (readonly PathStep[])[] {
  const first = graph.node(start);
  if (first === undefined) throw new Error(`The graph has no node ${JSON.stringify(start)}`);
  const finished: (readonly PathStep[])[] = [];
  const open: { readonly at: number; readonly steps: readonly PathStep[] }[] = [
    { at: first.id, steps: [] },
  ];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const { at, steps } = path;
    if (at === graph.output) finished.push(steps);
    for (const node of graph.nodes) {
      for (const edge of node.inputs) {
        if (edge.from !== at || edge.localDerivative === undefined) continue;
        const localDerivative = edge.localDerivative.item();
        open.push({ at: node.id, steps: [...steps, { from: at, to: node.id, localDerivative }] });
      }
    }
  }
  return finished;
}

/** The local derivatives of a path, multiplied in the order of the backward pass. */
export function productAlong(path: readonly PathStep[]): number {
  return path.reduceRight((product, { localDerivative }) => product * localDerivative, 1);
}
