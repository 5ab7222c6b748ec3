/**
 * Which ops of a trace loops could compute.
 */

import { fusedOpOf, loopDTypeOf, type Reduction } from "../run/wasm/emit/index.ts";
import { type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import type { Operation, Trace, TraceNode } from "./trace.ts";

/** The dtype of the loop that each op could be part of; undefined where it cannot. */
export function loopDTypes({ nodes }: Trace): (FloatDType | undefined)[] {
  const loops: (FloatDType | undefined)[] = [];
  nodes.forEach((node, id) => {
    loops[id] = undefined;
    if (node.kind !== "operation" || fusedOpOf(node.op, node.dtype) === undefined) return;
    const dtypes = [node.dtype, ...node.inputs.map((input) => at(nodes, input).dtype)];
    // Truth values stay with the loop that they come from.
    const wide = node.inputs.some((input) => loops[input] === "float64");
    loops[id] = loopDTypeOf(node.op, dtypes, wide ? "float64" : "float32");
  });
  return loops;
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
