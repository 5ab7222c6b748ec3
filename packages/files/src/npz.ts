/**
 * NPZ, NumPy's file of several arrays: a ZIP archive with one NPY file for each array.
 */

import { describe, flag, numberThat, optional, optionsReader } from "@graddiff/core/extend";
import { shortened } from "@graddiff/core/internal";
import { zipSync } from "fflate";
import { checkName, namedTensors, type Tensors, type TensorTree } from "./names.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { type Bytes, readBytes, refuse } from "./source.ts";
import { unzip } from "./zip.ts";

/** The settings of {@link writeNpz}. */
export interface WriteNpzOptions {
  /** True if the arrays are deflated, as by `numpy.savez_compressed`. Default: false. */
  readonly compress?: boolean;
}

/** The settings of {@link readNpz}. */
export interface ReadNpzOptions {
  /** The greatest number of bytes of all arrays together, after inflating. Default: 2³⁰, a gigabyte. */
  readonly limit?: number;
}

const ENDING = ".npy";
const LIMIT = 2 ** 30;

const readWriteOptions = optionsReader({ compress: optional(flag, false) });
const readReadOptions = optionsReader({
  limit: optional(
    numberThat((limit) => limit >= 0, "a number of bytes"),
    LIMIT,
  ),
});

/** The date of all files, so that the same tensors give the same bytes: the earliest date of the format. */
const DATE = new Date(1980, 0, 1);

/**
 * Writes tensors as an NPZ file, which `numpy.load` reads. The same tensors give the same bytes.
 *
 * @param tree tensors in nested objects and arrays. Names are the keys of the path, joined by dots.
 * @param options `compress`.
 * @throws ArgumentError for a leaf that is not a tensor, and for names that are equal in the file or that it cannot
 *   store.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readNpz, writeNpz } from "@graddiff/files";
 *
 * const bytes = writeNpz({ x: tensor([1, 2]), y: tensor([true, false]) }, { compress: true });
 * const { x, y } = readNpz(bytes);
 * console.log(String(x), y?.dtype); // [1. 2.] bool
 * ```
 */
export function writeNpz(tree: TensorTree, options?: WriteNpzOptions): Uint8Array<ArrayBuffer> {
  const op = "writeNpz";
  const { compress } = readWriteOptions(op, options);
  const files = namedTensors(op, tree).map(([name, values]) => {
    const argument = shortened(name);
    if (new TextEncoder().encode(name).length > LONGEST_NAME) {
      refuse({ op, argument }, `a name of at most ${LONGEST_NAME} bytes`, "a longer one");
    }
    return [`${name}${ENDING}`, encodeNpy({ op, argument }, values)] as const;
  });
  checkNames(op, new Set(files.map(([file]) => file)));
  if (files.length > MOST_FILES) {
    refuse({ op, argument: "tree" }, `at most ${MOST_FILES} tensors`, `${files.length}`);
  }
  const total = files.reduce((sum, [, { length }]) => sum + length, 0);
  if (total > LARGEST) refuse({ op, argument: "tree" }, `at most ${LARGEST} bytes`, `${total}`);
  return zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: DATE });
}

/**
 * Refuses names that NumPy would confuse: it ends a name at a zero character, and reads `x.npy` as the array x if there
 * is one.
 */
function checkNames(op: string, files: ReadonlySet<string>): void {
  for (const file of files) {
    const name = file.slice(0, -ENDING.length);
    const argument = shortened(name);
    if (name.includes("\0")) refuse({ op, argument }, "a name without U+0000", describe(name));
    if (name.endsWith(ENDING) && files.has(name)) {
      const other = shortened(name.slice(0, -ENDING.length));
      refuse({ op, argument }, "a name that NumPy tells from the others", `one for ${other}, too`);
    }
  }
}

const LONGEST_NAME = 65_000;
const MOST_FILES = 65_000;
/** The greatest size in bytes: archives below 4 GB need no ZIP64; a margin is left for names. */
const LARGEST = 2 ** 32 - 2 ** 28;

/**
 * Reads an NPZ file, stored or deflated. Its arrays may have the types that `readNpy` reads.
 *
 * Sizes are checked against the length of the file and against `limit` before memory is allocated; checksums are checked
 * afterwards.
 *
 * @param options `limit`.
 * @returns the tensors by name, without the ending `.npy`.
 * @throws ArgumentError for bytes that are not an NPZ file, for other files in the archive, and for more bytes than
 *   `limit`.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { readNpz, writeNpz } from "@graddiff/files";
 *
 * const { x } = readNpz(writeNpz({ x: tensor([1, 2, 3]) }));
 * console.log(String(x)); // [1. 2. 3.]
 * ```
 */
export function readNpz(bytes: Bytes, options?: ReadNpzOptions): Tensors {
  const op = "readNpz";
  const source = { op, argument: "bytes" };
  const { limit } = readReadOptions(op, options);
  const names = new Set<string>();
  const entries = unzip(source, readBytes(source, bytes), limit).map(([file, read]) => {
    const member = { op, argument: shortened(file) };
    if (!file.endsWith(ENDING)) refuse(member, `files that end with ${ENDING}`, "another one");
    const name = file.slice(0, -ENDING.length);
    checkName(member, name);
    if (names.has(name)) refuse(source, "one file of each name", `two of ${shortened(file)}`);
    names.add(name);
    return [name, decodeNpy(member, read())] as const;
  });
  return Object.fromEntries(entries);
}
