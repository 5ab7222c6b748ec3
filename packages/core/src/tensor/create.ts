/**
 * Makes tensors: from nested arrays, typed arrays and numbers, and by pattern.
 * Numbers become float32 unless `dtype` says otherwise; typed arrays keep their dtype.
 */

import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import {
  allocate,
  checkDType,
  convert,
  type DType,
  dtypeOfArray,
  type TypedArray,
} from "./dtype.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import { type NestedArray, readArray, stored, Tensor } from "./tensor.ts";

/** How a new tensor is to be stored. */
export interface CreateOptions {
  /** The element type. Default: float32 (bool for booleans, a typed array's own). */
  readonly dtype?: DType;
}

/** As {@link CreateOptions}, with a shape for flat data. */
export interface TensorOptions extends CreateOptions {
  /** The shape; its size must be the number of elements. Default: that of the nesting. */
  readonly shape?: Shape;
}

/**
 * A tensor of the given elements.
 *
 * @param data nested arrays of numbers or booleans, a typed array (Float32Array, Float64Array,
 *   Int32Array; Uint8Array for bool), a number or a boolean. It is copied.
 * @param options `dtype`, `shape`.
 * @throws ShapeError if rows differ in length, or `shape` does not fit the elements.
 * @throws ArgumentError for elements that are no numbers.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([[1, 2, 3], [4, 5, 6]]).shape); // [ 2, 3 ]
 * console.log(tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "float64" }).dtype); // float64
 * console.log(String(tensor([0.5, 1.5]))); // [0.5 1.5]
 * ```
 */
export function tensor(
  data: NestedArray | TypedArray | Tensor,
  { dtype, shape }: TensorOptions = {},
): Tensor {
  if (dtype !== undefined) checkDType("tensor", dtype);
  if (data instanceof Tensor) {
    throw new ArgumentError({
      op: "tensor",
      argument: "data",
      expected: "numbers",
      got: describe(data),
      hint: "A Tensor can be used as it is; cast and reshape make others of it",
    });
  }
  const own = dtypeOfArray(data);
  const { elements, shape: nesting } =
    own === undefined
      ? flatten(data as NestedArray)
      : { elements: data as TypedArray, shape: [(data as TypedArray).length] };
  const target = shape === undefined ? nesting : checkShape("tensor", shape);
  if (sizeOf(target) !== elements.length) {
    throw new ShapeError({
      op: "tensor",
      argument: "shape",
      expected: `a shape of ${elements.length} elements`,
      got: formatShape(target),
    });
  }
  const type = dtype ?? own ?? (typeof elements[0] === "boolean" ? "bool" : "float32");
  return stored(checkShape("tensor", target), type, convertAll(elements, type));
}

function convertAll(elements: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  const result = allocate(dtype, elements.length);
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (typeof element === "boolean") result[i] = element ? 1 : 0;
    else if (typeof element === "number") result[i] = convert(element, dtype);
    else {
      throw new ArgumentError({
        op: "tensor",
        argument: "data",
        expected: "numbers or booleans",
        got: `${describe(element)} at position ${i}`,
      });
    }
  }
  return result;
}

/** Opens nested arrays level by level, checking that all rows of a level agree. */
function flatten(data: NestedArray): { elements: (number | boolean)[]; shape: number[] } {
  const shape: number[] = [];
  let level: readonly NestedArray[] = [data];
  while (level.length > 0 && level.some(Array.isArray)) {
    const lengths = new Set(level.map((row) => (Array.isArray(row) ? row.length : -1)));
    if (lengths.size > 1) {
      throw new ShapeError({
        op: "tensor",
        argument: "data",
        expected: `rows of equal length along axis ${shape.length}`,
        got: [...lengths].map((n) => (n < 0 ? "a number" : `length ${n}`)).join(" and "),
      });
    }
    shape.push([...lengths][0] ?? 0);
    level = level.flat(1) as readonly NestedArray[];
  }
  return { elements: level as (number | boolean)[], shape };
}

/**
 * A tensor filled with one value.
 * @param dtype default float32.
 */
export function full(
  shape: Shape,
  value: number,
  { dtype = "float32" }: CreateOptions = {},
): Tensor {
  return fill("full", shape, value, dtype);
}

function fill(op: string, shape: Shape, value: number, dtype: DType): Tensor {
  checkDType(op, dtype);
  if (typeof value !== "number") {
    throw new ArgumentError({
      op,
      argument: "value",
      expected: "a number",
      got: describe(value),
    });
  }
  const checked = checkShape(op, shape);
  return stored(checked, dtype, allocate(dtype, sizeOf(checked)).fill(convert(value, dtype)));
}

/** A tensor of zeros; dtype float32 unless given. */
export function zeros(shape: Shape, { dtype = "float32" }: CreateOptions = {}): Tensor {
  return fill("zeros", shape, 0, dtype);
}

