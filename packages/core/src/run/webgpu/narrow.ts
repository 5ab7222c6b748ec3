/** Values of float64 that are computed as float32: a GPU has no others. */

import {
  constantNode,
  mapBodies,
  movedNode,
  nodeAt,
  type Operation,
  operationNode,
  renamed,
  rootsOf,
  type Trace,
  type TraceNode,
} from "../../graph/trace.ts";
import { numberAt } from "../../tensor/shape.ts";
import { onlyElement } from "../../tensor/symbolicConstant.ts";
import { stored } from "../../tensor/tensor.ts";
import { isCast, loopOpOf } from "../program/fuse/fusible.ts";
import { LOOP_OPS } from "../program/loop/loopOps.ts";

/** True if every element of a result is an element of an input. */
function handsOnElements({ op, dtype }: Operation): boolean {
  const loopOp = loopOpOf(op, dtype);
  const kinds: readonly string[] = loopOp === undefined ? [] : LOOP_OPS[loopOp].operands;
  return op.kernel?.kind === "view" || kinds.includes("any");
}

/**
 * Returns a trace in which selections among plain numbers, such as `where(x.greater(0), 1, -1)`, are float32 if only
 * casts to float32 read them. The bits are the same, since nothing is computed.
 */
export function narrowed(trace: Trace): Trace {
  const { nodes } = trace;
  const isWide = (id: number) => nodeAt(nodes, id).dtype === "float64";
  /** Returns the node of a plain number; undefined for any other. */
  const plainAt = (id: number) => {
    const node = nodeAt(nodes, id);
    return node.kind === "constant" && isWide(id) && node.shape.length === 0 ? node : undefined;
  };
  const isNarrow: boolean[] = [];
  nodes.forEach((node, id) => {
    isNarrow[id] =
      isWide(id) &&
      node.kind === "operation" &&
      handsOnElements(node) &&
      node.inputs.every((input) => !isWide(input) || plainAt(input) || isNarrow[input] === true);
  });
  for (const id of rootsOf(trace)) isNarrow[id] = false;
  // In reverse order, readers are visited before their inputs.
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(nodes, id);
    if (node.kind !== "operation" || isNarrow[id]) continue;
    if (isCast(node.op) && node.dtype === "float32") continue;
    for (const input of node.inputs) isNarrow[input] = false;
  }
  const made: TraceNode[] = [];
  const newId: number[] = [];
  const numberOf = (id: number) => {
    const plain = plainAt(id);
    if (plain === undefined) return numberAt(newId, id);
    const number = stored([], "float32", onlyElement(plain.tensor, "where") as number, plain.weak);
    return made.push(constantNode(number, number)) - 1;
  };
  nodes.forEach((node, id) => {
    if (node.kind !== "operation") {
      newId[id] = made.push(movedNode(node, newId)) - 1;
      return;
    }
    const { op, inputs, attributes, location } = node;
    const ids = inputs.map((input) => (isNarrow[id] ? numberOf(input) : numberAt(newId, input)));
    const type: Operation = isNarrow[id] ? { ...node, dtype: "float32" } : node;
    newId[id] =
      made.push(operationNode(type, op, ids, mapBodies(attributes, narrowed), location)) - 1;
  });
  return renamed(trace, made, newId);
}
