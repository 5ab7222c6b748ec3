/**
 * safetensors, the format of Hugging Face (https://huggingface.co/docs/safetensors, "Format"):
 *
 *   8 bytes      the length of the header, little-endian
 *   the header   JSON: {"__metadata__": {…}, name: {"dtype", "shape", "data_offsets": [begin, end]}, …}
 *   the data     elements, little-endian and row-major; offsets count from here
 *
 * The tensors cover the data without holes and overlaps. Written files are aligned: the header is padded with spaces to a
 * multiple of 8 bytes, and tensors with wider elements are written first.
 */

import type { Tensor } from "@graddiff/core";
import { describe, optional, optionsReader } from "@graddiff/core/extend";
import { leavesFolder, shortened } from "@graddiff/core/internal";
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
  /** Texts that are stored with the tensors, by name. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The result of {@link readSafetensors}. */
export interface Safetensors {
  /** The tensors by name, in the order of the data; names that are integers are first, as in all JavaScript objects. */
  readonly tensors: Tensors;
  /** The texts that are stored with the tensors, by name. */
  readonly metadata: Record<string, string>;
}

const METADATA = "__metadata__";

const readOptions = optionsReader({
  metadata: optional((op, argument, texts) => readMetadata({ op, argument }, texts), undefined),
});

/** The longest header that the format allows, as its own reader does, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** The greatest depth of a header: lists in objects in an object. */
const DEEPEST = 3;
/** The greatest number of tensors: a hundred times the number in large models. */
const MOST_ENTRIES = 2 ** 18;
/** The greatest number of keys and values in a header: sixteen for each tensor. */
const MOST_VALUES = 16 * MOST_ENTRIES;
const LENGTH_BYTES = 8;

/**
 * Writes tensors as a safetensors file: float32 as F32, float64 as F64, int32 as I32, bool as BOOL. The same
 * tensors and metadata give the same bytes.
 *
 * @param tree tensors in nested objects and arrays, such as `state(model)`. Names are the keys of the path, joined by
 *   dots: `layers.0.weight`.
 * @param options `metadata`.
 * @throws ArgumentError for a leaf that is not a tensor, and for names that are equal in the file or that it cannot
 *   store.
 * @example
 * ```ts
 * import { loadState, state } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
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
    // Some readers refuse empty metadata.
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
  // JSON.stringify of an object would write keys that are integers first, so entries are joined here.
  const text = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${text.join(",")}}`);
  // A header that `readSafetensors` would refuse is not written.
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

/** The entry of a tensor in the header. */
interface Entry {
  readonly name: string;
  readonly type: ElementName;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. F32, F64, I32 and BOOL keep their types; F16 and BF16 become float32. The integers I8, U8,
 * I16, U16, U32, I64 and U64 become int32 if each element fits. Other types are refused with their names.
 *
 * Sizes are checked against the length of the file before memory is allocated, and at most four times the length is
 * allocated. The header is checked before it is parsed: it has at most a depth of 3 and 2¹⁸ entries.
 *
 * @param bytes the file. In a page: `await blob.arrayBuffer()`.
 * @throws ArgumentError for bytes that are not a safetensors file: truncated, with surplus bytes, with a header that is
 *   not JSON or has wrong sizes, or with holes or overlaps.
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
  return readFile({ op: "readSafetensors", argument: "bytes" }, bytes);
}

