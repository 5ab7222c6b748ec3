/**
 * Which ops loops compute, and as what.
 */

import { FUSED_OPS, type FusedOp, type Reduction } from "../run/wasm/emit/index.ts";
import { type DType, type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import type { Operation, Trace, TraceNode } from "./trace.ts";

/**
 * The dtype of the loop that each op could be part of; undefined where it cannot. A cast belongs to
 * the wider of its dtypes; a float32 loop computes with int32 as well.
 */
export function loopDTypes(trace: Trace): (FloatDType | undefined)[] {
  const loops: (FloatDType | undefined)[] = [];
  trace.nodes.forEach((node, id) => {
    loops[id] = node.kind === "operation" ? loopDType(node, trace, loops) : undefined;
  });
  return loops;
}

function loopDType(
  node: Operation,
  { nodes }: Trace,
  earlier: readonly (FloatDType | undefined)[],
): FloatDType | undefined {
  if (fusedOp(node) === undefined) return undefined;
  const inputs = node.inputs.map((input) => at(nodes, input).dtype);
  const dtypes = new Set<DType>([node.dtype, ...inputs].filter((dtype) => dtype !== "bool"));
  if (dtypes.size === 0) {
    // Truth values stay with the loop that they come from.
    const wide = node.inputs.some((input) => earlier[input] === "float64");
    return wide ? "float64" : "float32";
  }
  if (!dtypes.has("float64")) return "float32";
  return dtypes.size === 1 || isCast(node) ? "float64" : undefined;
}

/** The op of a loop that does the same; undefined if there is none. */
export function fusedOp(node: Operation): FusedOp | undefined {
  const { op, dtype } = node;
  if (op.kernel.kind === "read") return "copy";
  if (op.kernel.kind !== "elementwise") return undefined;
  if (isCast(node)) return CASTS[dtype];
  return op.name in FUSED_OPS ? (op.name as FusedOp) : undefined;
}

const CASTS = {
  float32: "toFloat32",
  float64: "toNumber",
  int32: "toInt32",
  bool: "toTruth",
} as const satisfies Record<DType, FusedOp>;

/** Whether an op gives the values of its input in another dtype. */
export function isCast({ op, inputs }: Operation): boolean {
  return inputs.length === 1 && op.name.startsWith("cast to");
}

/** The reduction over last axes with which a loop over the input could end; undefined for others. */
export function reductionOf(
  { op, attributes, dtype }: Operation,
  input: TraceNode,
): Reduction | undefined {
  const { name } = op;
  if (op.kernel.kind !== "reduction" || !isFloat(dtype) || sizeOf(input.shape) === 0)
    return undefined;
  if (name !== "sum" && name !== "max" && name !== "min") return undefined;
  const axes = attributes["axes"] as readonly number[];
  const first = input.shape.length - axes.length;
  if (axes.length === 0 || axes.some((axis, i) => axis !== first + i)) return undefined;
  return { op: name, axes: axes.length };
}

/**
 * Whether a reduction of what no loop computes is worth a loop. Rows of sums are; a single sum is one
 * call of a kernel, and for greatest and least elements the kernels take a third of a loop's time: an
 * exact `f32x4.max` is several instructions, which they spare unless a result is 0.
 */
export function worthLoop({ op, shape }: Operation): boolean {
  return op.name === "sum" && sizeOf(shape) > 1;
}
