/**
 * Conversion of results to types of elements that core does not have.
 */

import { ArgumentError, Tensor } from "@graddiff/core";
import { describe, oneOf } from "@graddiff/core/extend";
import { ELEMENT_TYPES, type ElementType } from "./types.ts";

/** The array for the elements of a type; for floats of 16 bits it has the bits. */
export interface ElementArrays {
  /** Elements of float32. */
  readonly float32: Float32Array;
  /** Elements of float64. */
  readonly float64: Float64Array;
  /** Elements of float16, as their bits. */
  readonly float16: Uint16Array;
  /** Elements of bfloat16, as their bits. */
  readonly bfloat16: Uint16Array;
  /** Elements of int64. */
  readonly int64: BigInt64Array;
  /** Elements of int32. */
  readonly int32: Int32Array;
  /** Elements of int16. */
  readonly int16: Int16Array;
  /** Elements of int8. */
  readonly int8: Int8Array;
  /** Elements of uint64. */
  readonly uint64: BigUint64Array;
  /** Elements of uint32. */
  readonly uint32: Uint32Array;
  /** Elements of uint16. */
  readonly uint16: Uint16Array;
  /** Elements of uint8. */
  readonly uint8: Uint8Array;
  /** Booleans: 0 or 1. */
  readonly bool: Uint8Array;
}

/** Returns the nearest multiple of a step, half to even. */
function toMultiple(x: number, step: number): number {
  const quotient = x / step;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Returns the bits of the nearest float with 5 bits of exponent and 10 of fraction. */
function halfBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  // From 65520 on, the nearest number would be 2^16, which overflows to infinity.
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | toMultiple(size, 2 ** -24);
  const exponent = Math.floor(Math.log2(size));
  // If a fraction is rounded up to 2, the carry increments the exponent.
  return sign | (((exponent + 14) << 10) + toMultiple(size, 2 ** (exponent - 10)));
}

/** Returns the first half of the bits of a float32, rounded. */
function bfloatBits(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

const WRITERS: { readonly [Type in ElementType]: (x: Tensor) => ElementArrays[Type] } = {
  float32: (x) => new Float32Array(x.data()),
  float64: (x) => new Float64Array(x.data()),
  float16: (x) => Uint16Array.from(x.data(), halfBits),
  bfloat16: (x) => Uint16Array.from(x.data(), bfloatBits),
  int64: (x) => BigInt64Array.from(wholeOf(x), BigInt),
  int32: (x) => Int32Array.from(wholeOf(x)),
  int16: (x) => Int16Array.from(wholeOf(x)),
  int8: (x) => Int8Array.from(wholeOf(x)),
  uint64: (x) => BigUint64Array.from(wholeOf(x), BigInt),
  uint32: (x) => Uint32Array.from(wholeOf(x)),
  uint16: (x) => Uint16Array.from(wholeOf(x)),
  uint8: (x) => Uint8Array.from(wholeOf(x)),
  bool: (x) => Uint8Array.from(x.data(), (value) => Number(value !== 0)),
};

/** Returns integers; floats are truncated, like core's cast. */
const wholeOf = (x: Tensor) => [...x.cast("int32").data()];

/**
 * Returns the elements of a tensor in a type that models have and core does not. That is a BigInt64Array of int64, the
 * bits of a float of 16 bits, rounded to the nearest one.
 *
 * @param x a result of an imported model, for instance.
 * @param type the name of the type, as `inputs` and `outputs` of a model have it.
 * @throws ArgumentError for another type.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { toElements } from "@graddiff/onnx";
 *
 * console.log(toElements(tensor([1, 2], { dtype: "int32" }), "int64")); // BigInt64Array(2) [ 1n, 2n ]
 * console.log(toElements(tensor([1, 0.1]), "float16")); // Uint16Array(2) [ 15360, 11878 ]
 * ```
 */
export function toElements<Type extends ElementType>(x: Tensor, type: Type): ElementArrays[Type] {
  if (!(x instanceof Tensor)) {
    throw new ArgumentError({
      op: "toElements",
      argument: "x",
      expected: "a Tensor",
      got: describe(x),
    });
  }
  oneOf(...Object.keys(ELEMENT_TYPES))("toElements", "type", type);
  return WRITERS[type](x);
}
