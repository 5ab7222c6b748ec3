/**
 * safetensors, the format of Hugging Face (https://huggingface.co/docs/safetensors, "Format"):
 *
 *   8 bytes      the length of the header, little-endian
 *   the header   JSON: {"__metadata__": {…}, name: {"dtype", "shape", "data_offsets": [begin, end]}, …}
 *   the data     elements, little-endian and row-major; offsets count from here
 *
 * The data is covered by the tensors without holes and overlaps. What is written is aligned: the header is
 * filled up with spaces to a multiple of 8 bytes, and tensors with wider elements come first.
 */

import type { Tensor } from "@graddiff/core";
import { describe, optional, optionsReader, shortened } from "@graddiff/core/internal";
import {
  countOf,
  decode,
  ELEMENTS,
  type ElementName,
  encode,
  formatShape,
  WRITTEN,
  widthOf,
} from "./elements.ts";
import { checkName, checkText, namedTensors, type Tensors, type TensorTree } from "./names.ts";
import {
  allocate,
  type Bytes,
  decodeText,
  isCount,
  readBytes,
  refuse,
  type Source,
} from "./source.ts";

/** The settings of {@link writeSafetensors}. */
export interface SafetensorsOptions {
  /** Texts that are kept beside the tensors. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The result of {@link readSafetensors}. */
export interface Safetensors {
  /** The tensors by name, in the order of the data; but names that are integers come first, as in all objects. */
  readonly tensors: Tensors;
  /** The texts beside them. */
  readonly metadata: Record<string, string>;
}

const METADATA = "__metadata__";

const readOptions = optionsReader({
  metadata: optional((op, argument, texts) => readMetadata({ op, argument }, texts), undefined),
});

/** The longest header that the format allows, as its own reader does, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** A header is an object of objects, in which the lists are the deepest. */
const DEEPEST = 3;
/** Tensors: a hundred times as many as large models have. */
const MOST_ENTRIES = 2 ** 18;
/** Keys and what stands between commas: sixteen for each tensor. */
const MOST_VALUES = 16 * MOST_ENTRIES;
const LENGTH_BYTES = 8;

/**
 * Writes tensors as a safetensors file: float32 as F32, float64 as F64, int32 as I32, bool as BOOL. The same
 * tensors and metadata give the same bytes.
 *
 * @param tree tensors in nested objects and arrays, such as `state(model)`. Names are the keys on the way,
 *   joined by dots: `layers.0.weight`.
 * @param options `metadata`.
 * @throws ArgumentError for anything but tensors, and for names that are equal in a file, or cannot be kept.
 * @example
 * ```ts
 * import { loadState, state } from "@graddiff/core";
 * import { Dense } from "@graddiff/core/nn";
 * import { readSafetensors, writeSafetensors } from "@graddiff/files";
 *
 * const dense = new Dense(2, 1, { seed: 1 });
 * const bytes = writeSafetensors(state({ dense }), { metadata: { epoch: "3" } });
 * const { tensors, metadata } = readSafetensors(bytes);
 * console.log(Object.keys(tensors), metadata); // [ 'dense.bias', 'dense.weight' ] { epoch: '3' }
 * loadState({ dense }, tensors);
 * ```
 */
export function writeSafetensors(
  tree: TensorTree,
  options?: SafetensorsOptions,
): Uint8Array<ArrayBuffer> {
  const op = "writeSafetensors";
  const { metadata } = readOptions(op, options);
  const named = namedTensors(op, tree);
  if (named.length > MOST_ENTRIES) {
    refuse({ op, argument: "tree" }, `at most ${MOST_ENTRIES} entries`, "more");
  }
  const entries = named.sort(byWidthThenName);
  const header: [string, unknown][] = [];
  if (metadata !== undefined) {
    // Some readers refuse an empty one.
    if (Object.keys(metadata).length > 0) header.push([METADATA, metadata]);
  }
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, values] of entries) {
    if (name === METADATA)
      refuse({ op, argument: name }, `a name other than ${METADATA}`, "this one");
    const part = encode(values);
    const begin = end;
    end += part.length;
    parts.push(part);
    const { shape, dtype } = values;
    header.push([name, { dtype: WRITTEN[dtype], shape, data_offsets: [begin, end] }]);
  }
  // Not JSON.stringify of an object, in which keys that are integers would come first.
  const text = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${text.join(",")}}`);
  // Refuses to write a header that could not be read.
  checkStructure({ op, argument: "tree" }, json);
  const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > LONGEST_HEADER) {
    const expected = `names and metadata of at most ${LONGEST_HEADER} bytes`;
    refuse({ op, argument: "tree" }, expected, `${length} bytes`);
  }
  const bytes = allocate({ op, argument: "tree" }, LENGTH_BYTES + length + end);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  bytes.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function byWidthThenName([first, a]: [string, Tensor], [second, b]: [string, Tensor]): number {
  const wider = widthOf(WRITTEN[b.dtype]) - widthOf(WRITTEN[a.dtype]);
  return wider !== 0 ? wider : first < second ? -1 : 1;
}

/** A tensor as the header tells of it. */
interface Entry {
  readonly name: string;
  readonly type: ElementName;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. F32, F64, I32 and BOOL are read as they are, F16 and BF16 as float32; the integers
 * I8, U8, I16, U16, U32, I64 and U64 as int32, where each element fits. Other types are refused by name.
 *
 * Everything is checked against the bytes that there are before anything is allocated, and nothing larger
 * than four times the file is. A header is bounded before it is parsed: it is nested at most 3 deep, and has at
 * most 2¹⁸ entries.
 *
 * @param bytes the file. From a page: `await blob.arrayBuffer()`.
 * @throws ArgumentError for bytes that are no such file: cut, with more at the end, with a header that is no
 *   JSON or lies about sizes, with holes or overlaps.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readSafetensors, writeSafetensors } from "@graddiff/files";
 *
 * const { tensors } = readSafetensors(writeSafetensors({ weight: tensor([1, 2]) }));
 * console.log(String(tensors["weight"])); // [1. 2.]
 * ```
 */
