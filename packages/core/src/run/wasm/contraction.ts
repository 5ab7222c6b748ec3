/**
 * The matrix product through the kernel. Operands are copied into linear memory and the result out
 * of it, which is little beside the product.
 *
 * Linear memory never shrinks, so no product may take more than a block of it for each operand: a
 * stack that fits is copied whole, and anything larger goes through block by block.
 */

import { KernelMemoryError } from "@graddiff/wasm-kernel";
import type { TensorType } from "../../graph/op.ts";
import { allocate, BYTES, type TypedArray } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../../tensor/shape.ts";
import { matrixPlaces } from "../families/products.ts";
import { type NumberDType, type ProductKernel, productKernel } from "./kernels.ts";
import { align } from "./program/freeList.ts";
import { arrayAt, type Workspace, workspace } from "./workspace.ts";

/** Products of fewer multiplications cost less in JavaScript than the copies and the call. */
const SMALLEST_PRODUCT = 512;

/** Bytes of linear memory for each operand. With growth by half, 256 MB are not exceeded. */
const BLOCK_BYTES = 48 * 2 ** 20;

/** A stack of matrices. */
export interface Stack {
  readonly shape: Shape;
  /** The elements, contiguous. */
  readonly read: () => TypedArray;
  /** The elements of the transposed matrices, where those are at hand instead. */
  readonly transposed: TypedArray | undefined;
}

/** How a stack stands in memory. */
interface Factor {
  readonly array: TypedArray;
  readonly transposed: boolean;
}

/** What is multiplied: rows × inner times inner × columns, once for each start. */
interface Products {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  /** Where the matrices of each product begin in x and in y. */
  readonly starts: readonly { readonly x: number; readonly y: number }[];
}

/** The products of two stacks; undefined where JavaScript is quicker or memory does not suffice. */
export function multiplyStacks(
  x: Stack,
  y: Stack,
  { shape }: TensorType,
  dtype: NumberDType,
): TypedArray | undefined {
  const size = sizeOf(shape);
  const inner = at(x.shape, x.shape.length - 1);
  const limit = BLOCK_BYTES / BYTES[dtype];
  if (size * inner < SMALLEST_PRODUCT || inner > limit) return undefined;
  const space = workspace();
  if (space === undefined) return undefined;
  const products = productsOf(x, y.shape, shape);
  const matrices = new Matrices(space, dtype);
  try {
    const fits = Math.max(sizeOf(x.shape), sizeOf(y.shape), size) <= limit;
    return fits
      ? multiplyWhole(matrices, factorOf(x), factorOf(y), products)
      : multiplyInBlocks(matrices, x.read(), y.read(), products, limit);
  } catch (error) {
    if (error instanceof KernelMemoryError) return undefined;
    throw error;
  }
}

function factorOf({ read, transposed }: Stack): Factor {
  return transposed === undefined
    ? { array: read(), transposed: false }
    : { array: transposed, transposed: true };
}

function productsOf({ shape: x, transposed }: Stack, y: Shape, output: Shape): Products {
  const batches = output.slice(0, -2);
  const count = sizeOf(batches);
  const rows = at(output, batches.length);
  const columns = at(output, batches.length + 1);
  const inner = at(x, x.length - 1);
  // One y for a whole stack of x: its matrices are one tall matrix, unless they stand transposed.
  const isTall = transposed === undefined || count === 1;
  if (isTall && sizeOf(y.slice(0, -2)) === 1 && sizeOf(x.slice(0, -2)) === count) {
    return { rows: rows * count, columns, inner, starts: [{ x: 0, y: 0 }] };
  }
  const xPlaces = matrixPlaces(x, batches);
  const yPlaces = matrixPlaces(y, batches);
  const starts = xPlaces.map((place, batch) => ({ x: place, y: at(yPlaces, batch) }));
  return { rows, columns, inner, starts };
}

/** All of x, y and the result at once. */
function multiplyWhole(
  matrices: Matrices,
  x: Factor,
  y: Factor,
  { rows, columns, inner, starts }: Products,
): TypedArray {
  const size = rows * columns;
  const lengths = [x.array.length, y.array.length, size * starts.length] as const;
  const { a, b, out, multiply } = matrices.place(lengths, { rows, columns, inner }, x, y);
  matrices.view(a, x.array.length).set(x.array);
  matrices.view(b, y.array.length).set(y.array);
  starts.forEach((start, batch) => {
    const place = (address: number, elements: number) => address + elements * matrices.bytes;
    multiply(place(a, start.x), place(b, start.y), place(out, batch * size), rows, columns);
  });
  return matrices.view(out, size * starts.length).slice();
}