function readFile(source: Source, bytes: unknown): Safetensors {
  const { op } = source;
  const file = readBytes(source, bytes);
  const start = LENGTH_BYTES + headerLength(source, file);
  const argument = source.argument === "bytes" ? "header" : `${source.argument}: header`;
  const header = parseHeader({ op, argument }, file.subarray(LENGTH_BYTES, start));
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

/**
 * Other files that users mistake for safetensors, by their first bytes, which would be an impossible length of a header.
 */
const OTHERS: readonly { readonly begins: RegExp; readonly got: string; readonly hint: string }[] =
  [
    {
      begins: /^\s*\{\s*"(metadata|weight_map)"/,
      got: "the index of one in several files",
      hint: "readShards(index, open) reads them",
    },
    {
      begins: /^\s*\{/,
      got: "JSON",
      hint: "A file of safetensors begins with 8 bytes of a length",
    },
    {
      begins: /^PK%03%04/,
      got: "a ZIP archive, as .pt, .pth and .npz are",
      hint: "readTorch reads those of PyTorch, readNpz those of NumPy",
    },
    {
      begins: /^%80%0[2-5]/,
      got: "a pickle, as older files of PyTorch are",
      hint: "A newer PyTorch writes tensors: safetensors.torch.save_file(torch.load(path, weights_only=True), other)",
    },
    {
      begins: /^%93NUMPY/,
      got: "an array of NumPy",
      hint: "readNpy reads it",
    },
    {
      begins: /^version https:\/\/git-lfs/,
      got: "a Git LFS pointer, which stands for a file",
      hint: "git lfs pull gets the file itself",
    },
    {
      begins: /^\s*<(!doctype|html)/i,
      got: "HTML",
      hint: "A page came in the place of the file: look at its address",
    },
  ];

/** Returns the first bytes of a file as text, with %1f for each byte that cannot be printed. */
function beginningOf(file: Uint8Array): string {
  const isPrinted = (byte: number) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13);
  return Array.from(file.subarray(0, 64), (byte) =>
    isPrinted(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}

/** The content of an index: the texts, and the names of files with the names of their tensors. */
interface Index {
  readonly metadata: Record<string, string>;
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Reads an index: {"metadata": {…}, "weight_map": {name: file, …}}. */
function readIndex(source: Source, bytes: unknown): Index {
  const file = readBytes(source, bytes);
  if (file.length > LONGEST_HEADER) {
    refuse(source, `an index of at most ${LONGEST_HEADER} bytes`, `one of ${file.length}`);
  }
  const start = file.findIndex((byte) => byte > 0x20);
  const begin = file.subarray(Math.max(0, start));
  if (begin[0] !== 0x7b) refuse(source, "the index of safetensors, as JSON", "another file");
  const { weight_map: map, metadata = {} } = Object.fromEntries(
    parseHeader(source, begin),
  ) as Readonly<Record<string, unknown>>;
  if (!isRecord(map)) refuse(source, "weight_map, the file of each tensor", describe(map));
  if (!isRecord(metadata)) refuse(source, "metadata, an object", describe(metadata));
  const files = new Map<string, string[]>();
  for (const [name, path] of Object.entries(map)) {
    checkName(source, name);
    const own = { ...source, argument: `${source.argument}: ${shortened(name)}` };
    if (typeof path !== "string") refuse(own, "the name of a file", describe(path));
    if (leavesFolder(path)) refuse(own, "a file in the folder of the index", describe(path));
    files.set(path, [...(files.get(path) ?? []), name]);
  }
  // Numbers and other values, such as total_size, become texts.
  const texts = Object.entries(metadata).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { metadata: Object.fromEntries(texts), files };
}

/**
 * Reads a model that is stored in several safetensors files. An index, `model.safetensors.index.json`, has the file of
 * each tensor.
 *
 * @param index the bytes of the index.
 * @param open returns the bytes of a file by its name in the index, or a promise of them. Each file is requested once.
 *   Names that lead out of the folder are refused: `..`, an absolute path, a drive, a host, a URL.
 * @returns the tensors of all files, and the texts of the index.
 * @throws ArgumentError for bytes that are not an index, for a file that `readSafetensors` refuses, and for a file that
 *   has other tensors than the index says. The message names the file.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readShards, writeSafetensors } from "@graddiff/files";
 *
 * const files = new Map([
 *   ["model-1-of-2.safetensors", writeSafetensors({ a: tensor([1, 2]) })],
 *   ["model-2-of-2.safetensors", writeSafetensors({ b: tensor([3]) })],
 * ]);
 * const [first, second] = files.keys();
 * const index = JSON.stringify({ metadata: { total_size: 12 }, weight_map: { a: first, b: second } });
 *
 * const { tensors } = await readShards(new TextEncoder().encode(index), (name) => {
 *   const bytes = files.get(name);
 *   if (bytes === undefined) throw new Error(`no such file: ${name}`);
 *   return bytes;
 * });
 * console.log(String(tensors["a"]), String(tensors["b"])); // [1. 2.] [3.]
 * ```
 */
export async function readShards(
  index: Bytes,
  open: (name: string) => Bytes | Promise<Bytes>,
): Promise<Safetensors> {
  const op = "readShards";
  const { metadata, files } = readIndex({ op, argument: "index" }, index);
  if (typeof open !== "function") {
    refuse({ op, argument: "open" }, "a function that gives bytes", describe(open));
  }
  const tensors: Tensors = {};
  for (const [path, names] of files) {
    const source = { op, argument: shortened(path) };
    const { tensors: own } = readFile(source, await open(path));
    const wanted = new Set(names);
    const missing = names.filter((name) => !Object.hasOwn(own, name));
    const surplus = Object.keys(own).filter((name) => !wanted.has(name));
    if (missing.length + surplus.length > 0) {
      const expected = `the tensors of the index, ${names.length} of them`;
      const got =
        missing.length > 0 ? `none of ${describe(missing[0])}` : `${describe(surplus[0])}, too`;
      refuse(source, expected, got);
    }
    for (const name of names) if (own[name]) tensors[name] = own[name];
  }
  return { tensors, metadata };
}

function headerLength(source: Source, file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, Math.min(file.length, LENGTH_BYTES));
  const isLong = file.length >= LENGTH_BYTES;
  const length = isLong ? view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32 : Infinity;
  if (length <= LONGEST_HEADER && length <= file.length - LENGTH_BYTES) return length;
  const other = OTHERS.find(({ begins }) => begins.test(beginningOf(file)));
  if (other !== undefined) refuse(source, "a file of safetensors", other.got, other.hint);
  if (!isLong) refuse(source, "8 bytes with the header's length", `a file of ${file.length}`);
  if (length > LONGEST_HEADER) {
    refuse(source, `a header of at most ${LONGEST_HEADER} bytes`, `one of ${length}`);
  }
  return refuse(
    source,
    `a header of ${length} bytes, as the file says`,
    `a file of ${file.length} bytes`,
  );
}

/** Returns the entries of the header by name. Throws for a name that occurs twice. */
function parseHeader(source: Source, bytes: Uint8Array): Map<string, unknown> {
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
 * Refuses a header of too much depth or with too many values before it is parsed: a parser takes half a minute and
 * gigabytes for a hundred million nested braces.
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
 * Refuses valid JSON in which an object has a key twice: JSON.parse would silently use the last one. It does not use a
 * regular expression, which would overflow the stack for a long text.
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
  // The name was checked to be a key of the table.
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

/** Throws unless each tensor begins at the end of the previous one, and the last one ends with the file. */
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
