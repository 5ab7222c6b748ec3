/**
 * A graph in the DOT language of Graphviz, for its layouts and for tools that read it.
 * The language: https://graphviz.org/doc/info/lang.html
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { nodeText, resultName, tensorText } from "./label.ts";
import type { GraphNode, Nodes } from "./nodes.ts";
import { roundedNumber, shortestNumber, type WriteNumber } from "./shortestNumber.ts";

/**
 * Writes a graph as DOT: nodes are called `n0`, `n1`, … by their ids, and the end is `result`.
 * Edges are labelled with the forward value and `∇` with the gradient, both rounded to six
 * digits; tooltips have them in full, with the local derivative.
 */
export function drawDot(graph: Nodes): string {
  const { nodes, output } = graph;
  const result = at(nodes, output);
  const edges = nodes.flatMap(({ id, inputs }) =>
    inputs.map(({ from, gradient, localDerivative }) => {
      const source = at(nodes, from);
      return arrow(`n${from} -> n${id}`, source, gradient, localDerivative);
    }),
  );
  return [
    "digraph {",
    "  rankdir=LR;",
    '  node [fontname="Helvetica", shape=circle];',
    '  edge [fontname="Courier"];',
    ...nodes.map((node) => statement(node, output)),
    `  result [label=${quoted(resultName(result))}, shape=box, style="rounded,bold"];`,
    ...edges,
    arrow(`n${output} -> result`, result, result.gradient, undefined),
    "}",
    "",
  ].join("\n");
}

function statement(node: GraphNode, output: number): string {
  const { inside, name } = nodeText(node, roundedNumber);
  const label = name === undefined || node.id === output ? quoted(inside) : quoted(inside, name);
  const look = node.op === undefined ? ', shape=box, style="rounded"' : "";
  return `  n${node.id} [label=${label}${look}];`;
}

function arrow(
  between: string,
  source: GraphNode,
  gradient: Tensor | undefined,
  local: Tensor | undefined,
): string {
  const lines = (write: WriteNumber) => [
    nodeText(source, write).value ?? "",
    ...(gradient === undefined ? [] : [`∇ ${tensorText(gradient, write)}`]),
  ];
  const tooltip = [
    ...lines(shortestNumber),
    ...(local === undefined ? [] : [`local derivative ${tensorText(local, shortestNumber)}`]),
  ];
  return `  ${between} [label=${quoted(...lines(roundedNumber))}, tooltip=${quoted(...tooltip)}];`;
}

/** Returns a string of DOT, in which a backslash escapes and `&…;` is an entity of HTML. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;"),
  );
  return `"${escaped.join("\\n")}"`;
}
