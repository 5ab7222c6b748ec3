/**
 * The family of ops that write rows into an array at indices: of several rows at one index, the last, the greatest or
 * the least.
 */

import type { CompositeKernel, KernelOf } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";
import { addRows, type LayoutOf, layoutIn, mayBeOutside, refusedBy, rowCall } from "./indexing.ts";
import { puttingKernels } from "./kernelGroups.ts";
import { combineOf } from "./reduction.ts";

/**
 * Returns the kernel of the first input with the rows of the third at the indices in the second.
 *
 * @param op the op of two elements, which bundlers should not see being read.
 * @param layout of the rows, the indices and the result.
 */
/* @__NO_SIDE_EFFECTS__ */
export function putKernel<A extends Attributes>(
  name: "putMax" | "putMin",
  op: () => Op,
  layout: LayoutOf<A>,
): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: (call) => {
      const { arrays, result, type } = call;
      result.set(at(arrays, 0));
      addRows(layoutIn(layout, call), call, at(arrays, 2), combineOf(op(), type.dtype));
    },
    calls: (placed) => {
      const { dtype } = at(placed.outputs, 0);
      if (!isNumber(dtype)) return undefined;
      const size = { bytes: BYTES[dtype] };
      return [rowCall(layout, placed, `${name}_${SUFFIX[dtype]}`, size)];
    },
    group: puttingKernels,
    throws: true,
  };
}

/**
 * Returns the functions of the first input with the rows of the third at the indices in the second, of equal indices the last
 * one. They may write over the first input: then only these rows are touched.
 *
 * @param layout of the rows, the indices and the result.
 */
/* @__NO_SIDE_EFFECTS__ */
export function putComposite<A extends Attributes>(layout: LayoutOf<A>): CompositeKernel<A> {
  return {
    fits: () => true,
    calls: (placed) => {
      const bytes = BYTES[at(placed.outputs, 0).dtype];
      return [rowCall(layout, placed, "put", { bytes, copies: true, puts: true })];
    },
    group: puttingKernels,
    throws: mayBeOutside,
    refuses: refusedBy(layout),
    overwrites: true,
  };
}
