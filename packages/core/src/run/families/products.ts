/**
 * Products of stacks of matrices that stand in linear memory: the kernel multiplies two matrices, and
 * a stack is a prepared list of places.
 */

import { BYTES } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { type NumberDType, productKernel } from "../wasm/kernels.ts";
import type { Kernel } from "../wasm/workspace.ts";

/** A stack of matrices in linear memory. */
export interface Factor {
  readonly shape: Shape;
  readonly address: number;
  /** In elements, one for each axis; undefined where the stack is contiguous. */
  readonly strides?: readonly number[];
}

/** The matrices of a factor, as a stack of products reads them. */
interface Matrices {
  readonly rowStride: number;
  readonly columnStride: number;
  /** Elements from the first matrix to that of each product. */
  readonly places: readonly number[];
}

/** The bytes of scratch memory for the product of two stacks. */
export function productScratchBytes(
  kernel: Kernel,
  dtype: NumberDType,
  x: Shape,
  output: Shape,
): number {
  const { scratchByteLength } = productKernel(kernel, dtype);
  const [rows, columns] = output.slice(-2) as [number, number];
  const inner = at(x, x.length - 1);
  const tall = rows * sizeOf(output.slice(0, -2));
  return Math.max(scratchByteLength(rows, columns, inner), scratchByteLength(tall, columns, inner));
}

/** A call that multiplies two stacks into a contiguous one. */
export function productCall(
  kernel: Kernel,
  dtype: NumberDType,
  x: Factor,
  y: Factor,
  output: Factor,
  scratch: number,
): () => void {
  const { multiply } = productKernel(kernel, dtype);
  const batches = output.shape.slice(0, -2);
  const count = sizeOf(batches);
  const [rows, columns] = output.shape.slice(-2) as [number, number];
  const inner = at(x.shape, x.shape.length - 1);
  const a = matricesOf(x, batches);
  const b = matricesOf(y, batches);
  const product = (xAddress: number, yAddress: number, out: number, height: number) =>
    multiply(
      xAddress,
      yAddress,
      out,
      scratch,
      height,
      columns,
      inner,
      a.rowStride,
      a.columnStride,
      b.rowStride,
      b.columnStride,
    );
  // One y for a whole stack of x, whose rows follow each other: one tall matrix.
  const shared = b.places.every((place) => place === 0);
  if (shared && a.places.every((place, batch) => place === batch * rows * a.rowStride)) {
    return () => product(x.address, y.address, output.address, count * rows);
  }
  const bytes = BYTES[dtype];
  const size = rows * columns * bytes;
  const xs = a.places.map((place) => x.address + place * bytes);
  const ys = b.places.map((place) => y.address + place * bytes);
  return () => {
    for (let batch = 0; batch < count; batch++) {
      product(xs[batch] as number, ys[batch] as number, output.address + batch * size, rows);
    }
  };
}

function matricesOf({ shape, strides = stridesOf(shape) }: Factor, batches: Shape): Matrices {
  const [rowStride = 0, columnStride = 0] = strides.slice(-2);
  return { rowStride, columnStride, places: matrixPlaces(shape, batches, strides) };
}

/** By product of a stack: the elements from the first matrix of a factor to the one that it reads. */
export function matrixPlaces(
  shape: Shape,
  batches: Shape,
  strides: readonly number[] = stridesOf(shape),
): readonly number[] {
  const missing = batches.length + 2 - shape.length;
  let places = [0];
  batches.forEach((length, axis) => {
    const own = axis - missing;
    const repeats = own < 0 || shape[own] === 1;
    const stride = repeats ? 0 : at(strides, own);
    places = places.flatMap((place) => Array.from({ length }, (_, i) => place + i * stride));
  });
  return places;
}
