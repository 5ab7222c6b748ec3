/**
 * The contraction family: products of matrices and of stacks of them. In JavaScript
 * multiply.ts computes them; contractionForm.ts has the call of the kernel.
 */

import type { KernelOf } from "../graph/kernel.ts";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import {
  type ContractionForm,
  contractionCalls,
  contractionForm,
  contractionScratchBytes,
} from "./contractionForm.ts";
import { isNumber } from "./exports.ts";
import { multiply } from "./multiply.ts";

/** The kernel of the matrix product over the last two axes. */
export const contractionKernel: KernelOf<"calls"> = {
  kind: "calls",
  compute: ({ arrays, types, result, type: { shape, dtype } }) =>
    multiplyMatrices({
      x: at(arrays, 0),
      y: at(arrays, 1),
      form: contractionForm(at(types, 0), at(types, 1), shape),
      result,
      dtype,
    }),
  calls: ({ inputs: [x, y], outputs: [output], scratch }) =>
    x && y && output && isNumber(output.dtype)
      ? contractionCalls(output.dtype, x, y, output, scratch)
      : undefined,
  scratchBytes: ({ inputs: [x], outputs: [output] }) =>
    x && output && isNumber(output.dtype)
      ? contractionScratchBytes(output.dtype, x.shape, output.shape)
      : 0,
  strided: isNumber,
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
  const { rows, columns } = form;
  form.x.offsets.forEach((offset, product) => {
    multiply(
      { elements: x, start: offset },
      { elements: y, start: at(form.y.offsets, product) },
      { elements: result, start: product * rows * columns },
      form,
      dtype,
    );
  });
}
