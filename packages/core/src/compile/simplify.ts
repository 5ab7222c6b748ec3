/**
 * Simplification: the same results, bit for bit, from fewer ops.
 *
 * In: a lowered trace. Out: a trace with the same outputs.
 *
 * One pass in order of evaluation computes ops of constants, merges equal ops and equal constants, and removes or replaces
 * ops by the identities that their blocks state. A second pass drops dead nodes, and rows of loops that nobody reads.
 * Of symbolic constants only the rule is read.
 */

import { GraddiffError } from "../errors.ts";
import { mayRefuse } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import {
  bodiesOf,
  constantNode,
  mapBodies,
  movedNode,
  neededNodes,
  nodeAt,
  type Operation,
  operationNode,
  projectionNode,
  renamed,
  resultTypes,
  rootsOf,
  type Trace,
  type TraceNode,
  withNewInputs,
  withoutUnneeded,
} from "../graph/trace.ts";
import { hashAttributes, NO_ATTRIBUTES, sameAttributes } from "../graph/types.ts";
import { compute } from "../run/runner.ts";
import { at, int32At, numberAt, sameNumbers, sameShape, sizeOf } from "../tensor/shape.ts";
import {
  digitsOf,
  onlyElement,
  SymbolicConstant,
  symbolicKey,
  withoutArray,
} from "../tensor/symbolicConstant.ts";
import { findStorage, type Tensor } from "../tensor/tensor.ts";

/** Constants are folded up to this size: beyond it they would cost more memory than time. */
const LARGEST_CONSTANT = 1024;

/** Returns a trace with the same results; bodies are simplified in place. */
export function simplify(trace: Trace): Trace {
  return withoutUnneeded(withoutUnreadRows(shareAndFold(trace)));
}

/**
 * Returns a trace without unread rows of loops. Rows that a step returns several times become one, as where a
 * differentiated loop returns residuals that another derivative needs, too.
 */
function withoutUnreadRows(trace: Trace): Trace {
  const isLoop = (node: TraceNode): node is Operation =>
    node.kind === "operation" && node.op.bodies?.carries !== undefined;
  if (!trace.nodes.some(isLoop)) return trace;
  const needed = neededNodes(trace);
  const read = new Map<number, Set<number>>();
  trace.nodes.forEach((node, id) => {
    if (node.kind !== "projection" || needed[id] === 0) return;
    const known = read.get(node.of);
    if (known === undefined) read.set(node.of, new Set([node.index]));
    else known.add(node.index);
  });
  /** By loop: the new indices of its results. */
  const moved = new Map<number, readonly number[]>();
  const nodes = trace.nodes.map((node, id) => {
    if (node.kind === "projection") {
      const index = moved.get(node.of)?.[node.index];
      return index === undefined ? node : projectionNode(node, node.of, index);
    }
    if (!isLoop(node)) return node;
    const { op, attributes, inputs, location } = node;
    const outputs = at(bodiesOf(attributes), 0).outputs;
    const carries = op.bodies?.carries?.(attributes) ?? 0;
    const kept: number[] = [];
    const first = new Map<number, number>();
    const ids = outputs.map((output, i) => {
      if (i === 0 || i < carries) return kept.push(output) - 1;
      if (!read.get(id)?.has(i)) return 0;
      const known = first.get(output) ?? kept.push(output) - 1;
      first.set(output, known);
      return known;
    });
    if (kept.length === outputs.length) return node;
    moved.set(id, ids);
    const less = (body: Trace) => withoutUnneeded({ ...body, outputs: kept });
    return operationNode(node, op, inputs, mapBodies(attributes, less), location);
  });
  if (moved.size === 0) return trace;
  const projections = new Map<string, number>();
  const newId = nodes.map((node, id) =>
    node.kind === "projection" && needed[id] === 1
      ? firstOf(projections, `${node.of} ${node.index}`, id)
      : id,
  );
  return renamed(
    trace,
    nodes.map((node) => movedNode(node, newId)),
    newId,
  );
}

/**
 * Returns the trace with the same ids; a node that was replaced stays at its index, and nothing reads it.
 */
function shareAndFold(trace: Trace): Trace {
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  const equals = new Equals(trace.nodes.length);
  // Constants that are returned stay separate tensors, since the caller may dispose of one of them.
  const roots = new Set(rootsOf(trace));
  trace.nodes.forEach((node, id) => {
    nodes.push(node);
    if (node.kind === "projection") {
      nodes[id] = movedNode(node, newId);
      newId.push(equals.projection(numberAt(newId, node.of), node.index, id));
      return;
    }
    if (node.kind !== "operation") {
      newId.push(roots.has(id) ? id : equals.constant(node, id));
      return;
    }
    const renamed = cheaper(withNewInputs(withSimpleBodies(node), newId), nodes);
    nodes[id] = renamed;
    const unchangedInput = unchanged(renamed, nodes);
    if (unchangedInput !== undefined) {
      newId.push(unchangedInput);
      return;
    }
    const same = equals.operation(renamed, id);
    const folded = same === id ? fold(renamed, nodes) : undefined;
    if (folded !== undefined) nodes[id] = folded;
    newId.push(folded === undefined ? same : equals.constant(folded, id));
  });
  return renamed(trace, nodes, newId);
}

function withSimpleBodies(node: Operation): Operation {
  if (node.op.bodies === undefined) return node;
  return operationNode(
    node,
    node.op,
    node.inputs,
    mapBodies(node.attributes, simplify),
    node.location,
  );
}

/** Finds the first of equal nodes. */
class Equals {
  readonly #operations: Operation[] = [];
  readonly #constants = new Map<string, number>();
  readonly #projections = new Map<string, number>();
  /** Indices of operations by a hash of op, inputs and attributes; −1 is empty. */
  readonly #table: Int32Array;
  readonly #ids: number[] = [];
  readonly #opNumbers = new Map<Op, number>();

