/**
 * The trace: a computation recorded without values. Every stage between recording and running takes one and returns one.
 *
 * In: operations in order of evaluation. Out: typed nodes whose index is their id, the ids of the outputs, and assignments
 * to Variables.
 *
 * Invariant: `traceIllegalities` is empty between any two stages: inputs precede their readers, types are those of the op's
 * rule, and every id denotes one value. A multi-output op is represented by its first output; each further output is a
 * projection node.
 */

import type { GraddiffError } from "../errors.ts";
import { numberAt, outside } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Cell } from "./cell.ts";
import { hasOneResult, type Op } from "./op.ts";
import type { Attributes, TensorType } from "./types.ts";

/** One value of a trace. Its index in `Trace.nodes` is its id. */
export type TraceNode = TensorType &
  (
    | { readonly kind: "argument"; readonly position: number }
    /** The value that a Variable has when the program starts. */
    | { readonly kind: "state"; readonly cell: Cell }
    | { readonly kind: "constant"; readonly tensor: Tensor }
    | OperationNode
    | ProjectionNode
  );

/** The source location of an op: its layers, and the line of the user's code. */
export interface SourceLocation {
  /** The layers that were running, and the steps of loops. */
  readonly layerPath: string | undefined;
  /** An error that was created there, whose stack has the line. */
  readonly trace: GraddiffError | undefined;
}

/** A node of an op. */
export type Operation = TensorType & OperationNode;

/** A value that an op computes from values before it. */
export interface OperationNode {
  readonly kind: "operation";
  readonly op: Op;
  /** Ids. */
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
  /** The source location of the op, which is only recorded under `withSites`. */
  readonly location: SourceLocation | undefined;
}

/**
 * A further output of a multi-output op. The first output is the operation node itself, so every id is one value, and
 * ops with one output, nearly all, cost nothing.
 */
export interface ProjectionNode {
  readonly kind: "projection";
  /** The id of the operation. */
  readonly of: number;
  /** The index of the output, from 1. */
  readonly index: number;
}

/** True if an op computes a value. */
export function isComputed({ kind }: TraceNode): boolean {
  return kind === "operation" || kind === "projection";
}

/** A value that no op computes: an argument, a constant or the value of a Variable. */
export type LeafNode = Exclude<TraceNode, { readonly kind: "operation" | "projection" }>;

/**
 * Returns a node of an op. Nodes are made here, and not by spreading others, so that all have one layout in memory:
 * compiling takes a third less.
 */
export function operationNode(
  { shape, dtype, weak }: TensorType,
  op: Op,
  inputs: readonly number[],
  attributes: Attributes,
  location?: SourceLocation,
): Operation {
  return { shape, dtype, weak, kind: "operation", op, inputs, attributes, location };
}

/** Returns a node whose inputs have other ids: itself, where they are the same. */
export function withNewInputs(node: Operation, newId: readonly number[]): Operation {
  const { inputs } = node;
  for (let i = 0; i < inputs.length; i++) {
    const input = numberAt(inputs, i);
    if (newId[input] !== input) {
      const moved = inputs.map((id) => numberAt(newId, id));
      return operationNode(node, node.op, moved, node.attributes, node.location);
    }
  }
  return node;
}

/** Returns the node of a further output of an operation. */
export function projectionNode(
  { shape, dtype, weak }: TensorType,
  of: number,
  index: number,
): TraceNode {
  return { shape, dtype, weak, kind: "projection", of, index };
}

/** Returns a node that reads others by their new ids. */
export function movedNode(node: TraceNode, newId: readonly number[]): TraceNode {
  if (node.kind === "operation") return withNewInputs(node, newId);
  if (node.kind !== "projection" || newId[node.of] === node.of) return node;
  return projectionNode(node, numberAt(newId, node.of), node.index);
}

/** Returns a node of an argument. */
export function argumentNode({ shape, dtype, weak }: TensorType, position: number): TraceNode {
  return { shape, dtype, weak, kind: "argument", position };
}

/** Returns a node of a constant. */
export function constantNode({ shape, dtype, weak }: TensorType, tensor: Tensor): TraceNode {
  return { shape, dtype, weak, kind: "constant", tensor };
}

/** Returns the node with an id, which must exist. */
export function nodeAt(nodes: readonly TraceNode[], id: number): TraceNode {
  const node = nodes[id];
  if (node === undefined) throw outside(nodes, id);
  return node;
}

/** Nodes whose arguments have other positions: the one at position i moves to `order[i]`. */
export function movedArguments(
  nodes: readonly TraceNode[],
  order: readonly number[],
): readonly TraceNode[] {
  return nodes.map((node) =>
    node.kind === "argument" ? argumentNode(node, numberAt(order, node.position)) : node,
  );
}

