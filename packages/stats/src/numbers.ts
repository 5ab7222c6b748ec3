/**
 * Conversion and validation of numeric arguments. The whole package computes in float64.
 */

import { ArgumentError, DTypeError, RecordingError, type Tensor, tensor } from "@graddiff/core";
import {
  argumentError,
  isFloat,
  listOf,
  nonNegativeInteger,
  type Reader,
  toTensor,
} from "@graddiff/core/extend";

const OPTIONS = { dtype: "float64" } as const;

/** log √(2π) */
export const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);

/** Returns a float64 tensor of numbers. */
export function double(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, OPTIONS);
}

/** Returns an int32 scalar. */
export function whole(value: number): Tensor {
  return tensor(value, { dtype: "int32" });
}

/**
 * Returns an argument as a float64 tensor; integers and booleans are converted.
 *
 * @throws DTypeError for float32, whose precision is too low for densities; ArgumentError for neither a tensor nor a
 *   number.
 */
export function float64(op: string, argument: string, value: unknown): Tensor {
  if (typeof value === "number") return double(value);
  const x = toTensor(op, argument, value);
  if (x.dtype === "float64") return x;
  if (!isFloat(x.dtype)) return x.cast("float64");
  const hint = 'Make it with tensor(…, { dtype: "float64" }), or convert it by x.cast("float64")';
  throw new DTypeError({ op, argument, expected: "float64", got: x.dtype, hint });
}

/** The range of a parameter of a distribution, and the words for it in errors. */
export interface Bound {
  readonly low: number;
  readonly high: number;
  readonly expected: string;
}

export const FINITE: Bound = {
  low: -Number.MAX_VALUE,
  high: Number.MAX_VALUE,
  expected: "finite numbers",
};
export const POSITIVE: Bound = {
  low: Number.MIN_VALUE,
  high: Number.MAX_VALUE,
  expected: "finite numbers above 0",
};
export const FRACTION: Bound = { low: 0, high: 1, expected: "numbers from 0 to 1" };

/**
 * Returns a parameter of a distribution as a float64 tensor.
 *
 * Known elements are checked here. The elements of a recorded tensor are not: if a scale becomes 0 on a trajectory, the
 * sampler rejects the trajectory, where an error would end the run.
 *
 * @throws ArgumentError for an element out of bounds; DTypeError for float32.
 */
export function parameter(op: string, argument: string, value: unknown, bound: Bound): Tensor {
  const x = float64(op, argument, value);
  const wrong = elementsOf(x)?.find((element) => !(element >= bound.low && element <= bound.high));
  if (wrong === undefined) return x;
  throw new ArgumentError({ op, argument, expected: bound.expected, got: String(wrong) });
}

/** Returns the elements of a tensor; undefined for a recorded tensor, which has no values yet. */
export function elementsOf(x: Tensor): ReturnType<Tensor["data"]> | undefined {
  try {
    return x.data();
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

/** Returns the shape to which tensors broadcast together. */
export function commonShape(...tensors: readonly Tensor[]): readonly number[] {
  const rank = Math.max(0, ...tensors.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    tensors.reduce((size, { shape }) => {
      const own = shape[shape.length - rank + i] ?? 1;
      return own === 1 ? size : own;
    }, 1),
  );
}

/** Returns the number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Reads a seed: a number or a scalar tensor. */
export const readSeed: Reader<Tensor> = (op, argument, value) => {
  const seed = float64(op, argument, value);
  if (seed.shape.length === 0) return seed;
  throw argumentError(op, argument, "a number or a scalar", value);
};

/** Reads a shape. */
export const readShape: Reader<readonly number[]> = listOf(
  nonNegativeInteger,
  "a shape such as [8], a list of integers from 0",
);

/** A tree of data. Inside of this package it is typed as a record of tensors; each model declares its real type. */
export type Data = Readonly<Record<string, Tensor>>;
