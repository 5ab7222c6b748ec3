/**
 * Which ops have a WebAssembly kernel, and under which name. Everything else runs in JavaScript.
 */

import type { Kernel, KernelExports } from "@graddiff/wasm-kernel";
import type { Fold } from "../../graph/op.ts";
import type { DType, FloatDType } from "../../tensor/dtype.ts";
import { LANE_OPS, type LaneOp, type LoopOp } from "./lanes.ts";

/** A dtype that has kernels. */
export type KernelDType = FloatDType;

/** The ending of a kernel's name for each dtype that has kernels. */
export const SUFFIX = {
  float32: "f32",
  float64: "f64",
} as const satisfies Record<KernelDType, string>;

/** A call of the kernel of an elementwise op for so many elements; undefined if there is none. */
export function elementwiseKernel(
  { exports }: Kernel,
  op: LoopOp,
  dtype: KernelDType,
  inputs: readonly number[],
  output: number,
): ((count: number) => void) | undefined {
  const { kernel }: LaneOp = LANE_OPS[op];
  if (kernel === undefined) return undefined;
  const run: (...pointersAndCount: number[]) => void = exports[`${kernel}_${SUFFIX[dtype]}`];
  return (count) => run(...inputs, output, count);
}

/** A dtype whose products, reductions and additions of rows have kernels. */
export type NumberDType = KernelDType | "int32";

/** Whether a dtype is one of them. */
export function isNumber(dtype: DType): dtype is NumberDType {
  return dtype !== "bool";
}

function suffixOf(dtype: NumberDType) {
  return dtype === "int32" ? "i32" : SUFFIX[dtype];
}

/** The kernel of the matrix product, and the bytes of scratch memory that it needs. */
export interface ProductKernel {
  readonly dtype: NumberDType;
  readonly multiply: KernelExports["matmul_f32"];
  readonly scratchByteLength: KernelExports["matmulScratchByteLength_f32"];
}

/** The kernel of the matrix product. */
export function productKernel({ exports }: Kernel, dtype: NumberDType): ProductKernel {
  const suffix = suffixOf(dtype);
  return {
    dtype,
    multiply: exports[`matmul_${suffix}`],
    scratchByteLength: exports[`matmulScratchByteLength_${suffix}`],
  };
}

/** The kernels of a reduction. */
export interface ReductionKernels {
  /** (x, out, scratch, outer, count, inner) */
  readonly axis: KernelExports["sumAxis_f32"];
  /** (x, out, scratch, outer, runs, kept, length) */
  readonly runs: KernelExports["sumRuns_f32"];
}

/** The kernels of a reduction. */
export function reductionKernels(
  { exports }: Kernel,
  fold: Fold,
  dtype: NumberDType,
): ReductionKernels {
  const suffix = suffixOf(dtype);
  return { axis: exports[`${fold}Axis_${suffix}`], runs: exports[`${fold}Runs_${suffix}`] };
}

/** (out, count, first, step, key0, key1, low, high) */
export type UniformKernel = KernelExports["uniform_f32"];

/** The kernel of random numbers. */
export function uniformKernel({ exports }: Kernel, dtype: KernelDType): UniformKernel {
  return exports[`uniform_${SUFFIX[dtype]}`];
}

/** The kernel that adds rows at indices. */
export function scatterAddKernel(
  { exports }: Kernel,
  dtype: NumberDType,
): KernelExports["scatterAdd_f32"] {
  return exports[`scatterAdd_${suffixOf(dtype)}`];
}
