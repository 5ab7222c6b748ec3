/**
 * The names of the kernels that the WebAssembly module exports: the dtype is their ending.
 */

import type { KernelExports } from "@graddiff/wasm-kernel";
import type { DType, FloatDType } from "../tensor/dtype.ts";

/**
 * The name of a kernel. Calls have names of any functions: `satisfies KernelName` refuses a name that no kernel has.
 */
export type KernelName = {
  [Name in keyof KernelExports]: KernelExports[Name] extends (...args: number[]) => unknown
    ? Name
    : never;
}[keyof KernelExports];

/** The name of a reduction with kernels. */
export type ReductionName = {
  [Name in keyof KernelExports]: Name extends `${infer Reduction}Axis_f32` ? Reduction : never;
}[keyof KernelExports];

/** A dtype whose products, reductions and additions of rows have kernels. */
export type NumberDType = FloatDType | "int32";

/** True if a dtype is one of them. */
export function isNumber(dtype: DType): dtype is NumberDType {
  return dtype !== "bool";
}

/** The ending of a kernel's name. */
export const SUFFIX = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
} as const satisfies Record<NumberDType, string>;
