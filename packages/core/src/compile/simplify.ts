/**
 * Simplification: the same results, bit for bit, from fewer ops.
 *
 * One pass in order of evaluation replaces what is known: ops of constants are computed, equal ops
 * become one, and ops that change nothing disappear. A second pass drops what nothing needs.
 */

import { type Attributes, NO_ATTRIBUTES, type Op } from "../graph/op.ts";
import { compute } from "../run/runner.ts";
import { at, sameShape, sizeOf } from "../tensor/shape.ts";
import { readStorage, type Tensor } from "../tensor/tensor.ts";
import { type OperationNode, rootsOf, type Trace, type TraceNode } from "./trace.ts";

/** Constants are folded up to this size: beyond it they would cost more memory than time. */
const LARGEST_CONSTANT = 1024;

/** A trace with the same results. */
export function simplify(trace: Trace): Trace {
  return dropUnused(shareAndFold(trace));
}

function shareAndFold(trace: Trace): Trace {
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  const known = new Map<string, number>();
  for (const node of trace.nodes) {
    if (node.kind !== "operation") {
      const key = constantKey(node);
      const equal = key === undefined ? undefined : known.get(key);
      const id = equal ?? nodes.push(node) - 1;
      if (key !== undefined) known.set(key, id);
      newId.push(id);
      continue;
    }
    const inputs = node.inputs.map((input) => at(newId, input));
    const renamed = { ...node, inputs };
    const same = unchanged(renamed, nodes);
    if (same !== undefined) {
      newId.push(same);
      continue;
    }
    const key = `${node.op.name}(${inputs.join()})${attributeKey(node.attributes)}`;
    const equal = known.get(key);
    if (equal !== undefined) {
      newId.push(equal);
      continue;
    }
    const folded = fold(renamed, nodes) ?? renamed;
    const value = constantKey(folded);
    const id = (value === undefined ? undefined : known.get(value)) ?? nodes.push(folded) - 1;
    known.set(key, id);
    if (value !== undefined) known.set(value, id);
    newId.push(id);
  }
  return rename(trace, nodes, newId);
}

/** Equal for scalar constants of the same type and bits; undefined for everything else. */
function constantKey(node: TraceNode): string | undefined {
  if (node.kind !== "constant" || node.shape.length > 0) return undefined;
  const value = node.tensor.item();
  const digits = Object.is(value, -0) ? "-0" : String(value);
  return `${node.weak ? "weak " : ""}${node.dtype} ${digits}`;
}

/** Attributes are plain data, so their JSON tells them apart. */
function attributeKey(attributes: Attributes): string {
  return attributes === NO_ATTRIBUTES ? "" : JSON.stringify(attributes);
}

/** The constant that an op of constants gives. */
function fold(node: TraceNode & OperationNode, nodes: readonly TraceNode[]): TraceNode | undefined {
  if (sizeOf(node.shape) > LARGEST_CONSTANT) return undefined;
  const tensors: Tensor[] = [];
  for (const input of node.inputs) {
    const source = at(nodes, input);
    if (source.kind !== "constant") return undefined;
    tensors.push(source.tensor);
  }
  const tensor = compute(node.op, tensors, node.attributes, node);
  return { kind: "constant", tensor, shape: node.shape, dtype: node.dtype, weak: node.weak };
}

/** The input that an op hands on unchanged, as its block says. */
function unchanged(
  { op, inputs, shape, dtype, weak }: TraceNode & OperationNode,
  nodes: readonly TraceNode[],
): number | undefined {
  if (op.identities === undefined) return undefined;
  const { leftUnit, rightUnit, selfInverse, keepsElements } = op.identities;
  const [x = -1, y = -1] = inputs;
  const candidates = [
    keepsElements ? x : -1,
    rightUnit !== undefined && isConstant(nodes, y, rightUnit) ? x : -1,
    leftUnit !== undefined && isConstant(nodes, x, leftUnit) ? y : -1,
    selfInverse ? inputOfSame(nodes, x, op) : -1,
  ];
  return candidates.find((id) => {
    const source = nodes[id];
    return (
      source !== undefined &&
      sameShape(source.shape, shape) &&
      source.dtype === dtype &&
      source.weak === weak
    );
  });
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
  const needed = new Uint8Array(trace.nodes.length);
  for (const id of rootsOf(trace)) needed[id] = 1;
  for (let id = trace.nodes.length - 1; id >= 0; id--) {
    const node = at(trace.nodes, id);
    if (needed[id] === 0 || node.kind !== "operation") continue;
    for (const input of node.inputs) needed[input] = 1;
  }
  const nodes: TraceNode[] = [];
  const newId: number[] = [];
  trace.nodes.forEach((node, id) => {
    if (needed[id] === 0) {
      newId.push(-1);
      return;
    }
    const moved =
      node.kind === "operation"
        ? { ...node, inputs: node.inputs.map((input) => at(newId, input)) }
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
