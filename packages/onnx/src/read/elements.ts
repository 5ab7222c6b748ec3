/**
 * Reading of a file's tensors, from each of the fields in which a message may store elements.
 */

import {
  ArgumentError,
  type NumberArray,
  ShapeError,
  type Tensor,
  type TypedArray,
  tensor,
} from "@graddiff/core";
import { describe, formatShape } from "@graddiff/core/extend";
import { leavesFolder, nativeBytes, sizeOf } from "@graddiff/core/internal";
import { type TensorProto, TensorProto_DataLocation } from "../generated/onnx_pb.js";
import { Packed, staysPacked } from "./packed.ts";
import { dtypeOf, ELEMENT_TYPES, type ElementType, elementTypeOf, refusedType } from "./types.ts";
import { constantValue, type Value } from "./value.ts";

/** A function that returns a file beside the model, given its name in the model. */
export type External = (location: string) => unknown;

/** The settings with which elements are read. */
export interface ElementSettings {
  readonly floats: "float32" | "float64";
  readonly external: External | undefined;
}

const OP = "importOnnx";

/** Returns the float of 16 bits with a sign, 5 bits of exponent and 10 of fraction. */
function fromHalf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the first half of a float32. */
function fromBfloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? Number.NaN;
}

/**
 * Integers of at least this magnitude mean "no end", as in a Slice: exporters write the limits of int64, and PyTorch
 * numbers near them. They become the limits of int32.
 */
const NO_END = 2n ** 62n;

/** Integers as int32. @throws ArgumentError for one out of range. */
function integersOf(name: string, values: ArrayLike<number | bigint>): Int32Array {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const given = values[i] ?? 0;
    const whole = given >= NO_END ? 2 ** 31 - 1 : given <= -NO_END ? -(2 ** 31) : Number(given);
    result[i] = whole;
    if (result[i] === whole) continue;
    throw new ArgumentError({
      op: OP,
      argument: name,
      expected: "integers that int32 holds, as those of other types are computed with",
      got: describe(given),
    });
  }
  return result;
}

/** Numbers of a file in the typed array of their dtype. */
function converted(
  name: string,
  type: ElementType,
  floats: "float32" | "float64",
  values: ArrayLike<number | bigint>,
): TypedArray {
  const dtype = dtypeOf(type, floats);
  if (dtype === "int32") return integersOf(name, values);
  const decode = type === "float16" ? fromHalf : type === "bfloat16" ? fromBfloat : Number;
  const result =
    dtype === "float32"
      ? new Float32Array(values.length)
      : dtype === "float64"
        ? new Float64Array(values.length)
        : new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = decode(Number(values[i]));
    result[i] = dtype === "bool" ? Number(value !== 0) : value;
  }
  return result;
}

/** The array types for the bytes of a file, in which elements follow each other without gaps. */
const STORED = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<ElementType, unknown>;

/**
 * Returns elements as a typed array: a view of the file itself, if its bytes are aligned and in the machine's byte
 * order.
 */
function fromBytes(type: ElementType, bytes: Uint8Array): ArrayLike<number | bigint> {
  const width = ELEMENT_TYPES[type].bytes;
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  const isReady = isLittle && bytes.byteOffset % width === 0;
  // The bytes are copied by a Uint8Array, since the slice of a Node Buffer is not a copy.
  const own = isReady ? bytes : nativeBytes(new Uint8Array(bytes), width, { bigEndian: false });
  const { buffer, byteOffset, byteLength } = own;
  // The cast is safe: shared memory can be read like other memory, but the constructors' types exclude it.
  return new STORED[type](buffer as ArrayBuffer, byteOffset, byteLength / width);
}

/** Returns the elements that a message has in one of its fields of numbers. */
function fromFields(type: ElementType, message: TensorProto): ArrayLike<number | bigint> {
  if (type === "float32") return message.floatData;
  if (type === "float64") return message.doubleData;
  if (type === "int64") return message.int64Data;
  if (type === "uint64" || type === "uint32") return message.uint64Data;
  return message.int32Data;
}

/**
 * Returns the name of the file beside the model that has the elements of a message.
 *
 * @throws ArgumentError for a path that leads out of the folder of the model, before the file is opened.
 */
export function locationOf({ name, externalData }: TensorProto): string {
  const location = externalData.findLast(({ key }) => key === "location")?.value ?? "";
  if (!leavesFolder(location)) return location;
  throw new ArgumentError({
    op: OP,
    argument: `the elements of ${describe(name)}`,
    expected: "a file in the folder of the model",
    got: describe(location),
  });
}

