/**
 * NPY, NumPy's file of one array (numpy.lib.format, "Format Version 1.0" to "3.0"):
 *
 *   6 bytes      \x93NUMPY
 *   2 bytes      the version
 *   2 or 4       the length of the header, little-endian (2 in version 1)
 *   the header   a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *   the data     elements, with the first axis slowest or, in Fortran order, fastest
 */

import { Tensor } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { countOf, decode, type ElementName, encode, formatShape, widthOf } from "./elements.ts";
import { allocate, type Bytes, readBytes, refuse, type Source } from "./source.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** The number of bytes before the header's length. */
const PREFIX = 8;
/** The alignment of data in bytes, with which NumPy reads fastest. */
const ALIGNMENT = 64;

/** The element types by NumPy's names without the byte order. */
const TYPES: ReadonlyMap<string, ElementName> = new Map([
  ["f2", "F16"],
  ["f4", "F32"],
  ["f8", "F64"],
  ["i1", "I8"],
  ["i2", "I16"],
  ["i4", "I32"],
  ["i8", "I64"],
  ["u1", "U8"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ["b1", "BOOL"],
]);

const DESCRIPTIONS = { float32: "<f4", float64: "<f8", int32: "<i4", bool: "|b1" } as const;

/**
 * Writes a tensor as an NPY file of version 1: little-endian, row-major.
 *
 * @throws ArgumentError for a value that is not a tensor.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readNpy, writeNpy } from "@graddiff/files";
 *
 * const bytes = writeNpy(tensor([[1, 2], [3, 4]]));
 * console.log(bytes.length, String(readNpy(bytes).reshape([4]))); // 144 [1. 2. 3. 4.]
 * ```
 */
export function writeNpy(values: Tensor): Uint8Array<ArrayBuffer> {
  return encodeNpy({ op: "writeNpy", argument: "values" }, values);
}

/** @internal */
export function encodeNpy(source: Source, values: unknown): Uint8Array<ArrayBuffer> {
  if (!(values instanceof Tensor)) refuse(source, "a Tensor", describe(values));
  const { shape, dtype } = values;
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The header is padded with spaces and a line feed, so that the data are aligned.
  const start = Math.ceil((PREFIX + 2 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const data = encode(values);
  const bytes = allocate(source, start + data.length);
  bytes.set(MAGIC);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(PREFIX, start - PREFIX - 2, true);
  bytes.set(new TextEncoder().encode(text.padEnd(start - PREFIX - 3)), PREFIX + 2);
  bytes[start - 1] = 0x0a;
  bytes.set(data, start);
  return bytes;
}

/**
 * Reads an NPY file of version 1, 2 or 3, of either byte order, and in row-major or Fortran order. The types float32,
 * float64, int32 and bool keep their types; float16 becomes float32, and other integers become int32 if each element
 * fits. Other types, such as complex numbers, texts, objects and structures, are refused with their names.
 *
 * @throws ArgumentError for bytes that are not an NPY file, or are more or fewer than its header says.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readNpy, writeNpy } from "@graddiff/files";
 *
 * console.log(String(readNpy(writeNpy(tensor([1, 2, 3]))))); // [1. 2. 3.]
 * ```
 */
export function readNpy(bytes: Bytes): Tensor {
  const source = { op: "readNpy", argument: "bytes" };
  return decodeNpy(source, readBytes(source, bytes));
}

/** @internal */
export function decodeNpy(source: Source, file: Uint8Array): Tensor {
  if (file.length < PREFIX + 4 || !MAGIC.every((byte, i) => file[i] === byte)) {
    refuse(source, "a file that begins with \\x93NUMPY", `${file.length} bytes that do not`);
  }
  const [major = 0, minor = 0] = file.subarray(6, PREFIX);
  if (major < 1 || major > 3 || minor !== 0) {
    refuse(source, "version 1.0, 2.0 or 3.0 of the format", `${major}.${minor}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [begin, length] =
    major === 1 ? [10, view.getUint16(PREFIX, true)] : [12, view.getUint32(PREFIX, true)];
  if (length > file.length - begin) {
    const got = `a file of ${file.length} bytes`;
    refuse(source, `a header of ${length} bytes, as the file says`, got);
  }
  if (length > LONGEST_HEADER) {
    refuse(source, `a header of at most ${LONGEST_HEADER} bytes`, `one of ${length}`);
  }
  const header = parseHeader(source, file.slice(begin, begin + length));
  const { name, bigEndian } = readDescription(source, header.descr);
  const count = countOf(source, header.shape);
  const data = file.subarray(begin + length);
  const size = count * widthOf(name);
  if (data.length !== size) {
    const expected = `${size} bytes of data, for ${header.descr} of shape ${formatShape(header.shape)}`;
    refuse(source, expected, `${data.length}`);
  }
  const { shape, fortranOrder } = header;
  if (!fortranOrder) return decode(source, data, { name, shape, bigEndian });
  // In Fortran order the first axis is contiguous. This is the row-major order of the reversed axes.
  return decode(source, data, { name, shape: shape.toReversed(), bigEndian }).transpose();
}

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

/** The longest header in bytes that version 1 can have. NumPy by default reads only headers up to 10,000 bytes. */
const LONGEST_HEADER = 65_535;

/** An entry of the dictionary as NumPy writes it: a text, a boolean, a tuple of integers, or a list. */
const ENTRY =
  /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(?:(['"])([^'"\\]*)\3|(True|False)|\(([\dL,\s]*)\))\s*(?:,|(?=\}))|(\[))/y;

const TUPLE = /^\s*(?:\d+L?\s*,\s*)*(?:\d+L?\s*)?$/;

/** Reads the entries of the header, which may be in any order, each once. */
function parseHeader(source: Source, bytes: Uint8Array): Header {
  // A byte that is not ASCII can only be in the names of a structure's fields, which is refused anyway.
  const text = new TextDecoder("latin1").decode(bytes).trim();
  const expected = "a header {'descr': …, 'fortran_order': …, 'shape': …}";
  if (!text.startsWith("{")) refuse(source, expected, describe(text));
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  ENTRY.lastIndex = 1;
  let end = 1;
  for (let entry = ENTRY.exec(text); entry !== null; entry = ENTRY.exec(text)) {
    const [, , key, , word, truth, tuple, list] = entry;
    end = ENTRY.lastIndex;
    if (key === "descr" && list !== undefined) {
      refuse(
        source,
        `a dtype that is read (${[...TYPES.keys()].join(", ")})`,
        "a structure of several",
      );
    }
    const before = key === "descr" ? descr : key === "shape" ? shape : fortranOrder;
    if (before !== undefined) refuse(source, "each entry of the header once", `${key} twice`);
    if (key === "descr") descr = word;
    if (key === "fortran_order" && truth !== undefined) fortranOrder = truth === "True";
    if (key === "shape" && tuple !== undefined && TUPLE.test(tuple)) {
      shape = [...tuple.matchAll(/\d+/g)].map(Number);
    }
  }
  const closed = text.slice(end).trim() === "}";
  if (descr === undefined || fortranOrder === undefined || shape === undefined || !closed) {
    return refuse(source, expected, describe(text));
  }
  return { descr, fortranOrder, shape };
}

function readDescription(
  source: Source,
  descr: string,
): { readonly name: ElementName; readonly bigEndian: boolean } {
  const name = TYPES.get(descr.slice(1));
  const order = descr[0];
  const known = order === "<" || order === ">" || (order === "|" && name && widthOf(name) === 1);
  if (name === undefined || !known) {
    refuse(source, `a dtype that is read (${[...TYPES.keys()].join(", ")})`, describe(descr));
  }
  return { name, bigEndian: order === ">" };
}
