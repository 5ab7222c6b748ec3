/** The ops of a trace that loops could compute, with the instruction for each. */

import type { Op } from "../../../graph/op.ts";
import { nodeAt, type Operation, type Trace, type TraceNode } from "../../../graph/trace.ts";
import { type DType, type FloatDType, isFloat } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { LoopReduction } from "../loop/loop.ts";
import { LOOP_OPS, type LoopOp } from "../loop/loopOps.ts";
import type { Target } from "../schedule/target.ts";

/** Returns the op of a loop that does the same for a result of a dtype; undefined if there is none. */
export function loopOpOf(op: Op, dtype: DType): LoopOp | undefined {
  const { kernel } = op;
  if (kernel?.kind === "view") return kernel.layout && "copy";
  if (kernel?.kind !== "elementwise") return undefined;
  if (isCast(op)) return CASTS[dtype];
  return Object.hasOwn(LOOP_OPS, op.name) ? (op.name as LoopOp) : undefined;
}

const CASTS = {
  float32: "toFloat32",
  float64: "toNumber",
  int32: "toInt32",
  bool: "toBoolean",
} as const satisfies Record<DType, LoopOp>;

/** True if an op only converts its input to another dtype. */
export function isCast({ kernel }: Op): boolean {
  return kernel?.kind === "elementwise" && kernel.converts === true;
}

/**
 * Returns the dtype of the loop that an op of these dtypes, results and inputs, could be part of; undefined where it
 * cannot. A cast belongs to the wider of its dtypes; a float32 loop computes with int32 as well.
 * @param boolean the dtype of a loop for booleans alone.
 */
export function loopDTypeOf(
  op: Op,
  dtypes: readonly DType[],
  boolean: FloatDType = "float32",
): FloatDType | undefined {
  let wide = false;
  let narrow = false;
  for (const dtype of dtypes) {
    if (dtype === "float64") wide = true;
    else if (dtype !== "bool") narrow = true;
  }
  if (!wide) return narrow ? "float32" : boolean;
  return !narrow || isCast(op) ? "float64" : undefined;
}

/** Returns the dtype of the loop that each op could be part of; undefined where it cannot. */
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
    // A loop for booleans has the dtype of the loop that computes them.
    let boolean: FloatDType = "float32";
    node.inputs.forEach((input) => {
      dtypes.push(nodeAt(nodes, input).dtype);
      if (loops[input] === "float64") boolean = "float64";
    });
    loops.push(loopDTypeOf(node.op, dtypes, boolean));
  }
  return loops;
}

/** Returns the reduction over last axes with which a loop over the input could end; undefined for others. */
export function reductionOf(
  { op, attributes, dtype }: Operation,
  input: TraceNode,
): LoopReduction | undefined {
  if (op.kernel?.kind !== "reduction") return undefined;
  const { reduction } = op.kernel;
  const combine = loopOpOf(reduction.op, dtype);
  if (combine === undefined || !isFloat(dtype) || sizeOf(input.shape) === 0) return undefined;
  const axes = reduction.axes(attributes);
  const first = input.shape.length - axes.length;
  if (axes.length === 0 || axes.some((axis, i) => axis !== first + i)) return undefined;
  return { name: op.name, combine, identity: reduction.identity, axes: axes.length };
}

/** True if a reduction of a value that no loop computes is worth a loop, instead of one call of a kernel. */
export function worthLoop(
  { shape }: Operation,
  { combine }: LoopReduction,
  target: Target,
): boolean {
  return sizeOf(shape) > 1 && target.loopPays(combine);
}
