/**
 * The elements that callers bring: nested arrays, as JavaScript writes matrices, and typed arrays of any
 * width, also as the rows of a matrix.
 */

import { ArgumentError, describe, ShapeError } from "../errors.ts";
import { convert, type DType, isInt32, notInt32, type TypedArray } from "./dtype.ts";
import type { NestedArray } from "./nested.ts";
import { MOST_AXES } from "./shape.ts";

/** A typed array of numbers: pixels are Uint8 or Uint8Clamped, ids and times may be of 64 bits. */
export type NumberArray =
  | TypedArray
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The argument of `tensor`: nested arrays, whose innermost rows may be typed arrays. */
export type TensorData = NestedArray | NumberArray | readonly TensorData[];

/** The elements that were read from nested lists or a typed array. */
export interface Elements {
  readonly elements: ArrayLike<unknown>;
  /** The lengths of the nesting. */
  readonly shape: readonly number[];
  /** The dtype of the typed arrays in the data; undefined without any. */
  readonly dtype: DType | undefined;
}

/**
 * Opens nested arrays level by level, checking that all rows of a level agree. A hole becomes undefined,
 * which is no element.
 *
 * @param dtype the dtype of the new tensor, if the caller has set one: then rows may have different dtypes.
 */
export function readElements(data: unknown, dtype: DType | undefined): Elements {
  const typeOfNumbers = dtypeOfNumbers(data);
  if (typeOfNumbers !== undefined) {
    const elements = numbersOf(data as NumberArray);
    return { elements, shape: [elements.length], dtype: typeOfNumbers };
  }
  const shape: number[] = [];
  // The first row of each level, to detect arrays that contain themselves.
  const firsts = new Set<unknown>();
  let level: readonly unknown[] = [data];
  let dtypes = dtypesOf(level);
  while (dtypes.size === 0 && level.some(Array.isArray)) {
    if (firsts.has(level[0])) {
      throw unsuitable("arrays of a finite depth", "one that contains itself");
    }
    if (firsts.size === MOST_AXES) {
      throw unsuitable(`arrays nested at most ${MOST_AXES} deep`, "deeper ones");
    }
    firsts.add(level[0]);
    level = open(level, shape);
    dtypes = dtypesOf(level);
  }
  if (dtypes.size === 0) return { elements: level, shape, dtype: undefined };
  const [first] = dtypes;
  const mixed = dtypes.size > 1 || level.some(Array.isArray);
  if (mixed && dtype === undefined) {
    const expected = "rows of one kind of array, or a dtype";
    const got = `${[...new Set(level.map(kindOfRow))].join(" and ")}`;
    const hint = 'Say which one, as in { dtype: "float32" }';
    throw new ArgumentError("tensor", "data", expected, got, hint);
  }
  return { elements: open(level, shape), shape, dtype: first };
}

/** Returns the dtypes of the typed arrays among some rows. */
function dtypesOf(rows: readonly unknown[]): ReadonlySet<DType> {
  let dtypes: Set<DType> | undefined;
  for (let i = 0; i < rows.length; i++) {
    // Elements, of which there are many more than rows, are no objects.
    const dtype = typeof rows[i] === "object" ? dtypeOfNumbers(rows[i]) : undefined;
    if (dtype === undefined) continue;
    dtypes ??= new Set();
    dtypes.add(dtype);
  }
  return dtypes ?? NONE;
}

const NONE: ReadonlySet<DType> = new Set();

/** Returns the elements of all rows of a level, whose common length is one more axis. */
function open(level: readonly unknown[], shape: number[]): unknown[] {
  const rows = level.map((row) =>
    dtypeOfNumbers(row) === undefined ? row : numbersOf(row as NumberArray),
  );
  const lengths = new Set(rows.map((row) => (isRow(row) ? row.length : undefined)));
  const [length, other] = lengths;
  if (length === undefined || lengths.size > 1) {
    const got = [length, other].map((n) => (n === undefined ? "an element" : `length ${n}`));
    throw unsuitable(`rows of equal length along axis ${shape.length}`, got.join(" and "));
  }
  shape.push(length);
  const elements: unknown[] = [];
  // As `flat(1)`, which leaves out the holes.
  for (const row of rows as ArrayLike<unknown>[]) {
    for (let i = 0; i < row.length; i++) elements.push(row[i]);
  }
  return elements;
}

function isRow(row: unknown): row is ArrayLike<unknown> {
  return Array.isArray(row) || ArrayBuffer.isView(row);
}

function kindOfRow(row: unknown): string {
  return isRow(row) ? (row.constructor?.name ?? "an array") : "elements";
}

function unsuitable(expected: string, got: string): ShapeError {
  return new ShapeError("tensor", "data", expected, got);
}

/**
 * Returns the dtype that a typed array becomes: integers of every width are int32, since a byte is a pixel far more
 * often than a boolean. `undefined` for arrays without numbers, such as a DataView.
 */
function dtypeOfNumbers(array: unknown): DType | undefined {
  if (!ArrayBuffer.isView(array) || array instanceof DataView) return undefined;
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Float32Array) return "float32";
  // Not every host has Float16Array yet.
  const { [Symbol.toStringTag]: tag } = array as { readonly [Symbol.toStringTag]?: unknown };
  return tag === "Float16Array" ? "float32" : "int32";
}

function isBig(array: unknown): array is BigInt64Array | BigUint64Array {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

/** Returns the numbers of a typed array that still has them. */
function numbersOf(array: NumberArray): ArrayLike<number> {
  if (isDetached(array)) {
    const expected = "an array that has its elements";
    const got = "one that was transferred to another thread";
    throw new ArgumentError("tensor", "data", expected, got);
  }
  return isBig(array) ? Array.from(array as ArrayLike<bigint>, exactNumber) : array;
}

function exactNumber(value: bigint, position: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const expected = "integers of at most 53 bits, which a float64 holds";
  throw new ArgumentError("tensor", "data", expected, `${describe(value)} at position ${position}`);
}

/** True if the elements of an array went away with its buffer, which leaves a length of 0. */
function isDetached({ length, buffer }: NumberArray): boolean {
  if (length > 0) return false;
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}

/**
 * Writes elements into an array of a dtype. @throws ArgumentError for an element that is neither a number nor a
 * boolean.
 */
export function convertElements(
  { elements }: Elements,
  dtype: DType,
  result: TypedArray,
): TypedArray {
  // Arrays of the dtype are copied at once, but for bytes of bools, which may be others than 0 and 1.
  if (dtype !== "bool" && elements instanceof result.constructor) {
    result.set(elements as never);
    return result;
  }
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (typeof element === "boolean") result[i] = element ? 1 : 0;
    else if (typeof element !== "number") {
      const expected = "numbers or booleans";
      throw new ArgumentError("tensor", "data", expected, `${describe(element)} at position ${i}`);
    } else if (dtype === "int32" && !isInt32(element)) {
      throw notInt32("tensor", "data", element, ` at position ${i}`);
    } else result[i] = convert(element, dtype);
  }
  return result;
}
