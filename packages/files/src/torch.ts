/**
 * The files that `torch.save` of PyTorch 1.6 and later writes: a ZIP archive, stored, of
 *
 *   NAME/data.pkl     a pickle, in which tensors are views of storages
 *   NAME/data/KEY     the elements of a storage
 *   NAME/byteorder    "little" or "big"; older versions have none, and are little-endian
 *
 * (torch/serialization.py, "Serialized file format"; torch/_utils.py, `_rebuild_tensor_v2`.) Nothing is executed: tensors are
 * rebuilt from the data of the pickle. Other objects in it are refused with their names if the caller requests them.
 */

import type { Tensor } from "@graddiff/core";
import {
  callable,
  describe,
  numberThat,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import { shortened } from "@graddiff/core/internal";
import { countOf, decode, type ElementName, formatShape, widthOf } from "./elements.ts";
import { checkName, type Tensors } from "./names.ts";
import {
  Dictionary,
  describePickled,
  Made,
  Named,
  Persistent,
  type Pickled,
  unpickle,
} from "./pickle.ts";
import { type Bytes, isCount, readBytes, refuse, type Source } from "./source.ts";
import { unzip } from "./zip.ts";

/** The settings of {@link readTorch}. */
export interface ReadTorchOptions {
  /**
   * The part of a checkpoint to read: a key of its dictionary, or several keys from the outermost to the innermost.
   * Default: the whole checkpoint.
   */
  readonly path?: string | readonly (string | number)[];
  /**
   * The greatest number of bytes of all tensors together. Default: four times the length of the file, but at least a
   * megabyte.
   */
  readonly limit?: number;
  /**
   * A function that is called once with the names of skipped entries, which are not tensors, such as an epoch, a
   * version or `_extra_state`. Of a part without any tensor only the name of the part is listed.
   */
  readonly onLeft?: (names: readonly string[]) => void;
}

const readOptions = optionsReader({
  path: optional<readonly (string | number)[]>(readPath, []),
  limit: optional<number | undefined>(
    numberThat((limit) => limit >= 0, "a number of bytes"),
    undefined,
  ),
  onLeft: optional<ReadTorchOptions["onLeft"]>(callable as Reader<OnLeft>, undefined),
});

type OnLeft = NonNullable<ReadTorchOptions["onLeft"]>;

function readPath(op: string, argument: string, path: unknown): readonly (string | number)[] {
  const keys: unknown[] = Array.isArray(path) ? path : [path];
  const isKey = (key: unknown) => typeof key === "string" || typeof key === "number";
  if (keys.every(isKey)) return keys as (string | number)[];
  return refuse({ op, argument }, "a key, or an array of keys", describe(path));
}

/** The element types of storages and tensors, by their names in PyTorch. */
const TYPES: ReadonlyMap<string, ElementName> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
  // Tensors of these types have storages of bytes.
  ["torch.uint16", "U16"],
  ["torch.uint32", "U32"],
  ["torch.uint64", "U64"],
]);
const BYTES_ALONE = "torch.storage.UntypedStorage";

/**
 * The default limit of the bytes of tensors, as a multiple of the length of the file; and the limit of the memory of a
 * pickle's values, as a multiple of the length of the pickle (state dicts need 10 to 12).
 */
const GROWTH = 4;
const GROWTH_OF_PICKLE = 24;
/** The least value of both limits, for small files. */
const SMALLEST_LIMIT = 2 ** 20;
/** The number of values and the depth beyond which a tree is refused, because it may contain itself. */
const MOST_VALUES = 2 ** 16;
const DEEPEST = 100;
/** The first bytes of a ZIP archive. */
const ARCHIVE = [0x50, 0x4b, 3, 4];
/** The first byte of an older file's pickle. */
const PICKLE = 0x80;
const PICKLED = "data.pkl";

