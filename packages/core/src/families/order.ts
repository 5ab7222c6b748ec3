/**
 * The family of ops that put the elements of rows in order. Their algorithm is written once, see
 * `packages/wasm-kernel/assembly/algorithms/order.ts`.
 */

import { greatestOfRows, orderScratchLength } from "../algorithms/order.ts";
import type { Kernel } from "../graph/kernel.ts";
import type { Attributes } from "../graph/op.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, type NumberDType } from "./exports.ts";
import { orderKernels } from "./kernelGroups.ts";

/** The numbers of the kinds of elements. */
const KINDS = { int32: 0, float32: 1, float64: 2 } as const satisfies Record<NumberDType, number>;

/**
 * The kernel of two results: the greatest elements of each row along the last axis, and where they stand.
 *
 * @param count how many of each row.
 */
/* @__NO_SIDE_EFFECTS__ */
export function greatestKernel<A extends Attributes>(count: (attributes: A) => number): Kernel<A> {
  return {
    compute: ({ arrays, types, attributes, results }) => {
      const [{ shape, dtype }, values, indices] = [at(types, 0), at(results, 0), at(results, 1)];
      if (!isNumber(dtype)) throw new Error(`${dtype} has no order`);
      const kind = KINDS[dtype];
      const length = at(shape, shape.length - 1);
      const scratch = new Int32Array(orderScratchLength(length, kind));
      const rows = sizeOf(shape.slice(0, -1));
      const [x, greatest] = [wordsOf(at(arrays, 0)), wordsOf(values)];
      greatestOfRows(x, greatest, indices, scratch, rows, length, count(attributes), kind);
    },
    calls: ({ attributes, inputs, outputs, scratch }) => {
      const [{ shape, dtype, address }, values, indices] = [
        at(inputs, 0),
        at(outputs, 0),
        at(outputs, 1),
      ];
      if (!isNumber(dtype)) return undefined;
      const length = at(shape, shape.length - 1);
      const rows = sizeOf(shape.slice(0, -1));
      const k = count(attributes);
      const steps = [length * BYTES[dtype], k * BYTES[dtype], k * BYTES.int32, 0, 0, 0, 0, 0];
      return [
        {
          function: "greatestOfRows",
          arguments: [
            ...[address, values.address, indices.address, scratch],
            ...[rows, length, k, KINDS[dtype]],
          ],
          split: { argument: 4, steps },
        },
      ];
    },
    scratchBytes: ({ inputs: [x] }) =>
      x !== undefined && isNumber(x.dtype)
        ? BYTES.int32 * orderScratchLength(at(x.shape, x.shape.length - 1), KINDS[x.dtype])
        : 0,
    group: orderKernels,
    // As reductions: one for each element.
    flops: ([x]) => sizeOf(x?.shape ?? []),
  };
}

/** The same memory as int32. */
function wordsOf({ buffer, byteOffset, byteLength }: TypedArray): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / BYTES.int32);
}
