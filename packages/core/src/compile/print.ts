/**
 * Prints traces, one value a line.
 */

import { formatShape } from "../errors.ts";
import { NO_ATTRIBUTES, type TensorType } from "../graph/op.ts";

import { nodeAt, type Trace } from "./trace.ts";

/** All values of a trace, its results, and what it assigns to Variables. */
export function printTrace(trace: Trace): string {
  const { nodes, outputs, assignments } = trace;
  const lines = nodes.map((node, id) => {
    const name = trace.names.get(id);
    const inputs =
      node.kind === "operation" ? node.inputs.map((input) => ` %${input}`).join("") : "";
    const label = name === undefined ? "" : `  (${name})`;
    return `  %${id} = ${printNode(trace, id)}${inputs}: ${printType(node)}${label}`;
  });
  return [
    ...lines,
    `  return ${outputs.map((id) => `%${id}`).join(" ") || "nothing"}`,
    ...assignments.map(({ id }) => `  assign %${id}`),
  ].join("\n");
}

/** What a value is, without its inputs: `sum {"axes":[0]}`. */
export function printNode({ nodes }: Trace, id: number): string {
  const node = nodeAt(nodes, id);
  switch (node.kind) {
    case "argument":
      return `argument ${node.position}`;
    case "state":
      return "Variable";
    case "constant":
      return node.shape.length === 0 ? `constant ${node.tensor}` : "constant";
    case "operation":
      return node.attributes === NO_ATTRIBUTES
        ? node.op.name
        : `${node.op.name} ${JSON.stringify(node.attributes)}`;
    default:
      return node satisfies never;
  }
}

function printType({ dtype, shape }: TensorType): string {
  return `${dtype}${formatShape(shape)}`;
}
