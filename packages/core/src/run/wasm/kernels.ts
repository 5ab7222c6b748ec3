/**
 * Which ops have a WebAssembly kernel, and under which name. Everything else runs in JavaScript.
 */

import type { Kernel, KernelExports } from "@graddiff/wasm-kernel";
import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../elementary/names.ts";
import type { Fold } from "../../graph/op.ts";
import type { DType, FloatDType } from "../../tensor/dtype.ts";

/** A dtype that has kernels. */
export type KernelDType = FloatDType;

/** The ending of a kernel's name for each dtype that has kernels. */
export const SUFFIX = {
  float32: "f32",
  float64: "f64",
} as const satisfies Record<KernelDType, string>;

/** Arithmetic that has a kernel, and its name: (x, y, out, count). */
const ARITHMETIC = { add: "addForward", mul: "multiplyForward" } as const;

/** The names of all elementwise ops that have a kernel. */
export const ACCELERATED: readonly string[] = [
  ...OF_ONE_NUMBER,
  ...OF_TWO_NUMBERS,
  ...Object.keys(ARITHMETIC),
];

/** Where the arrays of an elementwise op are. */
export interface Addresses {
  readonly x: number;
  readonly y: number;
  readonly out: number;
}

/** A call of the kernel of an elementwise op for so many elements; undefined if there is none. */
export function elementwiseKernel(
  { exports }: Kernel,
  name: string,
  dtype: KernelDType,
  { x, y, out }: Addresses,
): ((count: number) => void) | undefined {
  const suffix = SUFFIX[dtype];
  if (isUnary(name)) {
    const run = exports[`${name}_${suffix}`];
    return (count) => run(x, out, count);
  }
  if (!isBinary(name) && !isArithmetic(name)) return undefined;
  const run = exports[`${isBinary(name) ? name : ARITHMETIC[name]}_${suffix}`];
  return (count) => run(x, y, out, count);
}

function isUnary(name: string): name is (typeof OF_ONE_NUMBER)[number] {
  return (OF_ONE_NUMBER as readonly string[]).includes(name);
}

function isBinary(name: string): name is (typeof OF_TWO_NUMBERS)[number] {
  return (OF_TWO_NUMBERS as readonly string[]).includes(name);
}

function isArithmetic(name: string): name is keyof typeof ARITHMETIC {
  return Object.hasOwn(ARITHMETIC, name);
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
  readonly multiply: KernelExports["matmul_f32"];
  readonly scratchByteLength: KernelExports["matmulScratchByteLength_f32"];
}

/** The kernel of the matrix product. */
export function productKernel({ exports }: Kernel, dtype: NumberDType): ProductKernel {
  const suffix = suffixOf(dtype);
  return {
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
