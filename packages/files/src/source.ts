/**
 * Where bytes come from, for errors that name the function and the place in the file.
 */

import { ArgumentError } from "@graddiff/core";

/** What is being read or written. */
export interface Source {
  /** The public function. */
  readonly op: string;
  /** The part of the file or of the arguments, such as the name of a tensor. */
  readonly place: string;
}

/** Refuses what stands at a place. */
export function refuse({ op, place }: Source, expected: string, got: string, hint?: string): never {
  throw new ArgumentError({ op, argument: place, expected, got, ...(hint && { hint }) });
}

/** Bytes of a caller: a Uint8Array, Node's Buffer among them, or an ArrayBuffer. Not a copy. */
export type Bytes = Uint8Array | ArrayBuffer;

/** A view of the caller's bytes. */
export function readBytes(source: Source, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) {
    // A Buffer's slice is no copy, as that of a Uint8Array is.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return refuse(source, "a Uint8Array or an ArrayBuffer", describe(bytes));
}

/** Bytes of zeros. @throws ArgumentError where the engine has no memory for them. */
export function allocate(source: Source, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    return refuse(source, `memory for ${size} bytes`, "none: the array cannot be allocated");
  }
}

/** Options as a plain object, whose names are known. */
export function readOptions(
  op: string,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const source = { op, place: "options" };
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    refuse(source, "an object of options", describe(options));
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    refuse(source, `no others than ${known.join(", ")}`, JSON.stringify(unknown));
  }
  return { ...options };
}

/** Longer texts are cut in messages. */
const LONGEST = 60;

/** Names a value in a message. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `an instance of ${name}` : "an object";
}

/** A text of a file, as much as a message has room for. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
