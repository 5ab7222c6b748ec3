/**
 * Prints traces, one value a line.
 */

import { formatShape } from "../errors.ts";
import { isTrace, nodeAt, type Trace } from "./trace.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "./types.ts";

/** Returns all values of a trace, its results, and what it assigns to Variables. */
export function printTrace(trace: Trace): string {
  const { nodes, outputs, assignments } = trace;
  const lines = nodes.flatMap((node, id) => {
    const name = trace.names.get(id);
    const inputs =
      node.kind === "operation" ? node.inputs.map((input) => ` %${input}`).join("") : "";
    const label = name === undefined ? "" : `  (${name})`;
    const line = `  %${id} = ${printNode(trace, id)}${inputs}: ${printType(node)}${label}`;
    return node.kind === "operation" ? [line, ...printBodies(node.attributes)] : [line];
  });
  return [
    ...lines,
    `  return ${outputs.map((id) => `%${id}`).join(" ") || "nothing"}`,
    ...assignments.map(({ id }) => `  assign %${id}`),
  ].join("\n");
}

/** Returns the text of a node without its inputs: `sum {"axes":[0]}`. */
export function printNode({ nodes }: Trace, id: number): string {
  const node = nodeAt(nodes, id);
  switch (node.kind) {
    case "argument":
      return `argument ${node.position}`;
    case "state":
      return "Variable";
    case "constant":
      return node.shape.length === 0 ? `constant ${node.tensor}` : "constant";
    case "projection":
      return `result ${node.index} of %${node.of}`;
    case "operation":
      return node.attributes === NO_ATTRIBUTES
        ? node.op.name
        : `${node.op.name} ${printAttributes(node.attributes)}`;
    default:
      return node satisfies never;
  }
}

/** Bodies are printed on separate lines. */
function printAttributes(attributes: Attributes): string {
  return JSON.stringify(attributes, (_, value: unknown) => (isTrace(value) ? undefined : value));
}

function printBodies(attributes: Attributes): string[] {
  return Object.entries(attributes).flatMap(([name, value]) =>
    isTrace(value)
      ? [
          `    ${name}:`,
          ...printTrace(value)
            .split("\n")
            .map((line) => `    ${line}`),
        ]
      : [],
  );
}

function printType({ dtype, shape }: TensorType): string {
  return `${dtype}${formatShape(shape)}`;
}