export function readSafetensors(bytes: Bytes): Safetensors {
  const op = "readSafetensors";
  const source: Source = { op, argument: "bytes" };
  const file = readBytes(source, bytes);
  const start = LENGTH_BYTES + headerLength(source, file);
  const header = parseHeader(op, file.subarray(LENGTH_BYTES, start));
  const data = file.subarray(start);
  const texts = header.get(METADATA);
  const metadata = texts === undefined ? {} : readMetadata({ op, argument: METADATA }, texts);
  const entries: Entry[] = [];
  for (const [name, value] of header) {
    if (name !== METADATA) entries.push(readEntry({ op, argument: shortened(name) }, name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(op, entries, data.length);
  const tensors = entries.map(({ name, type, shape, begin, end }) => {
    const entry = { op, argument: shortened(name) };
    return [name, decode(entry, data.subarray(begin, end), { name: type, shape })] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

function headerLength(source: Source, file: Uint8Array): number {
  if (file.length < LENGTH_BYTES) {
    refuse(source, "8 bytes with the header's length", `a file of ${file.length}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > LONGEST_HEADER) {
    refuse(source, `a header of at most ${LONGEST_HEADER} bytes`, `one of ${length}`);
  }
  if (length > file.length - LENGTH_BYTES) {
    const got = `a file of ${file.length} bytes`;
    refuse(source, `a header of ${length} bytes, as the file says`, got);
  }
  return length;
}

/** Returns the header's entries by name; each name once. */
function parseHeader(op: string, bytes: Uint8Array): Map<string, unknown> {
  const source = { op, argument: "header" };
  if (bytes[0] !== 0x7b) refuse(source, "JSON that begins with {", "another byte");
  checkStructure(source, bytes);
  const text = decodeText(source, bytes, "text");
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    refuse(source, "JSON", describe(text));
  }
  if (!isRecord(header)) refuse(source, "an object", describe(header));
  checkKeys(source, text);
  for (const name of Object.keys(header)) checkName(source, name);
  return new Map(Object.entries(header));
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Refuses what would take a parser more than the file is worth, before it is parsed: a hundred million braces, one
 * in another, take half a minute and gigabytes.
 */
function checkStructure(source: Source, bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  let entries = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) {
          if (bytes[at] === BACKSLASH) at++;
        }
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > DEEPEST) {
          refuse(source, `JSON nested at most ${DEEPEST} deep`, "one that is nested deeper");
        }
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      case COLON:
        if (depth === 1) entries++;
        values++;
        break;
      case COMMA:
        values++;
        break;
      default:
    }
    if (entries > MOST_ENTRIES) refuse(source, `at most ${MOST_ENTRIES} entries`, "more");
    if (values > MOST_VALUES) refuse(source, `at most ${MOST_VALUES} keys and values`, "more");
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Refuses keys that an object of valid JSON has twice, of which JSON.parse would keep the last. A regular
 * expression would use up the stack on a long text.
 */
function checkKeys(source: Source, json: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    if (character !== '"') continue;
    const begin = at++;
    while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
    let next = at + 1;
    while (" \n\r\t".includes(json[next] ?? "x")) next++;
    if (json[next] !== ":") continue;
    const name = String(JSON.parse(json.slice(begin, at + 1)));
    if (open.at(-1)?.has(name)) refuse(source, "each key once", `${describe(name)} twice`);
    open.at(-1)?.add(name);
  }
}

function readMetadata(source: Source, texts: unknown): Record<string, string> {
  if (!isRecord(texts)) refuse(source, "an object of texts", describe(texts));
  const entries = Object.entries(texts).map(([key, value]): [string, string] => {
    checkName(source, key);
    if (typeof value !== "string") {
      return refuse(source, "texts alone", `${describe(value)} for ${describe(key)}`);
    }
    checkText(source, value);
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function readEntry(source: Source, name: string, value: unknown): Entry {
  if (!isRecord(value))
    refuse(source, "an object of dtype, shape and data_offsets", describe(value));
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === "string" && Object.hasOwn(ELEMENTS, dtype) ? dtype : undefined;
  if (type === undefined) {
    const known = Object.keys(ELEMENTS).join(", ");
    refuse(source, `a dtype that is read (${known})`, describe(dtype));
  }
  if (!Array.isArray(shape)) refuse(source, "a shape", describe(shape));
  // The name is one of the table's own keys.
  const known = type as ElementName;
  const count = countOf(source, shape);
  if (!Array.isArray(offsets) || offsets.length !== 2) {
    refuse(source, "data_offsets [begin, end]", describe(offsets));
  }
  const [begin, end]: unknown[] = offsets;
  if (!isCount(begin) || !isCount(end)) {
    refuse(source, "data_offsets that are non-negative integers", `[${offsets.map(describe)}]`);
  }
  const size = count * widthOf(known);
  if (end - begin !== size) {
    const expected = `data_offsets ${size} bytes apart, for ${type} of shape ${formatShape(shape)}`;
    refuse(source, expected, `[${begin}, ${end}]`);
  }
  return { name, type: known, shape, begin, end };
}

/** Each tensor begins where the one before ends, and the last ends with the file. */
function checkCover(op: string, entries: readonly Entry[], length: number): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const expected = `data that begins at ${at}, where the tensor before ends`;
      refuse({ op, argument: shortened(name) }, expected, `an offset of ${begin}`);
    }
    at = end;
  }
  if (at !== length) {
    refuse({ op, argument: "bytes" }, `${at} bytes of data, as the header says`, `${length}`);
  }
}