/**
 * Returns the bytes of a message that are stored in a file beside the model.
 *
 * @throws ArgumentError if they are not available.
 */
function externalBytes(
  name: string,
  message: TensorProto,
  size: number,
  external: External | undefined,
): Uint8Array {
  const entries = new Map(message.externalData.map(({ key, value }) => [key, value]));
  const location = locationOf(message);
  if (external === undefined) {
    throw new ArgumentError({
      op: OP,
      argument: "external",
      expected: `a function that gives the bytes of ${describe(location)}, which has the elements of ${describe(name)}`,
      got: "none",
    });
  }
  const bytes = external(location);
  if (!(bytes instanceof Uint8Array)) {
    throw new ArgumentError({
      op: OP,
      argument: "external",
      expected: `the bytes of ${describe(location)}`,
      got: describe(bytes),
      ...(bytes instanceof Promise && {
        hint: "await loadOnnx(source, { external }) waits for it",
      }),
    });
  }
  const [from, length] = [
    Number(entries.get("offset") ?? 0),
    Number(entries.get("length") ?? size),
  ];
  const fits = Number.isSafeInteger(from) && from >= 0 && from + size <= bytes.length;
  if (fits && length === size) return bytes.subarray(from, from + size);
  throw new ArgumentError({
    op: OP,
    argument: name,
    expected: `${size} bytes in ${describe(location)}`,
    got: `${describe(entries.get("length") ?? "all")} from ${describe(entries.get("offset") ?? 0)} of ${bytes.length}`,
  });
}

/** Returns the shape of a message. @throws ShapeError for invalid lengths. */
function shapeOf(name: string, dims: readonly bigint[]): { shape: number[]; size: number } {
  const shape = dims.map(Number);
  const size = sizeOf(shape);
  const known = shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (known && Number.isSafeInteger(size)) return { shape, size };
  const expected = "lengths from 0, and a number of elements that can be counted";
  throw new ShapeError({ op: OP, argument: name, expected, got: formatShape(shape) });
}

/**
 * Returns the value of a tensor in a file.
 * @throws ArgumentError for an unsupported type, and for another number of elements than the shape has, before anything
 *   is allocated for them.
 */
export function readTensor(name: string, message: TensorProto, settings: ElementSettings): Value {
  const type = elementTypeOf(message.dataType);
  if (type === undefined || message.segment !== undefined) {
    throw new ArgumentError({
      op: OP,
      argument: name,
      expected: "floats, integers or bools in one piece",
      got: type === undefined ? refusedType(message.dataType) : "a segment of a tensor",
    });
  }
  const { shape, size } = shapeOf(name, message.dims);
  const bytes = size * ELEMENT_TYPES[type].bytes;
  const isExternal = message.dataLocation === TensorProto_DataLocation.EXTERNAL;
  const raw = isExternal ? externalBytes(name, message, bytes, settings.external) : message.rawData;
  const fields = fromFields(type, message);
  const [got, wanted] =
    raw.length > 0 || fields.length === 0 ? [raw.length, bytes] : [fields.length, size];
  if (got !== wanted) {
    throw new ArgumentError({
      op: OP,
      argument: name,
      expected: `${wanted} ${raw.length > 0 ? "bytes" : "elements"} for the shape ${formatShape(shape)}`,
      got: String(got),
    });
  }
  const stored = raw.length > 0 ? fromBytes(type, raw) : fields;
  if (staysPacked(type, size) && isArray(stored)) return new Packed(type, stored, shape);
  return constantValue(type, asTensor(name, type, settings.floats, stored, shape));
}

/** The types whose arrays core can use directly: each number is a value of its dtype. */
const READY: ReadonlySet<ElementType> = new Set([
  "float32",
  "float64",
  "int32",
  "int16",
  "int8",
  "uint16",
  "uint8",
]);

function isArray(stored: ArrayLike<number | bigint>): stored is NumberArray {
  return ArrayBuffer.isView(stored);
}

function asTensor(
  name: string,
  type: ElementType,
  floats: "float32" | "float64",
  stored: ArrayLike<number | bigint>,
  shape: readonly number[],
): Tensor {
  const isReady = READY.has(type) && isArray(stored);
  const elements = isReady ? stored : converted(name, type, floats, stored);
  return tensor(elements, { shape, dtype: dtypeOf(type, floats) });
}
