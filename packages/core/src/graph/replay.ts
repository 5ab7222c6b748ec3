/**
 * Runs a trace through `apply`: on recorded tensors, which differentiates or batches it, or inside
 * another recording, which rewrites it.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { apply, applyAll } from "./apply.ts";
import type { Cell } from "./recording.ts";
import { type GivenNode, nodeAt, type Trace, type TraceNode } from "./trace.ts";

/**
 * Tensors for the ids of a trace. `given` has those that no op computes.
 *
 * @param tensors those that are there already; they are completed.
 * @param ids what to compute, in order. Default: everything.
 * @param change what those that read a tensor get in its place. Default: the tensor.
 */
export function replay(
  { nodes }: Trace,
  given: (node: GivenNode, id: number) => Tensor,
  tensors: Tensor[] = [],
  ids: Iterable<number> = nodes.keys(),
  change: (tensor: Tensor, id: number) => Tensor = (tensor) => tensor,
): Tensor[] {
  const results = new Map<number, readonly Tensor[]>();
  const computed = (id: number): Tensor => {
    const node = nodeAt(nodes, id);
    if (node.kind === "part") return at(results.get(node.of) ?? [], node.index);
    if (node.kind !== "operation") return given(node, id);
    const { op, attributes } = node;
    const inputs = node.inputs.map((input) => at(tensors, input));
    if (op.results === undefined) return apply(op, inputs, attributes);
    const all = applyAll(op, inputs, attributes);
    results.set(id, all);
    return at(all, 0);
  };
  for (const id of ids) tensors[id] = change(computed(id), id);
  return tensors;
}

/** The results of a body, of which every input is an argument. */
export function replayBody(body: Trace, inputs: readonly Tensor[]): Tensor[] {
  const tensors = replay(body, (node) =>
    node.kind === "argument" ? at(inputs, node.position) : constantOf(node),
  );
  return body.outputs.map((id) => at(tensors, id));
}

/** A value of a body that is neither computed nor an input. */
export function constantOf(node: GivenNode): Tensor {
  if (node.kind === "constant") return node.tensor;
  throw new Error("a body has no Variables of its own");
}

/** The value of an argument, a Variable or a constant; undefined for what is computed. */
export function givenValue(
  node: GivenNode,
  inputs: readonly Tensor[],
  read: (cell: Cell) => Tensor,
): Tensor;
export function givenValue(
  node: TraceNode,
  inputs: readonly Tensor[],
  read: (cell: Cell) => Tensor,
): Tensor | undefined;
export function givenValue(
  node: TraceNode,
  inputs: readonly Tensor[],
  read: (cell: Cell) => Tensor,
): Tensor | undefined {
  switch (node.kind) {
    case "argument":
      return at(inputs, node.position);
    case "state":
      return read(node.cell);
    case "constant":
      return node.tensor;
    default:
      return undefined;
  }
}
