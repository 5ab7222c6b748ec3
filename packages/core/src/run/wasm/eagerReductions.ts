/**
 * Eager reductions through the kernel: how arrays go through linear memory.
 *
 * The bits are those of the JavaScript runner, since kernels and pieces keep its order.
 */

import { combineAsTree } from "../../families/combineAsTree.ts";
import { isNumber, type NumberDType } from "../../families/exports.ts";
import { BLOCK, combineOf } from "../../families/reduction.ts";
import {
  type ReductionForm,
  type ReductionKernels,
  reductionCall,
  reductionForm,
} from "../../families/reductionForm.ts";
import type { Compute, EagerCall, Reduction } from "../../graph/kernel.ts";
import { type ArrayOf, allocate, BYTES } from "../../tensor/dtype.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { readArray } from "../../tensor/tensor.ts";
import { align } from "./program/freeList.ts";
import { runCall } from "./steps.ts";
import {
  arrayAt,
  copyRows,
  KernelMemoryError,
  PIECE,
  type Workspace,
  workspace,
} from "./workspace.ts";

/** Fewer elements cost less in JavaScript than the two copies. */
const SMALLEST_INPUT = 512;

/** Columns that go through the kernel together: with a block of rows 4 MB of float32. */
const MOST_COLUMNS = 2048;

/** Elements that are copied whole where they cannot be cut: at most 48 MB. */
const MOST_WHOLE = 6 * 2 ** 20;

/** The arrays that have a kernel. */
type ReducedArray = ArrayOf[NumberDType];

/** A reduction of a stored tensor; undefined where none pays. */
export function reduceTensor(
  { op, inputs, output: { dtype } }: EagerCall,
  reduction: Omit<Reduction, "axes">,
  axes: readonly number[],
): ReducedArray | undefined {
  const x = at(inputs, 0);
  const { kernel } = reduction;
  if (kernel === undefined || !isNumber(dtype) || x.size < SMALLEST_INPUT) return undefined;
  const { shape } = x;
  const form = reductionForm(shape, axes);
  const space = form && workspace();
  if (form === undefined || space === undefined) return undefined;
  const kernels = { kernel, dtype };
  const source = readArray(x, op.name) as ArrayOf[typeof dtype];
  const slab = source.length / form.outer;
  if (form.kind === "runs" && slab > MOST_WHOLE) return undefined;
  try {
    const pieces = new Pieces(space, kernels, combineOf(reduction.op, dtype), source, dtype);
    const result = allocate(dtype, sizeOf(shape.filter((_, axis) => !axes.includes(axis))));
    if (form.kind === "runs" || slab <= PIECE) pieces.whole(form, slab, result);
    else pieces.cut(form, result);
    return result;
  } catch (error) {
    if (error instanceof KernelMemoryError) return undefined;
    throw error;
  }
}

/** The parts of an array, one after the other in the same place of linear memory. */
class Pieces {
  readonly #space: Workspace;
  readonly #kernels: ReductionKernels;
  readonly #combine: Compute;
  readonly #source: ReducedArray;
  readonly #dtype: NumberDType;

  constructor(
    space: Workspace,
    kernels: ReductionKernels,
    combine: Compute,
    source: ReducedArray,
    dtype: NumberDType,
  ) {
    this.#space = space;
    this.#kernels = kernels;
    this.#combine = combine;
    this.#source = source;
    this.#dtype = dtype;
  }

  /** Every result at once, for as many positions of the outer axes as fit a piece. */
  whole(form: ReductionForm, slab: number, result: ReducedArray): void {
    const { outer } = form;
    const results = result.length / outer;
    const most = Math.min(outer, Math.max(1, Math.floor(PIECE / slab)));
    const [x, out] = this.#places(most * slab, most * results);
    for (let first = 0; first < outer; first += most) {
      const count = Math.min(most, outer - first);
      x.set(this.#source.subarray(first * slab, (first + count) * slab));
      this.#reduce({ ...form, outer: count }, x, out);
      result.set(out.subarray(0, count * results), first * results);
    }
  }

  /**
   * Parts of every result. They are whole blocks of the order of reduction, a power of two of them,
   * so that their results continue its tree.
   */
  cut(
    { outer, count, inner }: Extract<ReductionForm, { kind: "axis" }>,
    result: ReducedArray,
  ): void {
    const width = Math.min(inner, MOST_COLUMNS);
    let height = BLOCK;
    while (2 * height * width <= PIECE) height *= 2;
    height = Math.min(height, count);
    const [x, out] = this.#places(height * width, width);
    for (let first = 0; first < outer; first++) {
      for (let column = 0; column < inner; column += width) {
        const columns = Math.min(width, inner - column);
        const parts: ReducedArray[] = [];
        for (let row = 0; row < count; row += height) {
          const rows = Math.min(height, count - row);
          const start = (first * count + row) * inner + column;
          copyRows(this.#source, start, inner, x, 0, columns, rows, columns);
          this.#reduce({ kind: "axis", outer: 1, count: rows, inner: columns }, x, out);
          parts.push(out.slice(0, columns));
        }
        const whole = combineAsTree(parts, (before, after) => this.#combineParts(before, after));
        if (whole !== undefined) result.set(whole, first * inner + column);
      }
    }
  }

  #reduce(form: ReductionForm, x: ReducedArray, out: ReducedArray): void {
    const { kernel } = this.#space;
    const { reductionScratch } = kernel;
    runCall(
      kernel,
      reductionCall(this.#kernels, form, x.byteOffset, out.byteOffset, reductionScratch),
    );
  }

  /** Storing in an array of the dtype rounds as it asks. */
  #combineParts(before: ReducedArray, after: ReducedArray): ReducedArray {
    const combine = this.#combine;
    before.forEach((value, i) => {
      before[i] = combine(value, at(after, i), 0);
    });
    return before;
  }

  /** Room for a piece and its results, valid until memory grows. */
  #places(elements: number, results: number): [ReducedArray, ReducedArray] {
    const { kernel, heap } = this.#space;
    const bytes = BYTES[this.#dtype];
    const x = heap.scratch(align(elements * bytes) + results * bytes);
    const out = x + align(elements * bytes);
    return [arrayAt(kernel, this.#dtype, x, elements), arrayAt(kernel, this.#dtype, out, results)];
  }
}
