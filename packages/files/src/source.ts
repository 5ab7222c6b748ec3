/** Helpers for bytes of callers, and for errors that name the function and the argument. */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";

/** The public function and the argument, or the part of a file, that an error names. */
export interface Source {
  /** The public function. */
  readonly op: string;
  /** The part of the file or of the arguments, such as the name of a tensor. */
  readonly argument: string;
}

/** Throws an ArgumentError for an argument, or for a part of a file. */
export function refuse(
  { op, argument }: Source,
  expected: string,
  got: string,
  hint?: string,
): never {
  throw new ArgumentError({ op, argument, expected, got, ...(hint && { hint }) });
}

/** Bytes: a Uint8Array, such as Node's Buffer, or an ArrayBuffer. Functions read them without a copy. */
export type Bytes = Uint8Array | ArrayBuffer;

/** Returns a view of the caller's bytes. */
export function readBytes(source: Source, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) {
    // A plain Uint8Array is made, since `slice` of a Buffer does not copy, and `slice` of a Uint8Array does.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return refuse(source, "a Uint8Array or an ArrayBuffer", describe(bytes));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the text of bytes in UTF-8. @param expected the name of the text, for an error. */
export function decodeText(source: Source, bytes: Uint8Array, expected: string): string {
  try {
    // The bytes are copied, because TextDecoder refuses shared memory.
    return decoder.decode(bytes.slice());
  } catch {
    return refuse(source, `${expected} in UTF-8`, "other bytes");
  }
}

/** True if a value can be a length or an offset in a file: an integer from 0. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Returns `size` bytes of zeros. @throws ArgumentError if JavaScript cannot allocate them. */
export function allocate(source: Source, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    return refuse(source, `memory for ${size} bytes`, "none: the array cannot be allocated");
  }
}
