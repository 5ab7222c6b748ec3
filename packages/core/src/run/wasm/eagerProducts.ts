/**
 * Eager matrix products through the kernel. Operands are copied into linear memory and the result out
 * of it, which is little beside the product.
 *
 * Linear memory never shrinks, so no product may take more than a block of it for each operand: a
 * stack that fits is copied whole, and anything larger goes through block by block.
 */

import {
  contractionCalls,
  contractionForm,
  contractionScratchBytes,
  type ProductKernel,
  productKernel,
} from "../../families/contractionForm.ts";
import { isNumber, type NumberDType } from "../../families/exports.ts";
import { readStrided } from "../../families/transposed.ts";
import type { EagerCall } from "../../graph/kernel.ts";
import { allocate, BYTES, type TypedArray } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../../tensor/shape.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import { align } from "./program/freeList.ts";
import { runCall } from "./steps.ts";
import {
  arrayAt,
  copyRows,
  type Kernel,
  KernelMemoryError,
  type Workspace,
  workspace,
} from "./workspace.ts";

/** Products of fewer multiplications cost less in JavaScript than the copies and the call. */
const SMALLEST_PRODUCT = 512;

/** Bytes of linear memory for each operand. With growth by half, 256 MB are not exceeded. */
const BLOCK_BYTES = 48 * 2 ** 20;

/** A product of two stacks of matrices. */
interface Product {
  readonly op: string;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly shape: Shape;
  readonly kernel: ProductKernel;
}

/** The products of two stacks; undefined where JavaScript is quicker or memory does not suffice. */
export function multiplyStacks({
  op: { name: op },
  inputs: [x, y],
  output: { shape, dtype },
}: EagerCall): TypedArray | undefined {
  if (x === undefined || y === undefined || !isNumber(dtype)) return undefined;
  const size = sizeOf(shape);
  const inner = at(x.shape, x.shape.length - 1);
  const limit = BLOCK_BYTES / BYTES[dtype];
  if (size * inner < SMALLEST_PRODUCT || inner > limit) return undefined;
  const space = workspace();
  if (space === undefined) return undefined;
  const product = { op, x, y, shape, kernel: productKernel(space.kernel, dtype) };
  const fits = Math.max(x.size, y.size, size) <= limit;
  try {
    return fits ? multiplyWhole(space, product) : multiplyInBlocks(space, product, limit);
  } catch (error) {
    if (error instanceof KernelMemoryError) return undefined;
    throw error;
  }
}

/** All of x, y and the result at once. */
function multiplyWhole(space: Workspace, { op, x, y, shape, kernel }: Product): TypedArray {
  const places = new Places(space, kernel, x.shape, y.shape, shape);
  const left = readStrided(x, op);
  const right = readStrided(y, op);
  places.view(places.x, x.size).set(left.array);
  places.view(places.y, y.size).set(right.array);
  const calls = contractionCalls(
    kernel.dtype,
    { shape: x.shape, strides: left.strides, address: places.x },
    { shape: y.shape, strides: right.strides, address: places.y },
    { shape, address: places.output },
    places.scratch,
  );
  for (const call of calls) runCall(space.kernel, call);
  return places.view(places.output, sizeOf(shape)).slice();
}

/** Blocks of whole rows of x with blocks of whole columns of y, each of at most `limit` elements. */
function multiplyInBlocks(
  space: Workspace,
  { op, x, y, shape, kernel }: Product,
  limit: number,
): TypedArray {
  const form = contractionForm(x, y, shape);
  const { rows, columns, inner } = form;
  const [xArray, yArray] = [readArray(x, op), readArray(y, op)];
  const width = Math.min(columns, Math.floor(limit / inner));
  const height = Math.min(rows, Math.floor(limit / Math.max(inner, width)));
  const places = new Places(space, kernel, [height, inner], [inner, width], [height, width]);
  const xBlock = places.view(places.x, height * inner);
  const yBlock = places.view(places.y, inner * width);
  const block = places.view(places.output, height * width);
  const result = allocate(kernel.dtype, sizeOf(shape));
  form.x.places.forEach((xStart, product) => {
    const yStart = at(form.y.places, product);
    for (let column = 0; column < columns; column += width) {
      const wide = Math.min(width, columns - column);
      copyRows(yArray, yStart + column, columns, yBlock, 0, wide, inner, wide);
      for (let row = 0; row < rows; row += height) {
        const high = Math.min(height, rows - row);
        copyRows(xArray, xStart + row * inner, inner, xBlock, 0, inner, high, inner);
        const [call] = contractionCalls(
          kernel.dtype,
          { shape: [high, inner], address: places.x },
          { shape: [inner, wide], address: places.y },
          { shape: [high, wide], address: places.output },
          places.scratch,
        );
        if (call !== undefined) runCall(space.kernel, call);
        const start = (product * rows + row) * columns + column;
        copyRows(block, 0, wide, result, start, columns, high, wide);
      }
    }
  });
  return result;
}

/** Places in scratch memory for two factors, their product, and what the kernel needs besides. */
class Places {
  readonly x: number;
  readonly y: number;
  readonly output: number;
  readonly scratch: number;
  readonly #kernel: Kernel;
  readonly #dtype: NumberDType;

  constructor(space: Workspace, kernel: ProductKernel, x: Shape, y: Shape, output: Shape) {
    this.#kernel = space.kernel;
    this.#dtype = kernel.dtype;
    const [xBytes, yBytes, bytes] = [this.#bytes(x), this.#bytes(y), this.#bytes(output)];
    const scratchBytes = contractionScratchBytes(kernel, x, output);
    this.x = space.heap.scratch(xBytes + yBytes + bytes + scratchBytes);
    this.y = this.x + xBytes;
    this.output = this.y + yBytes;
    this.scratch = this.output + bytes;
  }

  /** The elements at an address, valid until memory grows. */
  view(address: number, elements: number): TypedArray {
    return arrayAt(this.#kernel, this.#dtype, address, elements);
  }

  #bytes(shape: Shape): number {
    return align(sizeOf(shape) * BYTES[this.#dtype]);
  }
}
