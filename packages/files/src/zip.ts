/**
 * A reader of the parts of the ZIP format (PKWARE's APPNOTE 6.3.10) that NumPy and PyTorch write: files that are stored
 * or deflated, on one disk, not encrypted, with or without ZIP64. Sizes and checksums are read from the directory, so
 * files whose local header leaves them to a data descriptor can be read, too.
 *
 * fflate inflates files. The structure is read here, so that every size is checked before memory is allocated.
 */

import { shortened } from "@graddiff/core/internal";
import { Inflate } from "fflate";
import { allocate, decodeText, refuse, type Source } from "./source.ts";

/** The entry of a file in the directory of an archive. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  /** The offset of the local header of the file (`begin`), and the offset of its bytes (`data`). */
  readonly begin: number;
  readonly data: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** The ZIP64 end record, its length, and the locator between it and the ordinary end record. */
const LARGE_END = 0x06064b50;
const LARGE_END_BYTES = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
/** The identifier of the extra field with the ZIP64 numbers of an entry. */
const LARGE_FIELD = 1;

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

/** The number in a field of 4 bytes that means that its value is in the ZIP64 record or extra field. */
const ZIP64 = 0xffffffff;

/** The greatest ratio of inflated to deflated bytes (zlib, "Maximum Compression Factor"), except for small blocks. */
const MOST_INFLATED = 1032;

/** The name of a file in an archive, and a function that returns its bytes. */
export type Unzipped = readonly [name: string, read: () => Uint8Array];

/**
 * Returns the files of an archive, in the order of its directory.
 *
 * @param limit the greatest number of bytes of all files together.
 */
export function unzip(source: Source, file: Uint8Array, limit: number): Unzipped[] {
  const members = readDirectory(source, file);
  let total = 0;
  for (const { name, size } of members) {
    total += size;
    if (total > limit) {
      refuse(
        source,
        `at most ${limit} bytes of content`,
        `${total} and more with ${shortened(name)}`,
        "Allow more with the option limit",
      );
    }
  }
  return members.map((member) => [member.name, () => extract(source, file, member)]);
}

function readDirectory(source: Source, file: Uint8Array): Member[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { end, count, size, begin } = readEnd(source, view);
  if (begin + size !== end) {
    refuse(source, `a directory of ${size} bytes at ${begin}, as its end says`, `an end at ${end}`);
  }
  const members: Member[] = [];
  let at = begin;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY) {
      refuse(source, `a directory of ${count} files`, `no entry of file ${i}`);
    }
    const next =
      at +
      ENTRY_BYTES +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
    if (next > end) refuse(source, `a directory of ${size} bytes`, "an entry that is longer");
    members.push(readMember(source, file, view, at, begin));
    at = next;
  }
  if (at !== end) refuse(source, `a directory of ${count} files`, `${end - at} bytes more`);
  checkDisjoint(source, members);
  return members;
}

/** Searches for the end record backward from the end of the file, since a comment may follow the record. */
function findEnd(source: Source, view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  return refuse(
    source,
    "an archive with a directory at its end",
    `${view.byteLength} bytes without`,
  );
}

/** The directory as the end record describes it: the number of its files, and the offsets of its begin and end. */
interface Directory {
  readonly end: number;
  readonly count: number;
  readonly size: number;
  readonly begin: number;
}

function readEnd(source: Source, view: DataView): Directory {
  const end = findEnd(source, view);
  const locator = end - LOCATOR_BYTES;
  const isLarge = locator >= 0 && view.getUint32(locator, true) === LOCATOR;
  if (!isLarge) {
    const count = view.getUint16(end + 10, true);
    const disks = view.getUint32(end + 4, true);
    if (disks !== 0 || view.getUint16(end + 8, true) !== count) refuseDisks(source);
    return {
      end,
      count,
      size: view.getUint32(end + 12, true),
      begin: view.getUint32(end + 16, true),
    };
  }
  const large = locator - LARGE_END_BYTES;
  const isThere =
    large >= 0 &&
    view.getUint32(large, true) === LARGE_END &&
    numberAt(view, locator + 8) === large &&
    numberAt(view, large + 4) === LARGE_END_BYTES - 12;
  if (!isThere) refuse(source, "an end in the form ZIP64, as the archive says", "none");
  const count = numberAt(view, large + 32);
  const isWhole = view.getUint32(large + 16, true) === 0 && view.getUint32(large + 20, true) === 0;
  if (!isWhole || numberAt(view, large + 24) !== count) refuseDisks(source);
  return { end: large, count, size: numberAt(view, large + 40), begin: numberAt(view, large + 48) };
}

function refuseDisks(source: Source): never {
  return refuse(source, "an archive in one piece", "one of several disks");
}

/** Returns an integer of 8 bytes. Integers above 2⁵³ are rounded, but exceed the length of any file. */
const numberAt = (view: DataView, at: number) => Number(view.getBigUint64(at, true));

