/**
 * The family of ops that sort the elements of rows. Their algorithm is written once, see
 * `packages/wasm-kernel/assembly/algorithms/order.ts`.
 */

import {
  orderOfRows,
  orderScratchLength,
  searchRow,
  sortRows,
} from "../generated/algorithms/order.ts";
import type { Split, Splits } from "../graph/call.ts";
import type { KernelOf } from "../graph/kernel.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, type KernelName, type NumberDType } from "./exports.ts";
import { orderKernels } from "./kernelGroups.ts";

/** The numbers of the kinds of elements. */
const KINDS = { int32: 0, float32: 1, float64: 2 } as const satisfies Record<NumberDType, number>;

/** The order of a sort. */
export interface Order extends Attributes {
  /** The number of first elements of each row. */
  readonly k: number;
  /** True if the greatest is the first. */
  readonly descending: boolean;
}

/** Rows along the last axis. */
function rowsOf({ shape, dtype }: TensorType) {
  if (!isNumber(dtype)) throw new Error(`${dtype} has no order`);
  const length = at(shape, shape.length - 1);
  return { rows: sizeOf(shape.slice(0, -1)), length, kind: KINDS[dtype], bytes: BYTES[dtype] };
}

const common = {
  scratchBytes: ({ inputs: [x] }) =>
    x !== undefined && isNumber(x.dtype)
      ? BYTES.int32 * orderScratchLength(at(x.shape, x.shape.length - 1), KINDS[x.dtype])
      : 0,
  // The flops of reductions: one for each element.
  flops: ([x]) => sizeOf(x?.shape ?? []),
} as const satisfies Partial<KernelOf<"calls", Order>>;

/** Returns the way to divide rows; none of a single one. */
function byRows(rows: number, split: Omit<Split, "along">): Splits {
  return rows > 1
    ? [{ along: "rows", ...split }]
    : "it is one row, which is put in order as a whole";
}

/** Returns the kernel of two results: the first elements of each row, and their indices. */
/* @__NO_SIDE_EFFECTS__ */
export function orderKernel<A extends Order>(): KernelOf<"calls", A> {
  return {
    kind: "calls",
    ...common,
    compute: ({ arrays, types, attributes: { k, descending }, results }) => {
      const { rows, length, kind } = rowsOf(at(types, 0));
      const scratch = scratchOf(length, kind);
      const [x, values] = [wordsOf(at(arrays, 0)), wordsOf(at(results, 0))];
      const indices = at(results, 1);
      orderOfRows(x, values, indices, scratch, rows, length, k, kind, Number(descending));
    },
    calls: ({
      attributes: { k, descending },
      inputs: [x],
      outputs: [values, indices],
      scratch,
    }) => {
      if (!x || !values || !indices || !isNumber(x.dtype)) return undefined;
      const { rows, length, kind, bytes } = rowsOf(x);
      return [
        {
          function: "orderOfRows" satisfies KernelName,
          arguments: [
            ...[x.address, values.address, indices.address, scratch],
            ...[rows, length, k, kind, Number(descending)],
          ],
          splits: byRows(rows, {
            argument: 4,
            steps: [length * bytes, k * bytes, k * BYTES.int32, 0, 0, 0, 0, 0, 0],
          }),
        },
      ];
    },
    group: orderKernels,
  };
}

/** Returns the kernel of all elements of each row in order. */
/* @__NO_SIDE_EFFECTS__ */
export function sortKernel<A extends Order>(): KernelOf<"calls", A> {
  return {
    kind: "calls",
    ...common,
    compute: ({ arrays, types, attributes: { descending }, result }) => {
      const { rows, length, kind } = rowsOf(at(types, 0));
      const scratch = scratchOf(length, kind);
      const [x, values] = [wordsOf(at(arrays, 0)), wordsOf(result)];
      sortRows(x, values, scratch, rows, length, kind, Number(descending));
    },
    calls: ({ attributes: { descending }, inputs: [x], outputs: [values], scratch }) => {
      if (!x || !values || !isNumber(x.dtype)) return undefined;
      const { rows, length, kind, bytes } = rowsOf(x);
      return [
        {
          function: "sortRows" satisfies KernelName,
          arguments: [
            ...[x.address, values.address, scratch],
            ...[rows, length, kind, Number(descending)],
          ],
          splits: byRows(rows, {
            argument: 3,
            steps: [length * bytes, length * bytes, 0, 0, 0, 0, 0],
          }),
        },
      ];
    },
    group: orderKernels,
  };
}

/** Returns the same memory as int32. */
function wordsOf(array: TypedArray): Int32Array {
  if (array instanceof Int32Array) return array;
  const { buffer, byteOffset, byteLength } = array;
  return new Int32Array(buffer, byteOffset, byteLength / BYTES.int32);
}

/** The most int32 of scratch memory that is kept: allocating it takes longer than sorting a few elements. */
const MOST_KEPT = 512;

let kept: Int32Array | undefined;

/** Returns scratch memory for rows of a length, with anything in it. */
function scratchOf(length: number, kind: number): Int32Array {
  const size = orderScratchLength(length, kind);
  if (size > MOST_KEPT) return new Int32Array(size);
  kept ??= new Int32Array(MOST_KEPT);
  return kept;
}

/** True if equal values come before the insertion index. */
export interface Search extends Attributes {
  readonly right: boolean;
}

/** Returns the kernel of the insertion indices of the second input's elements in the first, a sorted vector. */
/* @__NO_SIDE_EFFECTS__ */
export function searchKernel<A extends Search>(): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: ({ arrays, types: [sorted], attributes: { right }, result }) => {
      const { length, kind } = rowsOf(sorted as TensorType);
      const [x, values] = [wordsOf(at(arrays, 0)), wordsOf(at(arrays, 1))];
      searchRow(x, values, result, result.length, length, kind, Number(right));
    },
    calls: ({ attributes: { right }, inputs: [sorted, values], outputs: [found] }) => {
      if (!sorted || !values || !found || !isNumber(sorted.dtype)) return undefined;
      const { length, kind, bytes } = rowsOf(sorted);
      return [
        {
          function: "searchRow" satisfies KernelName,
          arguments: [
            ...[sorted.address, values.address, found.address],
            ...[sizeOf(values.shape), length, kind, Number(right)],
          ],
          splits: [{ along: "elements", argument: 3, steps: [0, bytes, BYTES.int32, 0, 0, 0, 0] }],
        },
      ];
    },
    // A comparison for each halving.
    flops: ([sorted], { shape }) => sizeOf(shape) * (32 - Math.clz32(sizeOf(sorted?.shape ?? []))),
    group: orderKernels,
  };
}
