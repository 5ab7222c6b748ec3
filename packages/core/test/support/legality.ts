import type { Graph } from "../../src/draw/graph.ts";
import { traceIllegalities } from "../../src/graph/trace.ts";

/** Returns all faults of a graph, its values and gradients included. */
export function illegalities({ trace, nodes }: Graph): string[] {
  const values = nodes.map(({ value }) => value);
  const gradients = nodes.map(({ gradient }) => gradient);
  return traceIllegalities(trace, values, gradients);
}
