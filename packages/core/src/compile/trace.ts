/**
 * The trace: a computation recorded without values. What stages between recording and running
 * hand on to each other.
 */

import type { Attributes, Op, TensorType } from "../graph/op.ts";
import type { Cell } from "../graph/recording.ts";
import { numberAt, outside, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One value of a trace. Its place in `Trace.nodes` is its id. */
export type TraceNode = TensorType &
  (
    | { readonly kind: "argument"; readonly position: number }
    /** The value that a Variable has when the program starts. */
    | { readonly kind: "state"; readonly cell: Cell }
    | { readonly kind: "constant"; readonly tensor: Tensor }
    | OperationNode
  );

/** A node of an op. */
export type Operation = TensorType & OperationNode;

/** A value that an op computes from values before it. */
export interface OperationNode {
  readonly kind: "operation";
  readonly op: Op;
  /** Ids. */
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
}

/**
 * A node of an op. Nodes are made here, and not by spreading others, so that all have one layout in
 * memory: compiling takes a third less.
 */
export function operationNode(
  { shape, dtype, weak }: TensorType,
  op: Op,
  inputs: readonly number[],
  attributes: Attributes,
): Operation {
  return { shape, dtype, weak, kind: "operation", op, inputs, attributes };
}

/** A node whose inputs have other ids: itself, where they are the same. */
export function withNewInputs(node: Operation, newId: readonly number[]): Operation {
  const { inputs } = node;
  for (let i = 0; i < inputs.length; i++) {
    const input = numberAt(inputs, i);
    if (newId[input] !== input) {
      const moved = inputs.map((id) => numberAt(newId, id));
      return operationNode(node, node.op, moved, node.attributes);
    }
  }
  return node;
}

/** A node of a constant. */
export function constantNode({ shape, dtype, weak }: TensorType, tensor: Tensor): TraceNode {
  return { shape, dtype, weak, kind: "constant", tensor };
}

/** A node of a trace, which is there. */
export function nodeAt(nodes: readonly TraceNode[], id: number): TraceNode {
  const node = nodes[id];
  if (node === undefined) throw outside(nodes, id);
  return node;
}

/** A recorded function. */
export interface Trace {
  readonly nodes: readonly TraceNode[];
  /** Ids of the results, in order. */
  readonly outputs: readonly number[];
  /** What the function leaves in Variables. */
  readonly assignments: readonly Assignment[];
  /** Names that the user gave, by id. */
  readonly names: ReadonlyMap<number, string>;
}

/** A Variable's cell and the id of its new value. */
export interface Assignment {
  readonly cell: Cell;
  readonly id: number;
}

/** All ids that a trace must compute. */
export function rootsOf({ outputs, assignments }: Trace): number[] {
  return [...outputs, ...assignments.map(({ id }) => id)];
}

/** By id: 1 for what the results depend on. */
export function neededNodes(trace: Trace): Uint8Array {
  const needed = new Uint8Array(trace.nodes.length);
  for (const id of rootsOf(trace)) needed[id] = 1;
  for (let id = trace.nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(trace.nodes, id);
    if (needed[id] === 0 || node.kind !== "operation") continue;
    node.inputs.forEach((input) => {
      needed[input] = 1;
    });
  }
  return needed;
}

/** Everything that is wrong with a trace, in words; empty for a legal one. */
export function traceIllegalities(trace: Trace): string[] {
  const complaints: string[] = [];
  trace.nodes.forEach((node, id) => {
    if (node.kind !== "operation") return;
    const where = `node ${id} (${node.op.name})`;
    const types = node.inputs.flatMap((input) => {
      const type = trace.nodes[input];
      if (input >= id || type === undefined) complaints.push(`${where} reads ${input}`);
      return type === undefined ? [] : [type];
    });
    if (types.length !== node.inputs.length) return;
    const { shape, dtype } = node.op.infer(types, node.attributes);
    if (!sameShape(shape, node.shape) || dtype !== node.dtype) {
      complaints.push(
        `${where} is ${node.dtype} [${node.shape}], its op gives ${dtype} [${shape}]`,
      );
    }
  });
  for (const id of rootsOf(trace)) {
    if (trace.nodes[id] === undefined) complaints.push(`the result ${id} is no node`);
  }
  return complaints;
}
