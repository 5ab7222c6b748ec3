/**
 * A graph as a table with one line for each node: for graphs that are too large to be drawn.
 */

import { columnsOf, padColumns } from "./columns.ts";
import { nodeText, tensorText, typeText } from "./label.ts";
import type { GraphNode, Nodes } from "./nodes.ts";
import type { WriteNumber } from "./shortestNumber.ts";

const HEADINGS = ["id", "name", "operation", "type", "value", "gradient", "local derivatives"];

/**
 * Lists the nodes in the order of evaluation: id, name, operation with the ids of its inputs,
 * dtype and shape, forward value, the gradient of the result with respect to it, and the local
 * derivative of the operation by each of its inputs (`–` where there is none).
 */
export function listGraph(graph: Nodes, write: WriteNumber): string {
  const rows = [HEADINGS, ...graph.nodes.map((node) => cellsOf(node, graph.output, write))];
  const widths = HEADINGS.map((_, column) =>
    rows.reduce((widest, cells) => Math.max(widest, columnsOf(cells[column] ?? "")), 0),
  );
  return rows
    .map((cells) => cells.map((cell, column) => padColumns(cell, widths[column] ?? 0)))
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}

function cellsOf(node: GraphNode, output: number, write: WriteNumber): string[] {
  const { id, kind, op, inputs, value } = node;
  const text = nodeText(node, write);
  const name = (op === undefined ? node.name && text.inside : text.name) ?? "";
  const operation =
    op === undefined ? kind : [text.inside, ...inputs.map(({ from }) => `#${from}`)].join(" ");
  const locals = inputs.map(({ localDerivative }) =>
    localDerivative === undefined ? "–" : tensorText(localDerivative, write),
  );
  return [
    `#${id}${id === output ? " →" : ""}`,
    name,
    operation,
    typeText(node),
    value === undefined ? "" : tensorText(value, write),
    text.gradient ?? "",
    locals.every((local) => local === "–") ? "" : locals.join(" "),
  ];
}
