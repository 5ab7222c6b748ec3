/** The source of bytes, for errors that name the function and the argument. */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";

/** The function that reads or writes, and the argument, or the part of the file. */
export interface Source {
  /** The public function. */
  readonly op: string;
  /** The part of the file or of the arguments, such as the name of a tensor. */
  readonly argument: string;
}

/** Refuses an argument, or a part of a file. */
export function refuse(
  { op, argument }: Source,
  expected: string,
  got: string,
  hint?: string,
): never {
  throw new ArgumentError({ op, argument, expected, got, ...(hint && { hint }) });
}

/** Bytes of a caller: a Uint8Array, Node's Buffer among them, or an ArrayBuffer. Not a copy. */
export type Bytes = Uint8Array | ArrayBuffer;

/** Returns a view of the caller's bytes. */
export function readBytes(source: Source, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) {
    // A Buffer's slice is no copy, as that of a Uint8Array is.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return refuse(source, "a Uint8Array or an ArrayBuffer", describe(bytes));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns a text of bytes in UTF-8. @param expected the name of the text, for an error. */
export function decodeText(source: Source, bytes: Uint8Array, expected: string): string {
  try {
    // A copy, since memory that threads share is not decoded.
    return decoder.decode(bytes.slice());
  } catch {
    return refuse(source, `${expected} in UTF-8`, "other bytes");
  }
}

/** True if a number may be a length or an offset of a file: a whole number from 0. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Bytes of zeros. @throws ArgumentError where JavaScript has no memory for them. */
export function allocate(source: Source, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    return refuse(source, `memory for ${size} bytes`, "none: the array cannot be allocated");
  }
}
