/**
 * Ops on arrays that stand in linear memory, for compiled programs: kernels and their arguments,
 * prepared once and called on every run.
 */

import { computeInto } from "../../families/javascript.ts";
import type { Place, PlacedOp, Step } from "../../graph/kernel.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { arrayAt, type Kernel } from "./workspace.ts";

/**
 * The step of an op in linear memory. It holds views, so it must be made anew when memory has
 * grown.
 */
export function stepOf(kernel: Kernel, placed: PlacedOp): Step {
  return placed.op.kernel?.step?.(placed, kernel) ?? javaScriptStep(kernel, placed);
}

/** The elements of a place, valid until memory grows. */
export function viewOf(kernel: Kernel, { dtype, shape, address }: Place): TypedArray {
  return arrayAt(kernel, dtype, address, sizeOf(shape));
}

/** Ops without a kernel work on the same memory. */
function javaScriptStep(kernel: Kernel, { op, attributes, inputs, output }: PlacedOp): Step {
  const arrays = inputs.map((input) => viewOf(kernel, input));
  const result = viewOf(kernel, output);
  const call = { name: op.name, arrays, types: inputs, attributes, type: output, result };
  return () => {
    result.fill(0);
    computeInto(op, call);
  };
}
