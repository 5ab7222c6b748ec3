/**
 * Eager reductions: an array is reduced tile by tile, and if the elements of a single result are longer than a tile,
 * these are cut, too.
 *
 * The bits are those of the JavaScript runner, since kernels and tiles keep its order.
 */

import { isNumber, type NumberDType } from "../../families/exports.ts";
import { BLOCK, combineAsTree, nodeLength } from "../../families/orderOfSums.ts";
import { combineOf } from "../../families/reduction.ts";
import {
  type ReductionForm,
  type ReductionKernels,
  reductionCall,
  reductionForm,
} from "../../families/reductionForm.ts";
import {
  type Address,
  type Call,
  partitionOfCall,
  type Split,
  splitsOf,
} from "../../graph/call.ts";
import type { Reduction, ScalarFunction } from "../../graph/kernel.ts";
import type { Op } from "../../graph/op.ts";
import { type ArrayOf, BYTES, type TypedArray } from "../../tensor/dtype.ts";
import { allocateResult, copyResult } from "../../tensor/results.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { readArray } from "../../tensor/tensor.ts";
import type { EagerOp } from "../device/backend.ts";
import { align } from "../program/locations/freeList.ts";
import type { Host } from "../wasm/kernel/host.ts";
import { type Bound, boundCall, makeCall, type RegionStarts } from "../wasm/kernel/makeCall.ts";
import {
  arrayAt,
  copyRows,
  TILE,
  TILES,
  type Workspace,
  workspaceWorth,
} from "../wasm/memory/workspace.ts";
import { SMALLEST_BATCH } from "./loops.ts";

/** The columns that the kernel reduces together: with a block of rows they are 4 MB of float32. */
const MOST_COLUMNS = 2048;

/** The arrays of dtypes that have a kernel. */
type ReducedArray = ArrayOf[NumberDType];

/** Computes a reduction; undefined where that does not pay, or where one call for the whole is as fast. */
export function runReduction(
  { op, inputs, attributes, outputs }: EagerOp,
  reduction: Reduction,
): TypedArray | undefined {
  const [x, { dtype, shape }] = [at(inputs, 0), at(outputs, 0)];
  const { kernel } = reduction;
  if (x.size < SMALLEST_BATCH || kernel === undefined || !isNumber(dtype)) return undefined;
  const form = reductionForm(x.shape, reduction.axes(attributes));
  const count = sizeOf(shape);
  const fits = x.size <= TILE && count <= TILE;
  const isCut = form?.kind === "axis" && x.size / form.outer > TILE;
  const space = form && (fits || isCut) ? workspaceWorth(x.size) : undefined;
  if (form === undefined || space === undefined) return undefined;
  const source = readArray(x, op.name) as ReducedArray;
  if (fits) {
    const { host } = space;
    const starts = [space.address(0), space.address(TILES - 1), host.reductionScratch];
    space.view(0, dtype).set(source);
    makeCall(host, reductionCall({ kernel, dtype }, form, ...ADDRESSES), starts);
    return copyResult(dtype, space.view(TILES - 1, dtype).subarray(0, count));
  }
  if (form.kind !== "axis") return undefined;
  const result = allocateResult(dtype, count, op.name);
  new Blocks(space, { kernel, dtype }, reduction.op, source).cut(form, result);
  return result;
}

/** The parts of an array, which use the same bytes of linear memory one after the other. */
class Blocks {
  readonly #space: Workspace;
  readonly #kernels: ReductionKernels;
  /** The op that combines two parts, and its function. */
  readonly #op: Op;
  readonly #combine: ScalarFunction;
  readonly #source: ReducedArray;

  constructor(space: Workspace, kernels: ReductionKernels, op: Op, source: ReducedArray) {
    this.#space = space;
    this.#kernels = kernels;
    this.#op = op;
    this.#combine = combineOf(op, kernels.dtype);
    this.#source = source;
  }

  /** Reduces subtrees of every result, as the call is divided, and combines their results as blocks are combined. */
  cut(
    { outer, count, inner }: Extract<ReductionForm, { kind: "axis" }>,
    result: ReducedArray,
  ): void {
    const width = Math.min(inner, MOST_COLUMNS);
    const height = Math.min(Math.max(BLOCK, nodeLength(TILE / width)), count);
    const { host, heap } = this.#space;
    const room = new Room(host, heap, this.#kernels.dtype, height * width, width);
    let reduce: { rows: number; columns: number; run: Bound } | undefined;
    for (let first = 0; first < outer; first++) {
      for (let column = 0; column < inner; column += width) {
        const columns = Math.min(width, inner - column);
        const parts: ReducedArray[] = [];
        for (let row = 0; row < count; row += height) {
          const rows = Math.min(height, count - row);
          const start = (first * count + row) * inner + column;
          copyRows(this.#source, start, inner, room.x, 0, columns, rows, columns);
          // Nearly all tiles have one size.
          if (reduce === undefined || rows !== reduce.rows || columns !== reduce.columns) {
            const { whole, split } = this.#ofColumns(count, columns);
            const partition = partitionInPlace(whole, split, row, rows);
            reduce = { rows, columns, run: boundCall(host, partition, room.starts) };
          }
          reduce.run();
          parts.push(room.out.slice(0, columns));
        }
        const whole = combineAsTree(parts, (before, after) => this.#combineParts(before, after));
        if (whole !== undefined) result.set(whole, first * inner + column);
      }
    }
  }

  /** Returns the call that reduces `columns` columns, and how it is divided by blocks. */
  #ofColumns(count: number, columns: number) {
    const form = { kind: "axis", outer: 1, count, inner: columns } as const;
    const whole = reductionCall(this.#kernels, form, ...ADDRESSES, this.#op.name);
    const split = splitsOf(whole).find(({ tree }) => tree !== undefined);
    if (split === undefined) throw new Error("no tree");
    return { whole, split };
  }

  /** Storing in an array of the dtype rounds. */
  #combineParts(before: ReducedArray, after: ReducedArray): ReducedArray {
    const combine = this.#combine;
    before.forEach((value, i) => {
      before[i] = combine(value, at(after, i), 0);
    });
    return before;
  }
}

/** The start of a region for the elements, for the results, and for scratch memory; their lengths are not needed. */
const ADDRESSES: readonly [Address, Address, Address] = [
  { region: 0, offset: 0, bytes: 0, access: "read", value: undefined },
  { region: 1, offset: 0, bytes: 0, access: "write", value: undefined },
  { region: 2, offset: 0, bytes: 0, access: "scratch", value: undefined },
];

/** Room for a tile and its results, valid until memory grows. */
class Room {
  readonly starts: RegionStarts;
  readonly x: ReducedArray;
  readonly out: ReducedArray;

  constructor(
    host: Host,
    heap: Workspace["heap"],
    dtype: NumberDType,
    elements: number,
    results: number,
  ) {
    const [xBytes, outBytes] = [align(elements * BYTES[dtype]), align(results * BYTES[dtype])];
    const x = heap.scratch(xBytes + outBytes + host.exports.reductionScratchByteLength());
    this.starts = [x, x + xBytes, x + xBytes + outBytes];
    this.x = arrayAt(host, dtype, x, elements);
    this.out = arrayAt(host, dtype, x + xBytes, results);
  }
}

/** Returns a tile of a call, with the arrays of the whole call. */
export function partitionInPlace(whole: Call, split: Split, start: number, count: number): Call {
  const partition = partitionOfCall(whole, split, start, count);
  const args = partition.arguments.map((argument, i) => {
    return typeof argument === "number" ? argument : at(whole.arguments, i);
  });
  return { ...partition, arguments: args };
}
