/**
 * A graph as a Mermaid flowchart, which many sites draw inside Markdown.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { nodeText, resultName, tensorText } from "./label.ts";
import type { GraphNode, Nodes } from "./nodes.ts";
import { roundedNumber } from "./shortestNumber.ts";

/**
 * Writes a graph as a Mermaid flowchart: nodes are called `n0`, `n1`, … by their ids, and the end
 * is `result`. Lines are labelled with the forward value and `∇` with the gradient.
 */
export function drawMermaid({ nodes, output }: Nodes): string {
  const result = at(nodes, output);
  return [
    "flowchart LR",
    ...nodes.map((node) => statement(node, output)),
    `  result([${quoted(resultName(result))}])`,
    ...nodes.flatMap(({ id, inputs }) =>
      inputs.map(({ from, gradient }) => arrow(at(nodes, from), gradient, `n${id}`)),
    ),
    arrow(result, result.gradient, "result"),
    "",
  ].join("\n");
}

function statement(node: GraphNode, output: number): string {
  const { inside, name } = nodeText(node, roundedNumber);
  const label = name === undefined || node.id === output ? quoted(inside) : quoted(inside, name);
  return node.op === undefined ? `  n${node.id}([${label}])` : `  n${node.id}((${label}))`;
}

function arrow(source: GraphNode, gradient: Tensor | undefined, target: string): string {
  const lines = [
    nodeText(source, roundedNumber).value,
    gradient && `∇ ${tensorText(gradient, roundedNumber)}`,
  ].filter((line) => line !== undefined);
  const label = lines.length === 0 ? "" : `|${quoted(...lines)}|`;
  return `  n${source.id} -->${label} ${target}`;
}

/** Returns a string of Mermaid; characters that it could take for markup become entities. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replace(/[#&"<>`\\]/g, (character) => `#${character.codePointAt(0)};`),
  );
  return `"${escaped.join("<br>")}"`;
}
