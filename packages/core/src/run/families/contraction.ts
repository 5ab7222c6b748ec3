/**
 * The contraction family: products of matrices and of stacks of them.
 *
 * Each element is the sum over k in order, in chunks of 4096 whose sums are added in order; every
 * product and every addition is rounded to the dtype. Any other blocking or number of threads
 * that keeps this order gives the same bits.
 */

import type { DType, TypedArray } from "../../tensor/dtype.ts";
import { allocate } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../../tensor/shape.ts";
import { isNumber } from "../wasm/kernels.ts";
import type { Family, LinearFamily } from "./family.ts";
import { matrixPlaces, productCall, productScratchBytes } from "./products.ts";

const CHUNK = 4096;

export const contraction: Family<"contraction"> = {
  compute: (_kernel, { arrays, types, result, type: { shape, dtype } }) =>
    multiplyMatrices({
      x: at(arrays, 0),
      y: at(arrays, 1),
      xShape: at(types, 0).shape,
      yShape: at(types, 1).shape,
      result,
      shape,
      dtype,
    }),
};

export const linearContraction: LinearFamily<"contraction"> = {
  flops: ([x], { shape }) => 2 * sizeOf(shape) * (x?.shape.at(-1) ?? 0),
  throws: false,
  step: (_kernel, { inputs, output, scratch }, host) =>
    isNumber(output.dtype)
      ? productCall(host, output.dtype, at(inputs, 0), at(inputs, 1), output, scratch)
      : undefined,
  strided: {
    reads: isNumber,
    scratchBytes: ([x], { shape, dtype }, host) =>
      isNumber(dtype) ? productScratchBytes(host, dtype, x?.shape ?? [], shape) : 0,
  },
};

interface Product {
  readonly x: TypedArray;
  readonly y: TypedArray;
  readonly xShape: Shape;
  readonly yShape: Shape;
  readonly result: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Fills `result` with the products of two stacks of matrices. */
function multiplyMatrices({ x, y, xShape, yShape, result, shape, dtype }: Product): void {
  const rows = at(shape, shape.length - 2);
  const columns = at(shape, shape.length - 1);
  const inner = at(xShape, xShape.length - 1);
  const multiplyRow = rowMultiplier(dtype);
  const row = allocate(dtype, columns);
  const batches = shape.slice(0, -2);
  const xPlaces = matrixPlaces(xShape, batches);
  const yPlaces = matrixPlaces(yShape, batches);
  for (let batch = 0; batch < sizeOf(batches); batch++) {
    const xStart = at(xPlaces, batch);
    const yStart = at(yPlaces, batch);
    for (let i = 0; i < rows; i++) {
      const target = (batch * rows + i) * columns;
      for (let k = 0; k < inner; k += CHUNK) {
        row.fill(0);
        const count = Math.min(CHUNK, inner - k);
        multiplyRow(x, xStart + i * inner + k, y, yStart + k * columns, count, row);
        for (let j = 0; j < columns; j++) {
          result[target + j] = k === 0 ? at(row, j) : at(result, target + j) + at(row, j);
        }
      }
    }
  }
}

type RowMultiplier = (
  x: TypedArray,
  xStart: number,
  y: TypedArray,
  yStart: number,
  count: number,
  row: TypedArray,
) => void;

/** row[j] += Σₖ x[k] · y[k, j], one k after the other. */
function rowMultiplier(dtype: DType): RowMultiplier {
  const product =
    dtype === "float32"
      ? (a: number, b: number) => Math.fround(a * b)
      : dtype === "int32"
        ? Math.imul
        : (a: number, b: number) => a * b;
  return (x, xStart, y, yStart, count, row) => {
    const columns = row.length;
    for (let k = 0; k < count; k++) {
      const a = x[xStart + k] as number;
      const start = yStart + k * columns;
      for (let j = 0; j < columns; j++) {
        row[j] = (row[j] as number) + product(a, y[start + j] as number);
      }
    }
  };
}
