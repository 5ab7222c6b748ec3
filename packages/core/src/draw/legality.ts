/**
 * What every graph must fulfil between two stages. Tests check it always.
 */

import { formatShape } from "../errors.ts";
import { sameShape } from "../tensor/shape.ts";
import type { Graph } from "./graph.ts";

/** Everything that is wrong with a graph, in words; empty for a legal one. */
export function illegalities({ nodes, output }: Graph): string[] {
  const complaints: string[] = [];
  nodes.forEach((node, place) => {
    const where = `node ${node.id} (${node.op?.name ?? node.kind})`;
    if (node.id !== place) complaints.push(`${where} stands at place ${place}`);
    if ((node.kind === "operation") !== (node.op !== undefined)) {
      complaints.push(`${where} is of kind ${node.kind}`);
    }
    const inputs = node.inputs.map(({ from }) => {
      if (!(from >= 0 && from < place)) complaints.push(`${where} reads ${from}, not before it`);
      return nodes[from];
    });
    if (node.op === undefined || inputs.includes(undefined)) return;
    const types = inputs.flatMap((input) =>
      input === undefined ? [] : [{ shape: input.shape, dtype: input.dtype, weak: false }],
    );
    const inferred = node.op.infer(types, node.attributes);
    if (!sameShape(inferred.shape, node.shape) || inferred.dtype !== node.dtype) {
      complaints.push(
        `${where} is ${node.dtype} ${formatShape(node.shape)}, its op gives ${inferred.dtype} ${formatShape(inferred.shape)}`,
      );
    }
    for (const tensor of [node.value, node.gradient]) {
      if (tensor && !(sameShape(tensor.shape, node.shape) && tensor.dtype === node.dtype)) {
        complaints.push(`${where} has a value or gradient of another shape or dtype`);
      }
    }
  });
  if (nodes[output] === undefined) complaints.push(`the output ${output} is no node`);
  return complaints;
}
