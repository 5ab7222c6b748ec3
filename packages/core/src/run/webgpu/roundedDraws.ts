/**
 * Comparisons of float64 that the host knows, such as the draws of `bernoulli`, with float32 that the GPU computes. The GPU
 * compares float32: of numbers that are rounded in the direction that keeps the result of the comparison, so it is the
 * same on every backend.
 */

import { checkedKernel } from "../../families/elementwise.ts";
import { none, type Op, oneResult } from "../../graph/op.ts";
import {
  movedNode,
  nodeAt,
  type Operation,
  operationNode,
  renamed,
  type Trace,
  type TraceNode,
} from "../../graph/trace.ts";
import { NO_ATTRIBUTES } from "../../graph/types.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { isCast } from "../program/fuse/fusible.ts";

const number = new Float32Array(1);
const bits = new Int32Array(number.buffer);

/** Returns the greatest float32 that is at most x. */
export function roundedDown(x: number): number {
  number[0] = x;
  const nearest = at(number, 0);
  if (!(nearest > x)) return nearest;
  const before = at(bits, 0);
  // Next to 0 is the least number with the other sign.
  bits[0] = nearest === 0 ? -(2 ** 31) + 1 : before + (nearest > 0 ? -1 : 1);
  return at(number, 0);
}

const roundedUp = (x: number) => -roundedDown(-x);

/** Returns an op that only the host computes, without a row in the table. */
function rounding(name: string, round: (x: number) => number): Op {
  return {
    name,
    symbol: name,
    family: "elementwise",
    promotion: "none",
    formula: `x ${name} to float32`,
    results: oneResult(([x]) => ({ shape: x?.shape ?? [], dtype: "float32", weak: false })),
    derivative: none("it is made for a GPU, after all derivatives"),
    kernel: checkedKernel(round),
    examples: { cases: [], domain: [0, 1] },
  };
}

const [down, up] = [rounding("rounded down", roundedDown), rounding("rounded up", roundedUp)];

/** For each comparison, the rounding of its left side; its right side has the other one. */
const SIDES: Readonly<Record<string, readonly [Op, Op]>> = {
  less: [down, up],
  lessEqual: [up, down],
  greater: [up, down],
  greaterEqual: [down, up],
};

/**
 * Returns a trace whose comparisons of float64 that the host knows with casts of float32 are of float32.
 *
 * @param known by id, whether the host knows a value before a run.
 */
export function withRoundedDraws(trace: Trace, known: readonly boolean[]): Trace {
  const { nodes } = trace;
  /** Returns the float32 of which a value is a cast, if the GPU computes it. */
  const narrowOf = (id: number): number | undefined => {
    const node = nodeAt(nodes, id);
    if (node.kind !== "operation" || known[id] || !isCast(node.op)) return undefined;
    const input = at(node.inputs, 0);
    return nodeAt(nodes, input).dtype === "float32" ? input : undefined;
  };
  const made: TraceNode[] = [];
  const newId: number[] = [];
  /** Returns the comparison of float32; undefined for other operations. */
  const compared = (node: Operation): Operation | undefined => {
    const sides = SIDES[node.op.name];
    const index = node.inputs.findIndex((id) => known[id] && nodeAt(nodes, id).dtype === "float64");
    const other = node.inputs[1 - index];
    const narrow = other === undefined ? undefined : narrowOf(other);
    if (sides === undefined || index < 0 || narrow === undefined) return undefined;
    const wide = numberAt(node.inputs, index);
    const type = { ...nodeAt(nodes, wide), dtype: "float32" as const, weak: false };
    const rounded =
      made.push(operationNode(type, at(sides, index), [numberAt(newId, wide)], NO_ATTRIBUTES)) - 1;
    const moved = numberAt(newId, narrow);
    const inputs = index === 0 ? [rounded, moved] : [moved, rounded];
    return operationNode(node, node.op, inputs, node.attributes, node.location);
  };
  nodes.forEach((node, id) => {
    const rounded = node.kind === "operation" ? compared(node) : undefined;
    newId[id] = made.push(rounded ?? movedNode(node, newId)) - 1;
  });
  return made.length === nodes.length ? trace : renamed(trace, made, newId);
}
