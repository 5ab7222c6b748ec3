/**
 * The names of the kernels that the WebAssembly module exports: the dtype is their ending.
 */

import type { DType, FloatDType } from "../tensor/dtype.ts";

/** A dtype whose products, reductions and additions of rows have kernels. */
export type NumberDType = FloatDType | "int32";

/** Whether a dtype is one of them. */
export function isNumber(dtype: DType): dtype is NumberDType {
  return dtype !== "bool";
}

/** The ending of a kernel's name. */
export const SUFFIX = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
} as const satisfies Record<NumberDType, string>;