  /** @param count of all nodes that there will be. */
  constructor(count: number) {
    this.#table = new Int32Array(2 ** (33 - Math.clz32(count))).fill(-1);
  }

  /** Returns the first constant with the same type and bits, or this one. */
  constant(node: TraceNode, id: number): number {
    const key = constantKey(node);
    return key === undefined ? id : firstOf(this.#constants, key, id);
  }

  /** Returns the first node that is the same result of an operation, or this one. */
  projection(of: number, index: number, id: number): number {
    return firstOf(this.#projections, `${of} ${index}`, id);
  }

  /** Returns the first node that applies the same op to the same inputs, or this one. */
  operation(node: Operation, id: number): number {
    const { op, inputs, attributes } = node;
    let hash = firstOf(this.#opNumbers, op, this.#opNumbers.size);
    if (attributes !== NO_ATTRIBUTES) hash ^= hashAttributes(attributes);
    inputs.forEach((input) => {
      hash = Math.imul(hash ^ input, 0x9e3779b1) ^ (hash >>> 15);
    });
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = int32At(table, slot);
      if (known < 0) {
        table[slot] = this.#operations.push(node) - 1;
        this.#ids.push(id);
        return id;
      }
      const other = at(this.#operations, known);
      const isSame =
        other.op === op &&
        other.weak === node.weak &&
        sameNumbers(other.inputs, inputs) &&
        sameAttributes(other.attributes, attributes);
      if (isSame) return numberAt(this.#ids, known);
    }
  }
}

/** Returns the value of a map for a key, which is given this one if it has none. */
function firstOf<Key>(map: Map<Key, number>, key: Key, value: number): number {
  const known = map.get(key);
  if (known !== undefined) return known;
  map.set(key, value);
  return value;
}

/** Returns a key that is equal for scalars and patterns of the same type and bits; undefined for everything else. */
function constantKey(node: TraceNode): string | undefined {
  if (node.kind !== "constant") return undefined;
  const storage = findStorage(node.tensor, "simplify");
  const isSymbolic = storage instanceof SymbolicConstant;
  if (!isSymbolic && typeof storage !== "number") return undefined;
  const elements = isSymbolic ? `[${node.shape}] ${symbolicKey(storage)}` : digitsOf(storage);
  return `${node.weak ? "weak " : ""}${node.dtype} ${elements}`;
}

/**
 * Returns the constant that a primitive op of constants gives. A composite with a kernel is not folded: it runs with
 * the program.
 */
function fold(node: Operation, nodes: readonly TraceNode[]): TraceNode | undefined {
  if (node.op.kernel === undefined || sizeOf(node.shape) > LARGEST_CONSTANT) return undefined;
  const tensors: Tensor[] = [];
  for (const input of node.inputs) {
    const source = nodeAt(nodes, input);
    if (source.kind !== "constant") return undefined;
    tensors.push(withoutArray(source.tensor));
  }
  if (resultTypes(node, { nodes }).length > 1) return undefined;
  try {
    return constantNode(node, compute(node.op, tensors, node.attributes, node));
  } catch (error) {
    // An op that refuses its inputs throws when it runs, if it runs: a branch may never be taken.
    if (error instanceof GraddiffError && mayRefuse(node)) return undefined;
    throw error;
  }
}

/** Returns a cheaper op with the same result, if the block names one; else the node itself. */
function cheaper(node: Operation, nodes: readonly TraceNode[]): Operation {
  const { op, inputs, shape } = node;
  const twice = op.identities?.twice;
  const [x = -1, right = -1] = inputs;
  if (twice === undefined || !isConstant(nodes, right, twice.right)) return node;
  return sameShape(nodeAt(nodes, x).shape, shape)
    ? operationNode(node, twice.other, [x, x], NO_ATTRIBUTES, node.location)
    : node;
}

/** Returns the input that an op returns unchanged, by the identities of its block. */
function unchanged(
  { op, inputs, shape, dtype, weak }: Operation,
  nodes: readonly TraceNode[],
): number | undefined {
  if (op.identities === undefined) return undefined;
  const { leftUnit, rightUnit, selfInverse, keepsElements } = op.identities;
  const [x = -1, y = -1] = inputs;
  const isSame = (id: number) => {
    const source = nodes[id];
    return (
      source !== undefined &&
      source.dtype === dtype &&
      source.weak === weak &&
      sameShape(source.shape, shape)
    );
  };
  if (keepsElements && isSame(x)) return x;
  if (rightUnit !== undefined && isConstant(nodes, y, rightUnit) && isSame(x)) return x;
  if (leftUnit !== undefined && isConstant(nodes, x, leftUnit) && isSame(y)) return y;
  if (!selfInverse) return undefined;
  const inner = inputOfSame(nodes, x, op);
  return isSame(inner) ? inner : undefined;
}

/** Returns the input of a node of the same op; −1 for any other node. */
function inputOfSame(nodes: readonly TraceNode[], id: number, op: Op): number {
  const node = nodeAt(nodes, id);
  return node.kind === "operation" && node.op === op ? numberAt(node.inputs, 0) : -1;
}

/** True if a value is a constant, also repeated, whose every element is `value` (not −0 for 0). */
function isConstant(nodes: readonly TraceNode[], id: number, value: number): boolean {
  let node = nodes[id];
  while (node?.kind === "operation" && node.op.identities?.keepsElements === true) {
    node = nodes[numberAt(node.inputs, 0)];
  }
  return node?.kind === "constant" && Object.is(onlyElement(node.tensor, "simplify"), value);
}
