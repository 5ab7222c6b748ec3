/**
 * The four dtypes, the arrays that hold them, and the rule by which mixed dtypes become one.
 */

import type { Reader } from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";

/** The type of a tensor's elements. */
export type DType = "float32" | "float64" | "int32" | "bool";

/** The typed array that holds the elements of a tensor; a bool is a byte 0 or 1. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The typed array of each dtype. */
export interface ArrayOf {
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
  readonly int32: Int32Array<ArrayBuffer>;
  readonly bool: Uint8Array<ArrayBuffer>;
}

/** Returns the distance from 1 to the next larger number of float32 or float64. */
export function epsilonOf(dtype: DType): number {
  return dtype === "float32" ? 2 ** -23 : 2 ** -52;
}

/** Bytes per element. */
export const BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, bool: 1 };

const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

/** All dtypes, in the order of promotion's ranks from high to low. */
export const DTYPES = ["float64", "float32", "int32", "bool"] as const satisfies readonly DType[];

/**
 * Returns a zeroed typed array for `size` elements of `dtype`.
 *
 * @param op the name of the caller, for the error.
 * @throws ArgumentError where the engine has no memory for it.
 */
export function allocate<D extends DType>(dtype: D, size: number, op?: string): ArrayOf[D];
export function allocate(dtype: DType, size: number, op = "tensor"): TypedArray {
  try {
    return new constructors[dtype](size);
  } catch {
    const expected = `memory for ${size} elements of ${dtype}, ${size * BYTES[dtype]} bytes`;
    throw new ArgumentError(op, "result", expected, "none: the array cannot be allocated");
  }
}

/** Returns a part of a buffer as an array of a dtype. */
export function arrayIn<D extends DType>(
  buffer: ArrayBuffer,
  dtype: D,
  address: number,
  length: number,
): ArrayOf[D];
export function arrayIn(
  buffer: ArrayBuffer,
  dtype: DType,
  address: number,
  length: number,
): TypedArray {
  return new constructors[dtype](buffer, address, length);
}

/** A dtype with fractions: the only ones with derivatives, and with kernels. */
export type FloatDType = "float32" | "float64";

/**
 * True for float32 and float64, the dtypes with derivatives.
 *
 * @example
 * ```ts
 * import { isFloat } from "@graddiff/core/extend";
 *
 * console.log(isFloat("float32"), isFloat("int32")); // true false
 * ```
 */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** Returns the dtype of the tensors whose elements a typed array holds: a Uint8Array is those of a bool. */
export function dtypeOfStorage(array: TypedArray): DType | undefined {
  return DTYPES.find((dtype) => array instanceof constructors[dtype]);
}

/** One of the four dtypes. */
export const readDType: Reader<DType> = (op, argument, value) => {
  const dtype = DTYPES.find((each) => each === value);
  if (dtype !== undefined) return dtype;
  throw new ArgumentError(op, argument, "float32, float64, int32 or bool", describe(value));
};

/**
 * Returns one number as an element of `dtype`. Floats are rounded; a float becomes an int32 by truncation, saturating
 * at both ends, and NaN becomes 0 (what WebAssembly's `trunc_sat` does); a bool is 1 for everything but 0.
 */
export function convert(value: number, dtype: DType): number {
  switch (dtype) {
    case "float64":
      return value;
    case "float32":
      return Math.fround(value);
    case "int32":
      return value >= 2147483647 ? 2147483647 : value <= -2147483648 ? -2147483648 : value | 0;
    case "bool":
      return value === 0 ? 0 : 1;
    default:
      return dtype satisfies never;
  }
}

/** True if a number is an element of int32. */
export function isInt32(value: number): boolean {
  return (value | 0) === value;
}

/** Returns the error for a number that an int32 would change. @param where after the number, such as its position. */
export function notInt32(op: string, argument: string, value: number, where = ""): ArgumentError {
  const expected = "integers from -2147483648 to 2147483647, for an int32";
  const hint = Number.isInteger(value)
    ? 'Larger ones are exact in { dtype: "float64" }'
    : 'x.cast("int32") cuts fractions off';
  return new ArgumentError(op, argument, expected, `${value}${where}`, hint);
}

const RANK: Readonly<Record<DType, number>> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** Returns the smallest dtype that holds both: bool < int32 < float32 < float64. */
export function promote(first: DType, second: DType): DType {
  return RANK[first] >= RANK[second] ? first : second;
}
