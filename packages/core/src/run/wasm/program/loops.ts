/**
 * Which ops of a trace loops could compute.
 */

import { nodeAt, type Operation, type Trace, type TraceNode } from "../../../graph/trace.ts";
import { type DType, type FloatDType, isFloat } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { loopDTypeOf, loopOpOf, type Reduction } from "../emit/index.ts";

/** The dtype of the loop that each op could be part of; undefined where it cannot. */
export function loopDTypes({ nodes }: Trace): (FloatDType | undefined)[] {
  const loops: (FloatDType | undefined)[] = [];
  const dtypes: DType[] = [];
  for (const node of nodes) {
    if (node.kind !== "operation" || loopOpOf(node.op, node.dtype) === undefined) {
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
  const { reduction } = op.kernel ?? {};
  const combine = reduction && loopOpOf(reduction.op, dtype);
  if (reduction === undefined || combine === undefined) return undefined;
  if (!isFloat(dtype) || sizeOf(input.shape) === 0) return undefined;
  const axes = reduction.axes(attributes);
  const first = input.shape.length - axes.length;
  if (axes.length === 0 || axes.some((axis, i) => axis !== first + i)) return undefined;
  return { name: op.name, combine, identity: reduction.identity, axes: axes.length };
}

/** Whether a reduction of what no loop computes is worth a loop. A single one is one call of a kernel. */
export function worthLoop({ op, shape }: Operation): boolean {
  return op.kernel?.reduction?.loopPays === true && sizeOf(shape) > 1;
}