/**
 * Reads the tensors of a file of `torch.save`, such as `torch.save(model.state_dict(), path)` writes, of PyTorch 1.6 and
 * later. Nothing in the file is executed.
 *
 * float16 and bfloat16 become float32, and other integers, such as PyTorch's counts of batches, become int32 if each
 * element fits. Tensors that share memory, or are transposed, become separate tensors in row-major order.
 *
 * @param options `path`: the part to read, if the file has more than one state dict, such as `{ path: "model" }` for
 *   `torch.save({ "model": model.state_dict(), "epoch": 3 }, …)`. `limit`: the greatest number of bytes of all tensors.
 *   `onLeft`: a function that is called with the names of the entries that are not tensors.
 * @returns the tensors by name, with keys joined by dots. If the file is one tensor, its name is "tensor". Numbers,
 *   texts and `_extra_state` are skipped.
 * @throws ArgumentError for bytes that are not such a file, and for a part that does not exist or has no tensors.
 *   ArgumentError for a whole module, a program of TorchScript, and files of PyTorch before 1.6, which the message
 *   names. ArgumentError for sparse and quantized tensors, and for more bytes than `limit`.
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { BatchNorm, Dense, loadTorch, Sequential } from "@graddiff/nn";
 * import { readTorch } from "@graddiff/files";
 *
 * // torch.save({"model": model.state_dict(), "epoch": 3}, "checkpoint.pt")
 * const bytes = await readFile(new URL("checkpoint.pt", import.meta.url));
 * const tensors = readTorch(bytes, { path: "model" });
 * console.log(tensors["0.weight"]?.shape); // [ 4, 3 ]
 *
 * const model = new Sequential(new Dense(3, 4), new BatchNorm(4));
 * loadTorch(model, tensors);
 * ```
 */
export function readTorch(bytes: Bytes, options?: ReadTorchOptions): Tensors {
  const op = "readTorch";
  const source = { op, argument: "bytes" };
  const { path, limit, onLeft } = readOptions(op, options);
  const file = readBytes(source, bytes);
  const most = limit ?? Math.max(GROWTH * file.length, SMALLEST_LIMIT);
  const archive = openArchive(source, file, most);
  const values = Math.max(GROWTH_OF_PICKLE * archive.pickle.length, SMALLEST_LIMIT);
  const found = choose(source, unpickle(source, archive.pickle, values), path);
  const { tensors, left } = new Assembly(op, archive, most).read(found);
  if (left.length > 0) onLeft?.(left);
  return tensors;
}

/** A file of `torch.save`. */
interface Archive {
  readonly pickle: Uint8Array;
  readonly bigEndian: boolean;
  /** Returns the bytes of a storage; undefined if the file has no storage of this key. */
  readonly storage: (key: string) => Uint8Array | undefined;
}

function openArchive(source: Source, file: Uint8Array, limit: number): Archive {
  if (!ARCHIVE.every((byte, i) => file[i] === byte)) {
    const isOld = file[0] === PICKLE;
    refuse(
      source,
      "a file of torch.save, which is a ZIP archive",
      isOld ? "one of PyTorch before 1.6, or a pickle" : `${file.length} bytes of another kind`,
      isOld
        ? "A newer PyTorch writes it anew, and runs nothing of it: torch.save(torch.load(path, weights_only=True), other)"
        : "readSafetensors, readNpz and readNpy of this package read other files",
    );
  }
  const files = new Map(unzip(source, file, Math.max(limit, file.length)));
  const pickle = [...files.keys()].find((name) => name === PICKLED || name.endsWith(`/${PICKLED}`));
  if (pickle === undefined) {
    refuse(
      source,
      `an archive with ${PICKLED}, as torch.save writes it`,
      "one without",
      "readNpz of this package reads NumPy's",
    );
  }
  const root = pickle.slice(0, -PICKLED.length);
  if (files.has(`${root}constants.pkl`)) {
    refuse(
      source,
      "tensors",
      "a program of TorchScript",
      "torch.save(program.state_dict(), path) writes its tensors",
    );
  }
  const order = files.get(`${root}byteorder`)?.() ?? new Uint8Array();
  const storages = new Map<string, Uint8Array | undefined>();
  return {
    pickle: files.get(pickle)?.() ?? new Uint8Array(),
    bigEndian: String.fromCharCode(...order.subarray(0, 3)) === "big",
    storage(key) {
      // Several tensors may share a storage, which is read and checked once.
      if (!storages.has(key)) storages.set(key, files.get(`${root}data/${key}`)?.());
      return storages.get(key);
    },
  };
}

/** Returns the part of a checkpoint at a path. */
function choose(source: Source, whole: Pickled, path: readonly (string | number)[]): Pickled {
  let part = whole;
  for (const [depth, key] of path.entries()) {
    const inner = Array.isArray(part)
      ? part[Number(key)]
      : part instanceof Dictionary
        ? part.entries.get(key)
        : undefined;
    if (inner === undefined) {
      const inside = depth === 0 ? "" : ` in ${path.slice(0, depth).map(describe).join(", ")}`;
      refuse({ ...source, argument: "path" }, `${describe(key)}${inside}`, describePickled(part));
    }
    part = inner;
  }
  return part;
}

/** Makes tensors from the content of a pickle. */
class Assembly {
  readonly #op: string;
  readonly #archive: Archive;
  readonly #limit: number;
  /** An example of a part that has tensors, as a value of the option `path`, for a hint. */
  #example = "";
  readonly #found = new Map<string, Tensor>();
  readonly #left: string[] = [];
  #bytes = 0;
  #values = 0;

