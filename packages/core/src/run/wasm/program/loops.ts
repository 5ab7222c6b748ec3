/**
 * Which ops of a trace loops could compute.
 */

import { nodeAt, type Operation, type Trace, type TraceNode } from "../../../graph/trace.ts";
import { type DType, type FloatDType, isFloat } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { reducedAxes } from "../../families/linear.ts";
import { fusedOpOf, loopDTypeOf, type Reduction } from "../emit/index.ts";

/** The dtype of the loop that each op could be part of; undefined where it cannot. */
export function loopDTypes({ nodes }: Trace): (FloatDType | undefined)[] {
  const loops: (FloatDType | undefined)[] = [];
  const dtypes: DType[] = [];
  for (const node of nodes) {
    if (node.kind !== "operation" || fusedOpOf(node.op, node.dtype) === undefined) {
      loops.push(undefined);
      continue;
    }
    dtypes.length = 0;
    dtypes.push(node.dtype);
    // Truth values stay with the loop that they come from.
    let truth: FloatDType = "float32";
    node.inputs.forEach((input) => {
      dtypes.push(nodeAt(nodes, input).dtype);
      if (loops[input] === "float64") truth = "float64";
    });
    loops.push(loopDTypeOf(node.op, dtypes, truth));
  }
  return loops;
}

/** The reduction over last axes with which a loop over the input could end; undefined for others. */
export function reductionOf(
  { op, attributes, dtype }: Operation,
  input: TraceNode,
): Reduction | undefined {
  const axes = reducedAxes(op, attributes);
  if (axes === undefined || !isFloat(dtype) || sizeOf(input.shape) === 0) return undefined;
  const { name } = op;
  if (name !== "sum" && name !== "max" && name !== "min") return undefined;
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
