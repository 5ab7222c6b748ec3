/**
 * Runs a trace through `apply`: on recorded tensors, which differentiates or batches it, or inside
 * another recording, which rewrites it.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { applyAll } from "./apply.ts";
import type { Cell } from "./cell.ts";
import { type LeafNode, nodeAt, type Operation, type Trace, type TraceNode } from "./trace.ts";

/** The changes of a replay; all other values are computed by the trace. */
export interface ReplayOptions {
  /** Tensors that were computed before; the others are added to this array. */
  readonly tensors?: Tensor[];
  /** The ids of the nodes to compute, in order. Default: all. */
  readonly ids?: Iterable<number>;
  /** Returns all results of an operation; undefined to apply its op. Default: every op is applied. */
  readonly compute?: (
    node: Operation,
    inputs: readonly Tensor[],
    id: number,
  ) => readonly Tensor[] | undefined;
  /**
   * Returns the tensor that readers of a tensor get instead of it. Default: the tensor itself.
   */
  readonly change?: (tensor: Tensor, id: number) => Tensor;
}

/** Returns the tensors for the ids of a trace. `given` has the values that no op computes. */
export function replay(
  { nodes }: Trace,
  leaf: (node: LeafNode, id: number) => Tensor,
  { tensors = [], ids = nodes.keys(), compute, change = (tensor) => tensor }: ReplayOptions = {},
): Tensor[] {
  const results = new Map<number, readonly Tensor[]>();
  const computed = (id: number): Tensor => {
    const node = nodeAt(nodes, id);
    if (node.kind === "projection") return at(results.get(node.of) ?? [], node.index);
    if (node.kind !== "operation") return leaf(node, id);
    const { op, attributes } = node;
    const inputs = node.inputs.map((input) => at(tensors, input));
    const all = compute?.(node, inputs, id) ?? applyAll(op, inputs, attributes);
    if (all.length > 1) results.set(id, all);
    return at(all, 0);
  };
  for (const id of ids) tensors[id] = change(computed(id), id);
  return tensors;
}

/** Returns the results of a body, all of whose inputs are arguments. */
export function replayBody(body: Trace, inputs: readonly Tensor[]): Tensor[] {
  const tensors = replay(body, (node) =>
    node.kind === "argument" ? at(inputs, node.position) : constantOf(node),
  );
  return body.outputs.map((id) => at(tensors, id));
}

/** Returns a value of a body that is neither computed nor an input. */
export function constantOf(node: LeafNode): Tensor {
  if (node.kind === "constant") return node.tensor;
  throw new Error("a body has no Variables");
}

/** Returns the value of an argument, a Variable or a constant; undefined for what is computed. */
export function leafValue(
  node: LeafNode,
  inputs: readonly Tensor[],
  read: (cell: Cell) => Tensor,
): Tensor;
export function leafValue(
  node: TraceNode,
  inputs: readonly Tensor[],
  read: (cell: Cell) => Tensor,
): Tensor | undefined;
export function leafValue(
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