/** A tensor of ones; dtype float32 unless given. */
export function ones(shape: Shape, { dtype = "float32" }: CreateOptions = {}): Tensor {
  return fill("ones", shape, 1, dtype);
}

/** Zeros of the shape and dtype of another tensor. */
export function zerosLike(like: Tensor): Tensor {
  return fullLike(like, 0);
}

/** Ones of the shape and dtype of another tensor. */
export function onesLike(like: Tensor): Tensor {
  return fullLike(like, 1);
}

function fullLike({ shape, dtype, weak }: Tensor, value: number): Tensor {
  const storage = shape.length === 0 ? value : allocate(dtype, sizeOf(shape)).fill(value);
  return stored(shape, dtype, storage, weak);
}

/**
 * The numbers from `start` (default 0) up to but without `stop`, `step` apart (default 1).
 *
 * @throws ArgumentError if `step` is 0 or an argument is not finite.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 *
 * console.log(String(arange(4)), String(arange(1, 2, { step: 0.25 }))); // [0. 1. 2. 3.] [1.   1.25 1.5  1.75]
 * ```
 */
export function arange(
  start: number,
  stop?: number,
  { step = 1, dtype = "float32" }: CreateOptions & { readonly step?: number } = {},
): Tensor {
  checkDType("arange", dtype);
  const [first, end] = stop === undefined ? [0, start] : [start, stop];
  checkFinite("arange", { start: first, stop: end, step });
  if (step === 0) {
    throw new ArgumentError({ op: "arange", argument: "step", expected: "not 0", got: "0" });
  }
  const length = Math.max(0, Math.ceil((end - first) / step));
  return generate([length], dtype, (i) => first + i * step);
}

/**
 * `count` numbers evenly from `start` to `stop`, both included.
 * @throws ArgumentError if `count` is no non-negative integer, or an end is not finite.
 */
export function linspace(
  start: number,
  stop: number,
  count: number,
  { dtype = "float32" }: CreateOptions = {},
): Tensor {
  checkDType("linspace", dtype);
  checkFinite("linspace", { start, stop });
  checkCount("linspace", { count });
  const step = (stop - start) / Math.max(1, count - 1);
  return generate([count], dtype, (i) => (i === count - 1 && count > 1 ? stop : start + i * step));
}

/** The identity matrix of `rows` × `columns` (default square). */
export function eye(
  rows: number,
  columns: number = rows,
  { dtype = "float32" }: CreateOptions = {},
): Tensor {
  checkDType("eye", dtype);
  checkCount("eye", { rows, columns });
  return generate([rows, columns], dtype, (i) => (Math.floor(i / columns) === i % columns ? 1 : 0));
}

/** A tensor whose element `i` in row-major order is `element(i)`. @internal */
export function generate(shape: Shape, dtype: DType, element: (index: number) => number): Tensor {
  const checked = checkShape("generate", shape);
  const data = allocate(dtype, sizeOf(checked));
  for (let i = 0; i < data.length; i++) data[i] = convert(element(i), dtype);
  return stored(checked, dtype, data);
}

function checkCount(op: string, counts: Readonly<Record<string, number>>): void {
  for (const [argument, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ArgumentError({
        op,
        argument,
        expected: "a non-negative integer",
        got: describe(count),
      });
    }
  }
}

function checkFinite(op: string, values: Readonly<Record<string, number>>): void {
  for (const [argument, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) {
      throw new ArgumentError({ op, argument, expected: "a finite number", got: describe(value) });
    }
  }
}

/** How far two tensors may differ, see {@link allClose}. */
export interface Tolerance {
  /** Relative to the size of the second. Default 1e-5. */
  readonly relative?: number;
  /** Absolute. Default 1e-8. */
  readonly absolute?: number;
}

/**
 * Whether two tensors have one shape and every pair of elements differs by at most
 * `absolute + relative · |second|`. NaN is close to nothing, an infinity to itself.
 *
 * @example
 * ```ts
 * import { allClose, tensor } from "@graddiff/core";
 *
 * console.log(allClose(tensor([1, 2]), tensor([1, 2.000001]))); // true
 * ```
 */
export function allClose(
  first: Tensor | number,
  second: Tensor | number,
  { relative = 1e-5, absolute = 1e-8 }: Tolerance = {},
): boolean {
  const a = typeof first === "number" ? full([], first, { dtype: "float64" }) : first;
  const b = typeof second === "number" ? full([], second, { dtype: "float64" }) : second;
  if (a.shape.length !== b.shape.length || a.shape.some((length, i) => length !== b.shape[i])) {
    return false;
  }
  const x = readArray(a, "allClose");
  const y = readArray(b, "allClose");
  return x.every((value, i) => {
    const other = y[i] ?? Number.NaN;
    return value === other || Math.abs(value - other) <= absolute + relative * Math.abs(other);
  });
}
