/**
 * Conversion of tensors' elements from and to bytes, by one table of the element types of all formats.
 *
 * Elements are read only if a tensor can represent them exactly: float16 and bfloat16 become float32, and other
 * integers become int32 if each element fits.
 */

import { type DType, type Tensor, tensor } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { littleEndianBytes, nativeBytes } from "@graddiff/core/internal";
import { refuse, type Source } from "./source.ts";

type FileArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An element type of files. */
interface ElementType {
  /** The constructor of an array with the unconverted elements of the file, in the byte order of this machine. */
  readonly Elements: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike): FileArray;
  };
  /** The dtype of the tensor. */
  readonly dtype: DType;
  /** Converts an unconverted element to a number. Undefined if the elements are numbers. */
  readonly value?: (element: number) => number;
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Returns the number of the bits of a bfloat16, which are the upper half of a float32. */
function bfloat16(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratch[0] ?? 0;
}

/** Returns the number of the bits of an IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The element types that can be read, by their names in safetensors. */
export const ELEMENTS = {
  F64: { Elements: Float64Array, dtype: "float64" },
  F32: { Elements: Float32Array, dtype: "float32" },
  F16: { Elements: Uint16Array, dtype: "float32", value: float16 },
  BF16: { Elements: Uint16Array, dtype: "float32", value: bfloat16 },
  I64: { Elements: BigInt64Array, dtype: "int32" },
  U64: { Elements: BigUint64Array, dtype: "int32" },
  I32: { Elements: Int32Array, dtype: "int32" },
  U32: { Elements: Uint32Array, dtype: "int32" },
  I16: { Elements: Int16Array, dtype: "int32" },
  U16: { Elements: Uint16Array, dtype: "int32" },
  I8: { Elements: Int8Array, dtype: "int32" },
  U8: { Elements: Uint8Array, dtype: "int32" },
  BOOL: { Elements: Uint8Array, dtype: "bool" },
} as const satisfies Readonly<Record<string, ElementType>>;

/** The name of an element type that can be read. */
export type ElementName = keyof typeof ELEMENTS;

/** The element type that is written for each dtype. */
export const WRITTEN = {
  float64: "F64",
  float32: "F32",
  int32: "I32",
  bool: "BOOL",
} as const satisfies Readonly<Record<DType, ElementName>>;

/** Returns the number of bytes of an element. */
export function widthOf(name: ElementName): number {
  return ELEMENTS[name].Elements.BYTES_PER_ELEMENT;
}

/** The greatest product of the nonzero lengths of a shape. */
const MOST = 2 ** 31 - 1;

/** The number of axes of a shape that a message shows. */
const MOST_SHOWN = 8;

/** Returns a shape from a file as text for a message, shortened after {@link MOST_SHOWN} axes. */
export function formatShape(shape: readonly unknown[]): string {
  const shown = shape.slice(0, MOST_SHOWN).map(describe);
  return `[${shown.join(", ")}${shape.length > MOST_SHOWN ? ", …" : ""}]`;
}

/**
 * Returns the number of elements of a shape from a file.
 * @throws ArgumentError for an axis that is not a length, and for more elements than a tensor can have.
 */
export function countOf(source: Source, shape: readonly unknown[]): number {
  let count = 1;
  let most = 1;
  for (const length of shape) {
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
      refuse(source, "a shape of non-negative integers", formatShape(shape));
    }
    count *= length;
    most *= length || 1;
    if (most > MOST) {
      refuse(source, `at most ${MOST} elements`, `the shape ${formatShape(shape)}`);
    }
  }
  return count;
}

/**
 * Returns a tensor from bytes of a file, whose number has been checked.
 * @throws ArgumentError for an integer that does not fit in int32, and for a bool that is neither 0 nor 1.
 */
export function decode(
  source: Source,
  bytes: Uint8Array,
  { name, shape, bigEndian = false }: { name: ElementName; shape: number[]; bigEndian?: boolean },
): Tensor {
  const { Elements, dtype, value }: ElementType = ELEMENTS[name];
  // Typed arrays must begin at a multiple of their width, which a copy does.
  const copy = nativeBytes(bytes.slice(), Elements.BYTES_PER_ELEMENT, { bigEndian });
  const elements = new Elements(copy.buffer);
  if (elements instanceof Float32Array || elements instanceof Float64Array) {
    return tensor(elements, { shape });
  }
  if (elements instanceof Int32Array) return tensor(elements, { shape });
  if (value !== undefined) {
    return tensor(Float32Array.from(elements as Uint16Array, value), { shape });
  }
  const check = dtype === "bool" ? isBit : isInt32;
  const target =
    dtype === "bool" ? new Uint8Array(elements.length) : new Int32Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const element = Number(elements[i]);
    if (!check(element)) {
      const valid = dtype === "bool" ? "0 or 1" : "integers that an int32 holds";
      refuse(source, `${valid}, for ${name} becomes ${dtype}`, `${elements[i]} at index ${i}`);
    }
    target[i] = element;
  }
  return tensor(target, { shape, dtype });
}

const isBit = (value: number) => value === 0 || value === 1;
const isInt32 = (value: number) => (value | 0) === value;

/** Returns the elements of a tensor as little-endian bytes, which all formats of this package write. */
export function encode(values: Tensor): Uint8Array {
  return littleEndianBytes(values.data());
}
