/**
 * Runs a trace through `apply`: on recorded tensors, which differentiates or batches it, or inside
 * another recording, which rewrites it.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { apply, applyAll } from "./apply.ts";
import type { GivenNode, Trace } from "./trace.ts";

/** Tensors for the ids of a trace. `given` has those that no op computes. */
export function replay({ nodes }: Trace, given: (node: GivenNode, id: number) => Tensor): Tensor[] {
  const tensors: Tensor[] = [];
  const results = new Map<number, readonly Tensor[]>();
  nodes.forEach((node, id) => {
    if (node.kind === "part") tensors.push(at(results.get(node.of) ?? [], node.index));
    else if (node.kind !== "operation") tensors.push(given(node, id));
    else {
      const { op, attributes } = node;
      const inputs = node.inputs.map((input) => at(tensors, input));
      if (op.results === undefined) tensors.push(apply(op, inputs, attributes));
      else {
        const all = applyAll(op, inputs, attributes);
        results.set(id, all);
        tensors.push(at(all, 0));
      }
    }
  });
  return tensors;
}

/** The results of a body, of which every input is an argument. */
export function replayBody(body: Trace, inputs: readonly Tensor[]): Tensor[] {
  const tensors = replay(body, (node) => {
    if (node.kind === "argument") return at(inputs, node.position);
    if (node.kind === "constant") return node.tensor;
    throw new Error("a body has no Variables of its own");
  });
  return body.outputs.map((id) => at(tensors, id));
}
