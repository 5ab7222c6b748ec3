/**
 * The types of elements in models, and their dtypes in core: core has float32, float64, int32 and bool, so integers are
 * int32, and shorter floats float32.
 */

import type { DType } from "@graddiff/core";
import { DATA_TYPES } from "../dataTypes.ts";
import { TensorProto_DataType } from "../generated/onnx_pb.js";

/** The storage of a type's elements in a file, and the dtype with which they are computed. */
interface ElementRow {
  readonly dtype: DType;
  /** Bytes of one element in a file. */
  readonly bytes: number;
  /** The range of an integer, as powers of two: −2^low to 2^high − 1. */
  readonly range?: readonly [low: number, high: number];
}

/** The name of a type of elements in models. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "bool";

/** The supported types of elements. */
export const ELEMENT_TYPES: Readonly<Record<ElementType, ElementRow>> = {
  float32: { dtype: "float32", bytes: 4 },
  float64: { dtype: "float64", bytes: 8 },
  float16: { dtype: "float32", bytes: 2 },
  bfloat16: { dtype: "float32", bytes: 2 },
  int64: { dtype: "int32", bytes: 8, range: [63, 63] },
  int32: { dtype: "int32", bytes: 4, range: [31, 31] },
  int16: { dtype: "int32", bytes: 2, range: [15, 15] },
  int8: { dtype: "int32", bytes: 1, range: [7, 7] },
  uint64: { dtype: "int32", bytes: 8, range: [0, 64] },
  uint32: { dtype: "int32", bytes: 4, range: [0, 32] },
  uint16: { dtype: "int32", bytes: 2, range: [0, 16] },
  uint8: { dtype: "int32", bytes: 1, range: [0, 8] },
  bool: { dtype: "bool", bytes: 1 },
};

let byCode: ReadonlyMap<number, ElementType> | undefined;

/** The unsupported types, by their numbers in a file. */
const REFUSED_TYPES: Readonly<Record<number, string>> = {
  [TensorProto_DataType.UNDEFINED]: "no type",
  [TensorProto_DataType.STRING]: "texts",
  [TensorProto_DataType.COMPLEX64]: "complex numbers",
  [TensorProto_DataType.COMPLEX128]: "complex numbers",
  [TensorProto_DataType.FLOAT8E4M3FN]: "float8e4m3fn, a quantised type",
  [TensorProto_DataType.FLOAT8E4M3FNUZ]: "float8e4m3fnuz, a quantised type",
  [TensorProto_DataType.FLOAT8E5M2]: "float8e5m2, a quantised type",
  [TensorProto_DataType.FLOAT8E5M2FNUZ]: "float8e5m2fnuz, a quantised type",
  [TensorProto_DataType.UINT4]: "uint4, a quantised type",
  [TensorProto_DataType.INT4]: "int4, a quantised type",
};

/** Returns the type of a number in a file, or undefined for one that is refused: see {@link refusedType}. */
export function elementTypeOf(code: number): ElementType | undefined {
  byCode ??= new Map(
    (Object.keys(DATA_TYPES) as ElementType[]).map((name) => [DATA_TYPES[name], name]),
  );
  return byCode.get(code);
}

/** Returns the name of an unsupported type, for errors. */
export function refusedType(code: number): string {
  return REFUSED_TYPES[code] ?? `the number ${code}, which is no type`;
}

/** Returns the dtype with which the elements of a type are computed, in a model whose floats are of a dtype. */
export function dtypeOf(type: ElementType, floats: "float32" | "float64"): DType {
  const { dtype } = ELEMENT_TYPES[type];
  return dtype === "float32" ? floats : dtype;
}

/** True if elements of a type are floats. */
export function isFloatType(type: ElementType): boolean {
  return ELEMENT_TYPES[type].range === undefined && type !== "bool";
}

/** Returns the range of an integer type that is narrower than int32, so that results must be truncated to it. */
export function narrowRange(type: ElementType): readonly [low: number, high: number] | undefined {
  const { range } = ELEMENT_TYPES[type];
  return range !== undefined && range[1] <= 16 ? range : undefined;
}