  constructor(op: string, archive: Archive, limit: number) {
    this.#op = op;
    this.#archive = archive;
    this.#limit = limit;
  }

  read(part: Pickled): { tensors: Tensors; left: readonly string[] } {
    if (isTensor(part)) {
      const tensor = this.#tensor({ op: this.#op, argument: "tensor" }, part);
      return { tensors: { tensor }, left: [] };
    }
    this.#example = exampleOf(part);
    const found = this.#visit(part, []);
    const isEmpty = part instanceof Dictionary && part.entries.size === 0;
    if (!found && !isEmpty) this.#refuseFirst(part, []);
    return { tensors: Object.fromEntries(this.#found), left: this.#left };
  }

  /** Collects the tensors in a value, and returns true if there are any. A value without tensors is listed as skipped. */
  #visit(value: Pickled, path: readonly string[]): boolean {
    const name = path.join(".");
    const argument = path.length === 0 ? "bytes" : shortened(name);
    const source = { op: this.#op, argument };
    if (++this.#values > MOST_VALUES || path.length > DEEPEST) {
      refuse(source, `at most ${MOST_VALUES} values, nested at most ${DEEPEST} deep`, "more");
    }
    if (isTensor(value)) {
      checkName(source, name);
      if (this.#found.has(name)) refuse(source, "one tensor of each name", "two");
      this.#found.set(name, this.#tensor(source, value));
      return true;
    }
    if (value instanceof Made && !isPlain(value, path)) this.#refuseValue(argument, value);
    const before = this.#left.length;
    let found = false;
    for (const [key, inner] of this.#entriesOf(source, value)) {
      if (this.#visit(inner, [...path, key])) found = true;
    }
    if (found || path.length === 0) return found;
    this.#left.length = before;
    this.#left.push(name);
    return false;
  }

  /** Returns the parts of a value with their keys. A list of numbers has no parts. */
  *#entriesOf(source: Source, value: Pickled): Iterable<[string, Pickled]> {
    if (Array.isArray(value)) {
      for (const [i, inner] of value.entries()) {
        if (typeof inner === "object" && inner !== null) yield [String(i), inner];
      }
    } else if (value instanceof Dictionary) {
      for (const [key, inner] of value.entries) yield [keyOf(source, key), inner];
    }
  }

  /** Throws an error that names the first value, if a file has no tensor at all. */
  #refuseFirst(value: Pickled, path: readonly string[]): never {
    const [first] = value instanceof Dictionary ? value.entries : [];
    const isDeep = first !== undefined && path.length < DEEPEST;
    if (isDeep) return this.#refuseFirst(first[1], [...path, String(first[0])]);
    if (Array.isArray(value) && value.length > 0 && path.length < DEEPEST) {
      return this.#refuseFirst(value[0] ?? null, [...path, "0"]);
    }
    return this.#refuseValue(path.length === 0 ? "bytes" : shortened(path.join(".")), value);
  }

  #refuseValue(argument: string, value: Pickled): never {
    const isObject = value instanceof Made || value instanceof Named;
    const hint = isObject
      ? "Of a whole module, torch.save(module.state_dict(), path) writes the tensors"
      : `The option path chooses a part that has tensors alone${this.#example}`;
    return refuse({ op: this.#op, argument }, "a tensor", describePickled(value), hint);
  }

  /** Reads a tensor: a storage, an offset, a shape and strides, in elements. */
  #tensor(source: Source, made: Made): Tensor {
    const [first = null] = made.from;
    const isParameter = nameOf(made) === PARAMETER;
    const inner = isParameter ? first : made;
    if (!isTensor(inner) || nameOf(inner) === PARAMETER) {
      return this.#refuseValue(source.argument, inner);
    }
    const [stored, offset, shape, strides, , , dtype] = inner.from;
    const { name, elements } = this.#storage(source, stored, dtype);
    if (!areCounts(shape) || !areCounts(strides) || shape.length !== strides.length) {
      refuse(source, "a shape and strides", "others");
    }
    const count = countOf(source, shape);
    if (!isCount(offset)) refuse(source, "an offset in elements", "another");
    const last = shape.reduce((sum, length, i) => sum + (length - 1) * (strides[i] ?? 0), offset);
    const width = widthOf(name);
    if (count > 0 && last >= elements.length / width) {
      const got = `${elements.length / width} elements for shape ${formatShape(shape)}`;
      refuse(source, `elements up to index ${last}`, got);
    }
    const range = { begin: width * offset, end: count > 0 ? width * (last + 1) : width * offset };
    this.#bytes += Math.max(count * Math.max(width, NARROWEST), range.end - range.begin);
    if (this.#bytes > this.#limit) {
      const expected = `at most ${this.#limit} bytes of tensors`;
      refuse(source, expected, `${this.#bytes} and more`, "Allow more with the option limit");
    }
    const own = elements.subarray(range.begin, range.end);
    const bytes = gather(own, { width, count, shape, strides });
    return decode(source, bytes, { name, shape, bigEndian: this.#archive.bigEndian });
  }

  /** Returns the type and the bytes of a storage. */
  #storage(source: Source, stored: Pickled | undefined, dtype: Pickled | undefined) {
    const id = stored instanceof Persistent ? stored.id : undefined;
    const [kind, type, key, , size] = Array.isArray(id) ? id : [];
    if (kind !== "storage" || !(type instanceof Named) || typeof key !== "string") {
      refuse(source, "elements in a storage", "none");
    }
    const isOfBytes = type.name === BYTES_ALONE;
    const named = isOfBytes && dtype instanceof Named ? dtype : type;
    const name = TYPES.get(named.name);
    if (name === undefined) {
      const known = "bool, floats of 16 to 64 bits, integers of 8 to 64 bits";
      refuse(source, `a type that is read (${known})`, shortened(named.name));
    }
    const elements = this.#archive.storage(key);
    if (elements === undefined) refuse(source, `a storage ${describe(key)}`, "none");
    const expected = Number(size) * (isOfBytes ? 1 : widthOf(name));
    if (elements.length !== expected) {
      refuse(source, `a storage of ${expected} bytes`, `${elements.length}`);
    }
    return { name, elements };
  }
}

/** The least number of bytes of an element in a tensor of any dtype but bool. */
const NARROWEST = 4;

const PARAMETER = "torch._utils._rebuild_parameter";
const TENSORS: readonly string[] = [
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_tensor_v3",
  PARAMETER,
];

/** The classes of objects that are not tensors and contain none. */
const PLAIN: ReadonlySet<string> = new Set([
  ...["torch.Size", "torch.device", "pathlib.PosixPath", "pathlib.WindowsPath"],
  ...["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype"],
  ...["argparse.Namespace", "datetime.datetime", "datetime.timedelta", "builtins.set"],
]);

/** True for an object that is skipped: the metadata of a module's state, and objects of a few classes. */
function isPlain(made: Made, path: readonly string[]): boolean {
  return path.some((key) => /(^|\.)_extra_state$/.test(key)) || PLAIN.has(nameOf(made));
}

/** Returns the option `path` with the first key of a dictionary whose value has a tensor, as text for a hint. */
function exampleOf(part: Pickled): string {
  const entries = part instanceof Dictionary ? [...part.entries] : [];
  const found = entries.find(
    ([key, inner]) =>
      typeof key === "string" &&
      inner instanceof Dictionary &&
      [...inner.entries.values()].some(isTensor),
  );
  return found === undefined ? "" : `: { path: ${describe(found[0])} }`;
}

const nameOf = ({ by }: Made) => (by instanceof Named ? by.name : "");

function isTensor(value: Pickled): value is Made {
  return value instanceof Made && TENSORS.includes(nameOf(value));
}

const areCounts = (values: unknown): values is number[] =>
  Array.isArray(values) && values.every(isCount);

function keyOf(source: Source, key: Pickled): string {
  if (typeof key === "string" || typeof key === "number") return String(key);
  return refuse(source, "keys that are texts or integers", describePickled(key));
}

/** The layout of a tensor in memory, in elements. */
interface View {
  /** The number of bytes of an element. */
  readonly width: number;
  readonly count: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Returns the bytes of a tensor in row-major order. @param bytes the memory from its first element to its last. */
function gather(bytes: Uint8Array, view: View): Uint8Array {
  const { width, count, shape, strides } = view;
  if (count === 0 || isRowMajor(view)) return bytes;
  const Words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width] ?? BigUint64Array;
  // Typed arrays must begin at a multiple of their width, which a copy does.
  const from = new Words(bytes.slice().buffer);
  const to = new Words(count);
  let next = 0;
  const copy = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      to[next++] = from[offset] ?? 0;
      return;
    }
    for (let i = 0; i < (shape[axis] ?? 0); i++) copy(axis + 1, offset + i * (strides[axis] ?? 0));
  };
  copy(0, 0);
  return new Uint8Array(to.buffer);
}

/** True if the strides are those of row-major order; the strides of axes of length 1 do not matter. */
function isRowMajor({ shape, strides }: View): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis] ?? 1;
  }
  return true;
}