/** Reads an entry of the directory at `at` and the header that it leads to. */
function readMember(
  source: Source,
  file: Uint8Array,
  view: DataView,
  at: number,
  directory: number,
): Member {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const checksum = view.getUint32(at + 16, true);
  const nameLength = view.getUint16(at + 28, true);
  const name = decodeText(
    source,
    file.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength),
    "names",
  );
  const member = { ...source, argument: shortened(name) };
  const { packed, size, begin } = readSizes(member, view, at);
  if (flags & ENCRYPTED) refuse(member, "a file that is not encrypted", "one that is");
  if (method !== STORED && method !== DEFLATED) {
    refuse(member, "a file that is stored (0) or deflated (8)", `method ${method}`);
  }
  if (method === STORED && packed !== size) {
    refuse(member, `${size} bytes, as the directory says`, `${packed} stored`);
  }
  if (method === DEFLATED && size > (packed + 1) * MOST_INFLATED) {
    refuse(member, `at most ${MOST_INFLATED} bytes for each deflated one`, `${size} of ${packed}`);
  }
  if (begin + LOCAL_BYTES > directory || view.getUint32(begin, true) !== LOCAL) {
    refuse(member, `a file at ${begin}, as the directory says`, "none");
  }
  const localNameLength = view.getUint16(begin + 26, true);
  const data = begin + LOCAL_BYTES + localNameLength + view.getUint16(begin + 28, true);
  if (data + packed > directory) {
    refuse(member, `${packed} bytes before the directory`, `${Math.max(0, directory - data)}`);
  }
  const local = file.subarray(begin + LOCAL_BYTES, begin + LOCAL_BYTES + localNameLength);
  const alike =
    localNameLength === nameLength && local.every((byte, i) => byte === file[at + ENTRY_BYTES + i]);
  if (!alike) refuse(member, "one name in the directory and before the file", "two");
  return { name, method, checksum, packed, size, begin, data };
}

/**
 * Returns the sizes of a file and the offset of its header. Numbers that exceed 4 bytes are read from the extra field.
 */
function readSizes(source: Source, view: DataView, at: number) {
  const extra = at + ENTRY_BYTES + view.getUint16(at + 28, true);
  const end = extra + view.getUint16(at + 30, true);
  let field = extra;
  while (field + 4 <= end && view.getUint16(field, true) !== LARGE_FIELD) {
    field += 4 + view.getUint16(field + 2, true);
  }
  let next = field + 4;
  const last = field + 4 <= end ? next + view.getUint16(field + 2, true) : next;
  // The extra field has only the numbers that are missing in the entry, in this order.
  const [size, packed, begin] = [24, 20, 42].map((position) => {
    const value = view.getUint32(at + position, true);
    if (value !== ZIP64) return value;
    next += 8;
    if (next > last || next > end) refuse(source, "sizes in the form ZIP64", "none");
    return numberAt(view, next - 8);
  }) as [number, number, number];
  return { size, packed, begin };
}

/** Throws if files of an archive share bytes, by which a small archive could expand to a huge one. */
function checkDisjoint(source: Source, members: readonly Member[]): void {
  let end = 0;
  for (const { name, begin, data, packed } of members.toSorted((a, b) => a.begin - b.begin)) {
    if (begin < end) {
      refuse({ ...source, argument: shortened(name) }, "bytes of its own", "those of another file");
    }
    end = data + packed;
  }
}

function extract(source: Source, file: Uint8Array, member: Member): Uint8Array {
  const { name, method, checksum, packed, size, data } = member;
  const own = { ...source, argument: shortened(name) };
  const bytes = file.subarray(data, data + packed);
  const content = method === STORED ? bytes : inflate(own, bytes, size);
  const actual = crc32(content);
  if (actual !== checksum) {
    refuse(own, `the checksum ${hexadecimal(checksum)}`, hexadecimal(actual));
  }
  return content;
}

/** The number of deflated bytes after which the inflated size is checked. */
const PIECE = 2 ** 14;

function inflate(source: Source, bytes: Uint8Array, size: number): Uint8Array {
  const content = allocate(source, size);
  let at = 0;
  let tooLong = false;
  const stream = new Inflate((piece) => {
    tooLong ||= at + piece.length > size;
    if (!tooLong) content.set(piece, at);
    at += piece.length;
  });
  let fault: string | undefined;
  try {
    for (let from = 0; from < bytes.length && !tooLong; from += PIECE) {
      const to = from + PIECE;
      stream.push(bytes.subarray(from, to), to >= bytes.length);
    }
  } catch (error) {
    fault = error instanceof Error ? error.message : "others";
  }
  if (fault !== undefined) refuse(source, "deflated bytes", `some that are not: ${fault}`);
  if (tooLong || at !== size) {
    refuse(source, `${size} bytes, as the directory says`, tooLong ? "more" : `${at}`);
  }
  return content;
}

const CRC_TABLE = new Int32Array(256).map((_, i) => {
  let remainder = i;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** Returns the checksum of the ZIP format, CRC-32 (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let remainder = -1;
  for (let i = 0; i < bytes.length; i++) {
    const index = (remainder ^ (bytes[i] ?? 0)) & 255;
    remainder = (remainder >>> 8) ^ (CRC_TABLE[index] ?? 0);
  }
  return ~remainder >>> 0;
}

const hexadecimal = (value: number) => value.toString(16).padStart(8, "0");