/** A recorded function. */
export interface Trace {
  readonly nodes: readonly TraceNode[];
  /** The types of all arguments by position, also of those that nothing reads. */
  readonly parameters: readonly TensorType[];
  /** Ids of the results, in order. */
  readonly outputs: readonly number[];
  /** The values that the function assigns to Variables. */
  readonly assignments: readonly Assignment[];
  /** Names that the user gave, by id. */
  readonly names: ReadonlyMap<number, string>;
}

/** A Variable's cell and the id of its new value. */
export interface Assignment {
  readonly cell: Cell;
  readonly id: number;
}

/** Returns all ids that a trace must compute. */
export function rootsOf({ outputs, assignments }: Trace): number[] {
  return [...outputs, ...assignments.map(({ id }) => id)];
}

/** Returns for each id 1 if the results depend on it. */
export function neededNodes(trace: Trace): Uint8Array {
  const needed = new Uint8Array(trace.nodes.length);
  for (const id of rootsOf(trace)) needed[id] = 1;
  for (let id = trace.nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(trace.nodes, id);
    if (needed[id] === 0) continue;
    if (node.kind === "projection") needed[node.of] = 1;
    if (node.kind !== "operation") continue;
    node.inputs.forEach((input) => {
      needed[input] = 1;
    });
  }
  return needed;
}

/** Returns for each operation the ids of its further outputs, as far as they are needed. */
export function projectionsByOperation(
  { nodes }: Pick<Trace, "nodes">,
  needed?: Uint8Array,
): ReadonlyMap<number, readonly { readonly id: number; readonly index: number }[]> {
  const projections = new Map<number, { id: number; index: number }[]>();
  nodes.forEach((node, id) => {
    if (node.kind !== "projection" || needed?.[id] === 0) return;
    const known = projections.get(node.of);
    if (known === undefined) projections.set(node.of, [{ id, index: node.index }]);
    else known.push({ id, index: node.index });
  });
  return projections;
}

/** Returns the ids of an operation's outputs in order, from the projections by operation. */
export function resultsOf(
  id: number,
  projections: ReturnType<typeof projectionsByOperation>,
): readonly number[] {
  const results = [id];
  for (const projection of projections.get(id) ?? []) results[projection.index] = projection.id;
  return results;
}

/**
 * Returns a trace with other nodes.
 *
 * @param newId by old id; −1 for removed nodes. @param names the names of the new nodes.
 */
export function renamed(
  trace: Trace,
  nodes: readonly TraceNode[],
  newId: readonly number[],
  names: ReadonlyMap<number, string> = new Map(),
): Trace {
  const all = new Map(names);
  for (const [id, name] of trace.names) {
    const moved = numberAt(newId, id);
    if (moved >= 0) all.set(moved, name);
  }
  return {
    nodes,
    parameters: trace.parameters,
    outputs: trace.outputs.map((id) => numberAt(newId, id)),
    assignments: trace.assignments.map(({ cell, id }) => ({ cell, id: numberAt(newId, id) })),
    names: all,
  };
}

/**
 * Returns a trace in which every output of an op is a node, also those that nothing reads, since the op writes each
 * to memory.
 */
export function withAllProjections(trace: Trace): Trace {
  const projections = projectionsByOperation(trace);
  const missing = trace.nodes.flatMap((node, id) => {
    if (node.kind !== "operation" || hasOneResult(node.op)) return [];
    const known = projections.get(id) ?? [];
    return resultTypes(node, trace).flatMap((type, index) => {
      return index === 0 || known.some((projection) => projection.index === index)
        ? []
        : [projectionNode(type, id, index)];
    });
  });
  return missing.length === 0 ? trace : { ...trace, nodes: [...trace.nodes, ...missing] };
}

/** Returns a trace without the nodes that its results do not need. */
export function withoutUnneeded(trace: Trace): Trace {
  const needed = neededNodes(trace);
  if (!needed.includes(0)) return trace;
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  trace.nodes.forEach((node, id) => {
    newId.push(needed[id] === 0 ? -1 : nodes.push(movedNode(node, newId)) - 1);
  });
  return renamed(trace, nodes, newId);
}

/** Returns the bodies of an operation: the traces among its attributes. */
export function bodiesOf(attributes: Attributes): Trace[] {
  return Object.values(attributes).filter(isTrace);
}

/** True if an attribute is a body. */
export function isTrace(value: unknown): value is Trace {
  return typeof value === "object" && value !== null && "nodes" in value && "outputs" in value;
}

/** Attributes with other bodies; the same object where there are none. */
export function mapBodies(attributes: Attributes, change: (body: Trace) => Trace): Attributes {
  if (!Object.values(attributes).some(isTrace)) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, isTrace(value) ? change(value) : value]),
  );
}

/** Returns the types of the results of an operation of a trace. */
export function resultTypes(
  { op, inputs, attributes }: OperationNode,
  { nodes }: Pick<Trace, "nodes">,
): readonly TensorType[] {
  const types = inputs.map((input) => nodeAt(nodes, input));
  return op.results(types, attributes);
}