/** Blocks of whole rows of x with blocks of whole columns of y, each of at most `limit` elements. */
function multiplyInBlocks(
  matrices: Matrices,
  x: TypedArray,
  y: TypedArray,
  { rows, columns, inner, starts }: Products,
  limit: number,
): TypedArray {
  const width = Math.min(columns, Math.floor(limit / inner));
  const height = Math.min(rows, Math.floor(limit / Math.max(inner, width)));
  const lengths = [height * inner, inner * width, height * width] as const;
  const { a, b, out, multiply } = matrices.place(lengths, { rows: height, columns: width, inner });
  const [aView, bView] = [matrices.view(a, height * inner), matrices.view(b, inner * width)];
  const outView = matrices.view(out, height * width);
  const result = allocate(matrices.dtype, rows * columns * starts.length);
  starts.forEach((start, batch) => {
    for (let column = 0; column < columns; column += width) {
      const blockColumns = Math.min(width, columns - column);
      copyRows(y, start.y + column, columns, bView, 0, blockColumns, inner, blockColumns);
      for (let row = 0; row < rows; row += height) {
        const blockRows = Math.min(height, rows - row);
        copyRows(x, start.x + row * inner, inner, aView, 0, inner, blockRows, inner);
        multiply(a, b, out, blockRows, blockColumns);
        const place = (batch * rows + row) * columns + column;
        copyRows(outView, 0, blockColumns, result, place, columns, blockRows, blockColumns);
      }
    }
  });
  return result;
}

/** Copies `rows` × `columns` elements between places and strides of rows, at once if they touch. */
function copyRows(
  source: TypedArray,
  from: number,
  sourceStride: number,
  target: TypedArray,
  to: number,
  targetStride: number,
  rows: number,
  columns: number,
): void {
  const touch = sourceStride === columns && targetStride === columns;
  const atOnce = touch ? rows : 1;
  for (let row = 0; row < rows; row += atOnce) {
    const start = from + row * sourceStride;
    target.set(source.subarray(start, start + atOnce * columns), to + row * targetStride);
  }
}

const CONTIGUOUS = { transposed: false } as const;

/** Matrices of one dtype in scratch memory. */
class Matrices {
  readonly dtype: NumberDType;
  readonly bytes: number;
  readonly #space: Workspace;
  readonly #product: ProductKernel;

  constructor(space: Workspace, dtype: NumberDType) {
    this.dtype = dtype;
    this.bytes = BYTES[dtype];
    this.#space = space;
    this.#product = productKernel(space.kernel, dtype);
  }

  /**
   * Addresses for two factors and their product of so many elements, and what multiplies matrices
   * there of at most so many rows and columns, contiguous or the transposes of such.
   */
  place(
    lengths: readonly [number, number, number],
    { rows, columns, inner }: Omit<Products, "starts">,
    { transposed: xTransposed }: Pick<Factor, "transposed"> = CONTIGUOUS,
    { transposed: yTransposed }: Pick<Factor, "transposed"> = CONTIGUOUS,
  ) {
    const { multiply, scratchByteLength } = this.#product;
    const [x, y, z] = lengths;
    const sizeOfMatrix = (elements: number) => align(elements * this.bytes);
    const bytes = sizeOfMatrix(x) + sizeOfMatrix(y) + sizeOfMatrix(z);
    const a = this.#space.heap.scratch(bytes + scratchByteLength(rows, columns, inner));
    const b = a + sizeOfMatrix(x);
    const out = b + sizeOfMatrix(y);
    const scratch = a + bytes;
    return {
      a,
      b,
      out,
      multiply: (a: number, b: number, out: number, rows: number, columns: number): void =>
        multiply(
          a,
          b,
          out,
          scratch,
          rows,
          columns,
          inner,
          xTransposed ? 1 : inner,
          xTransposed ? rows : 1,
          yTransposed ? 1 : columns,
          yTransposed ? inner : 1,
        ),
    };
  }

  /** The elements at an address, valid until memory grows. */
  view(address: number, elements: number): TypedArray {
    return arrayAt(this.#space.kernel, this.dtype, address, elements);
  }
}
