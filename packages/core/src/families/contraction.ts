/**
 * The contraction family: products of matrices and of stacks of them. Here they are computed in
 * JavaScript; contractionForm.ts has the call of the kernel.
 *
 * Each element is the sum over k in order, in chunks of 4096 whose sums are added in order; every
 * product and every addition is rounded to the dtype. Any other blocking or number of threads
 * that keeps this order gives the same bits.
 */

import type { Kernel } from "../graph/kernel.ts";
import { allocate, type DType, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import {
  type ContractionForm,
  contractionCall,
  contractionForm,
  contractionScratchBytes,
  productKernel,
} from "./contractionForm.ts";
import { isNumber } from "./exports.ts";

const CHUNK = 4096;

/** The kernel of the matrix product over the last two axes. */
export const contractionKernel: Kernel = {
  compute: ({ arrays, types, result, type: { shape, dtype } }) =>
    multiplyMatrices({
      x: at(arrays, 0),
      y: at(arrays, 1),
      form: contractionForm(at(types, 0), at(types, 1), shape),
      result,
      dtype,
    }),
  step: ({ inputs: [x, y], output, scratch }, host) =>
    x && y && isNumber(output.dtype)
      ? contractionCall(productKernel(host, output.dtype), x, y, output, scratch)
      : undefined,
  strided: {
    reads: isNumber,
    scratchBytes: ([x], { shape, dtype }, host) =>
      x && isNumber(dtype)
        ? contractionScratchBytes(productKernel(host, dtype), x.shape, shape)
        : 0,
  },
  eager: (call, runner) => runner.product(call),
  flops: ([x], { shape }) => 2 * sizeOf(shape) * (x?.shape.at(-1) ?? 0),
};

interface Product {
  readonly x: TypedArray;
  readonly y: TypedArray;
  readonly form: ContractionForm;
  readonly result: TypedArray;
  readonly dtype: DType;
}

/** Fills `result` with the products of two stacks of matrices. */
function multiplyMatrices({ x, y, form, result, dtype }: Product): void {
  const { rows, columns, inner } = form;
  const multiplyRow = rowMultiplier(dtype);
  const row = allocate(dtype, columns);
  form.x.places.forEach((xStart, product) => {
    const yStart = at(form.y.places, product);
    for (let i = 0; i < rows; i++) {
      const target = (product * rows + i) * columns;
      for (let k = 0; k < inner; k += CHUNK) {
        row.fill(0);
        const count = Math.min(CHUNK, inner - k);
        multiplyRow(x, xStart + i * inner + k, y, yStart + k * columns, count, row);
        for (let j = 0; j < columns; j++) {
          result[target + j] = k === 0 ? at(row, j) : at(result, target + j) + at(row, j);
        }
      }
    }
  });
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
