/**
 * Simplification: the same results, bit for bit, from fewer ops.
 *
 * One pass in order of evaluation replaces what is known: ops of constants are computed, equal ops
 * become one, and ops that change nothing disappear. A second pass drops what nothing needs.
 */

import { NO_ATTRIBUTES, type Op } from "../graph/op.ts";
import { compute } from "../run/runner.ts";
import { at, sameShape, sizeOf } from "../tensor/shape.ts";
import { readStorage, type Tensor } from "../tensor/tensor.ts";
import {
  constantNode,
  neededNodes,
  type Operation,
  operationNode,
  type Trace,
  type TraceNode,
} from "./trace.ts";

/** Constants are folded up to this size: beyond it they would cost more memory than time. */
const LARGEST_CONSTANT = 1024;

/** A trace with the same results. */
export function simplify(trace: Trace): Trace {
  return dropUnused(shareAndFold(trace));
}

function shareAndFold(trace: Trace): Trace {
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  const equals = new Equals(trace.nodes.length);
  for (const node of trace.nodes) {
    if (node.kind !== "operation") {
      newId.push(equals.constant(node) ?? nodes.push(node) - 1);
      equals.remember(node, at(newId, newId.length - 1));
      continue;
    }
    const { op, attributes } = node;
    const inputs = node.inputs.map((input) => at(newId, input));
    const renamed = operationNode(node, op, inputs, attributes);
    const same = unchanged(renamed, nodes) ?? equals.operation(renamed);
    if (same !== undefined) {
      newId.push(same);
      continue;
    }
    const folded = fold(renamed, nodes) ?? renamed;
    const id = equals.constant(folded) ?? nodes.push(folded) - 1;
    equals.remember(folded, id);
    if (folded !== renamed) equals.remember(renamed, id);
    newId.push(id);
  }
  return rename(trace, nodes, newId);
}

/** Finds nodes that are equal to others. */
class Equals {
  readonly #scale: number;
  readonly #constants = new Map<string, number>();
  /** Most ops have no more than two inputs, and no attributes: for them a number is key enough. */
  readonly #plain = new Map<Op, Map<number, number>>();
  readonly #others = new Map<string, number>();

  /** @param count more than all ids. */
  constructor(count: number) {
    this.#scale = count + 1;
  }

  /** The constant with the same type and bits. */
  constant(node: TraceNode): number | undefined {
    const key = constantKey(node);
    return key === undefined ? undefined : this.#constants.get(key);
  }

  /** The node that applies the same op to the same inputs. */
  operation(node: Operation): number | undefined {
    return isPlain(node)
      ? this.#plain.get(node.op)?.get(this.#numberOf(node))
      : this.#others.get(keyOf(node));
  }

  remember(node: TraceNode, id: number): void {
    const key = constantKey(node);
    if (key !== undefined) this.#constants.set(key, id);
    if (node.kind !== "operation") return;
    if (!isPlain(node)) {
      this.#others.set(keyOf(node), id);
      return;
    }
    const known = this.#plain.get(node.op);
    if (known === undefined) this.#plain.set(node.op, new Map([[this.#numberOf(node), id]]));
    else known.set(this.#numberOf(node), id);
  }

  #numberOf({ inputs: [x = 0, y = -1] }: Operation): number {
    return x * this.#scale + y + 1;
  }
}

function isPlain({ attributes, inputs }: Operation): boolean {
  return attributes === NO_ATTRIBUTES && inputs.length <= 2;
}

/** Attributes are plain data, so their JSON tells them apart. */
function keyOf({ op, inputs, attributes }: Operation): string {
  return `${op.name}(${inputs.join()})${JSON.stringify(attributes)}`;
}

/** Equal for scalar constants of the same type and bits; undefined for everything else. */
function constantKey(node: TraceNode): string | undefined {
  if (node.kind !== "constant" || node.shape.length > 0) return undefined;
  const value = node.tensor.item();
  const digits = Object.is(value, -0) ? "-0" : String(value);
  return `${node.weak ? "weak " : ""}${node.dtype} ${digits}`;
}

/** The constant that an op of constants gives. */
function fold(node: Operation, nodes: readonly TraceNode[]): TraceNode | undefined {
  if (sizeOf(node.shape) > LARGEST_CONSTANT) return undefined;
  const tensors: Tensor[] = [];
  for (const input of node.inputs) {
    const source = at(nodes, input);
    if (source.kind !== "constant") return undefined;
    tensors.push(source.tensor);
  }
  return constantNode(node, compute(node.op, tensors, node.attributes, node));
}

/** The input that an op hands on unchanged, as its block says. */
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

/** The input of a node of the same op; −1 for any other node. */
function inputOfSame(nodes: readonly TraceNode[], id: number, op: Op): number {
  const node = at(nodes, id);
  return node.kind === "operation" && node.op === op ? at(node.inputs, 0) : -1;
}

/** Whether a value is a constant, also repeated, whose every element is `value` (not −0 for 0). */
function isConstant(nodes: readonly TraceNode[], id: number, value: number): boolean {
  let node = nodes[id];
  while (node?.kind === "operation" && node.op.identities?.keepsElements === true) {
    node = nodes[at(node.inputs, 0)];
  }
  if (node?.kind !== "constant") return false;
  const storage = readStorage(node.tensor, "simplify");
  return typeof storage === "number"
    ? Object.is(storage, value)
    : storage.length > 0 && storage.every((element) => Object.is(element, value));
}

function dropUnused(trace: Trace): Trace {
  const needed = neededNodes(trace);
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  trace.nodes.forEach((node, id) => {
    if (needed[id] === 0) {
      newId.push(-1);
      return;
    }
    const moved =
      node.kind === "operation"
        ? operationNode(
            node,
            node.op,
            node.inputs.map((input) => at(newId, input)),
            node.attributes,
          )
        : node;
    newId.push(nodes.push(moved) - 1);
  });
  return rename(trace, nodes, newId);
}

function rename(trace: Trace, nodes: TraceNode[], newId: readonly number[]): Trace {
  const names = new Map<number, string>();
  for (const [id, name] of trace.names) {
    const moved = at(newId, id);
    if (moved >= 0) names.set(moved, name);
  }
  return {
    nodes,
    names,
    outputs: trace.outputs.map((id) => at(newId, id)),
    assignments: trace.assignments.map(({ cell, id }) => ({ cell, id: at(newId, id) })),
  };
}
