/**
 * What happens at a node of a graph, in a sentence or two.
 */

import type { Graph, GraphNode, Tensor } from "@graddiff/core";
import { formatNumber } from "./numbers.ts";

/** Explains the node of an id: its value, its local derivatives, the gradients through it. */
export function nodeSentence(graph: Graph, id: number): string {
  const node = graph.nodes[id];
  if (node === undefined) return "";
  return node.op === undefined ? leafSentence(graph, node) : operationSentence(graph, node);
}

function leafSentence(graph: Graph, node: GraphNode): string {
  if (node.kind === "constant") {
    return `The constant ${nameOf(node)} is part of the calculation; no gradient is asked for it.`;
  }
  const result = graph.nodes[graph.output];
  const slope = slopeText(node.gradient, result?.name ?? "the result");
  return `${nameOf(node)} is an input, ${write(node.value)}. ${branches(graph, node)}${slope}`;
}

function slopeText(gradient: Tensor | undefined, result: string): string {
  if (gradient === undefined) return "No gradient flows back to it.";
  const slope = gradient.item();
  const gradientText = `Its gradient is ${formatNumber(slope)}: if it grows by a little, ${result}`;
  if (slope === 0) return `${gradientText} does not change.`;
  return `${gradientText} ${slope > 0 ? "grows" : "falls"} ${formatNumber(Math.abs(slope))} times as much.`;
}

function operationSentence(graph: Graph, node: GraphNode): string {
  const inputs = node.inputs.map(({ from }) => graph.nodes[from]);
  const from = inputs
    .map((input) => (input === undefined ? "" : `${nameOf(input)}${valueText(input)}`))
    .join(" and ");
  const name = node.name === undefined ? "" : `${node.name} = `;
  const forward = `${node.op?.symbol ?? ""} takes ${from} and gives ${name}${write(node.value)}.`;
  if (node.gradient === undefined) return `${forward} No gradient flows back through it.`;
  const arriving = write(node.gradient);
  const arrival =
    node.id === graph.output
      ? "It is the result, so the backward pass starts here with the gradient 1."
      : `The gradient ${arriving} arrives from the right.`;
  const backward = node.inputs.flatMap(({ localDerivative, gradient }, i) => {
    const input = inputs[i];
    if (localDerivative === undefined || gradient === undefined || input === undefined) return [];
    return `The local derivative for ${nameOf(input)} is ${write(localDerivative)}, so ${arriving} × ${factor(localDerivative)} = ${write(gradient)} goes back to it.`;
  });
  return [forward, `${branches(graph, node)}${arrival}`, ...backward].join(" ");
}

/** Where a value is used several times, the gradients that come back are added. */
function branches(graph: Graph, node: GraphNode): string {
  const gradients = graph.nodes.flatMap(({ inputs }) =>
    inputs.flatMap(({ from, gradient }) =>
      from === node.id && gradient !== undefined ? [write(gradient)] : [],
    ),
  );
  if (gradients.length < 2) return "";
  return `It is used ${gradients.length} times, so the gradients ${gradients.join(" and ")} that come back are added. `;
}

function nameOf(node: GraphNode): string {
  if (node.name !== undefined) return node.name;
  if (node.op === undefined) return write(node.value);
  return `the result of ${node.op.symbol}`;
}

/** The value in brackets, unless the name is the value already. */
function valueText(node: GraphNode): string {
  return node.name === undefined && node.op === undefined ? "" : ` (${write(node.value)})`;
}

function factor(tensor: Tensor): string {
  const text = write(tensor);
  return text.startsWith("-") ? `(${text})` : text;
}

function write(tensor: Tensor | undefined): string {
  if (tensor === undefined) return "unknown";
  return tensor.rank === 0
    ? formatNumber(tensor.item())
    : `an array of shape [${tensor.shape.join(", ")}]`;
}
