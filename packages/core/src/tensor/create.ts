/**
 * Makes tensors: from nested arrays, typed arrays and numbers, and as symbolic constants, which take no memory until
 * their elements are read. Numbers become the default dtype, float32, unless `dtype` says otherwise; typed arrays keep
 * theirs.
 */

import {
  anyNumber,
  finite,
  isPlainObject,
  nonNegativeInteger,
  numberThat,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { defaultDType } from "./defaultDType.ts";
import { allocate, convert, type DType, isInt32, notInt32, readDType } from "./dtype.ts";
import { convertElements, readElements, type TensorData } from "./elements.ts";
import { checkShape, type Shape, sameShape, sizeOf } from "./shape.ts";
import { patterned, type Rule } from "./symbolicConstant.ts";
import { readArray, stored, Tensor, toTensor } from "./tensor.ts";

/** The dtype of a new tensor. */
export interface CreateOptions {
  /**
   * The element type. Default: float32, or what {@link setDefaultDType} has set; bool for booleans; of typed arrays
   * see {@link tensor}.
   */
  readonly dtype?: DType;
}

/** As {@link CreateOptions}, with a shape for flat data. */
export interface TensorOptions extends CreateOptions {
  /** The shape; its size must be the number of elements. Default: that of the nesting. */
  readonly shape?: Shape;
}

const creation = optional<DType, undefined>(readDType, undefined);
const readCreate = optionsReader({ dtype: creation });
const readTensor = optionsReader({
  dtype: creation,
  shape: optional(checkShape, undefined),
});

/**
 * Returns a tensor of the given elements.
 *
 * Numbers become float32, or the default that {@link setDefaultDType} has set, and booleans bool. A typed array keeps
 * its dtype, and integers of any width become int32, so the bytes of pixels are numbers. `dtype: "bool"` makes booleans
 * of them, which the array that `data()` of a bool tensor returned needs. Rows may be typed arrays, too.
 *
 * @param data nested arrays of numbers or booleans, a typed array or an array of them, a number or a boolean.
 *   It is copied.
 * @param options `dtype`, `shape`.
 * @throws ShapeError if rows differ in length, are nested more than 64 deep, or `shape` does not fit the
 *   elements.
 * @throws ArgumentError for elements that are no numbers, integers of 32 or 64 bits that do not fit the dtype,
 *   and rows of different typed arrays without a `dtype`.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([[1, 2, 3], [4, 5, 6]]).shape); // [ 2, 3 ]
 * console.log(tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "float64" }).dtype); // float64
 * console.log(String(tensor([0.5, 1.5]))); // [0.5 1.5]
 * console.log(String(tensor(Uint8Array.of(1, 255)))); // [  1 255]
 * console.log(tensor([Float64Array.of(1, 2), Float64Array.of(3, 4)]).shape); // [ 2, 2 ]
 * ```
 */
export function tensor(data: TensorData, options?: TensorOptions): Tensor {
  refuseSurplus("tensor", 2, arguments);
  const { dtype, shape } = readTensor("tensor", options);
  if (data instanceof Tensor) {
    const hint = "A Tensor can be used as it is; cast and reshape make others of it";
    throw new ArgumentError("tensor", "data", "numbers", describe(data), hint);
  }
  const read = readElements(data, dtype);
  const target = shape ?? checkShape("tensor", "data", read.shape);
  const { length } = read.elements;
  if (sizeOf(target) !== length) {
    throw new ShapeError("tensor", "shape", `a shape of ${length} elements`, formatShape(target));
  }
  const ofElements = typeof read.elements[0] === "boolean" ? "bool" : defaultDType();
  const type = dtype ?? read.dtype ?? ofElements;
  return stored(target, type, convertElements(read, type, allocate(type, length)));
}

/**
 * Returns a tensor filled with one value.
 * @param options `dtype`: default float32, see {@link setDefaultDType}.
 * @example
 * ```ts
 * import { full } from "@graddiff/core";
 *
 * console.log(String(full([3], 7))); // [7. 7. 7.]
 * ```
 */
export function full(shape: Shape, value: number, options?: CreateOptions): Tensor {
  refuseSurplus("full", 3, arguments);
  return fill("full", shape, anyNumber("full", "value", value), options);
}

function fill(op: string, shape: Shape, value: number, options?: CreateOptions): Tensor {
  const checked = checkShape(op, "shape", shape);
  const { dtype = defaultDType() } = readCreate(op, options);
  if (dtype === "int32" && !isInt32(value)) throw notInt32(op, "value", value);
  return patterned(checked, dtype, { kind: "value", value: convert(value, dtype) });
}

/**
 * Returns a tensor of zeros; its dtype is float32, or the default that is set, unless given.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 *
 * console.log(String(zeros([3]))); // [0. 0. 0.]
 * ```
 */
export function zeros(shape: Shape, options?: CreateOptions): Tensor {
  refuseSurplus("zeros", 2, arguments);
  return fill("zeros", shape, 0, options);
}

/**
 * Returns a tensor of ones; its dtype is float32, or the default that is set, unless given.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 *
 * console.log(String(ones([3]))); // [1. 1. 1.]
 * ```
 */
export function ones(shape: Shape, options?: CreateOptions): Tensor {
  refuseSurplus("ones", 2, arguments);
  return fill("ones", shape, 1, options);
}

/**
 * Zeros of the shape and dtype of another tensor.
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from "@graddiff/core";
 *
 * console.log(String(zerosLike(tensor([4, 5])))); // [0. 0.]
 * ```
 */
export function zerosLike(like: Tensor): Tensor {
  refuseSurplus("zerosLike", 1, arguments);
  return fullLike("zerosLike", like, 0);
}

/**
 * Ones of the shape and dtype of another tensor.
 *
 * @example
 * ```ts
 * import { onesLike, tensor } from "@graddiff/core";
 *
 * console.log(String(onesLike(tensor([4, 5])))); // [1. 1.]
 * ```
 */
export function onesLike(like: Tensor): Tensor {
  refuseSurplus("onesLike", 1, arguments);
  return fullLike("onesLike", like, 1);
}

function fullLike(op: string, like: Tensor, value: number): Tensor {
  const { shape, dtype, weak } = toTensor(op, "like", like);
  return patterned(shape, dtype, { kind: "value", value }, weak);
}

/** @throws ArgumentError for the first number of a range that an int32 would change. */
function checkRange(op: string, dtype: DType, start: number, step: number, length: number): void {
  if (dtype !== "int32" || length === 0) return;
  // If the first two are integers, so are the others.
  for (const i of [0, Math.min(1, length - 1), length - 1]) {
    const value = start + i * step;
    if (!isInt32(value)) throw notInt32(op, "dtype", value, ` at position ${i}`);
  }
}

/** The last argument of {@link arange}. */
export interface RangeOptions extends CreateOptions {
  /** The distance of two neighbouring numbers. Default 1. */
  readonly step?: number;
}

/**
 * Returns the numbers from 0 up to but without `stop`, at distances of 1 or the option `step`.
 *
 * @param options `dtype` (the default dtype where it is left out, also of whole numbers), `step`.
 * @throws ArgumentError if `step` is 0 or an argument is not finite.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 *
 * console.log(String(arange(4)), String(arange(1, 2, { step: 0.25 }))); // [0. 1. 2. 3.] [1.   1.25 1.5  1.75]
 * console.log(String(arange(4, { dtype: "int32" }))); // [0 1 2 3]
 * ```
 */
export function arange(stop: number, options?: RangeOptions): Tensor;
/** Returns the numbers from the first argument, `start`, up to but without `stop`; see the other form. */
export function arange(start: number, stop: number | undefined, options?: RangeOptions): Tensor;
export function arange(
  start: number,
  second?: number | RangeOptions,
  third?: RangeOptions,
): Tensor {
  refuseSurplus("arange", 3, arguments);
  const isRange = third !== undefined || !isPlainObject(second);
  const [stop, options] = isRange ? [second, third] : [undefined, second];
  const { step, dtype = defaultDType() } = readRange("arange", options);
  const first = stop === undefined ? 0 : finite("arange", "start", start);
  const end = finite("arange", "stop", stop === undefined ? start : stop);
  const length = Math.max(0, Math.ceil((end - first) / step));
  const rule: Rule = { kind: "range", start: first, step, last: undefined };
  checkRange("arange", dtype, first, step, length);
  return patterned(checkShape("arange", "shape", [length]), dtype, rule);
}

const isStep = (step: number) => Number.isFinite(step) && step !== 0;
const readRange = optionsReader({
  dtype: creation,
  step: optional(numberThat(isStep, "a finite number other than 0"), 1),
});

/**
 * `count` numbers evenly from `start` to `stop`, both included.
 * @throws ArgumentError if `count` is no non-negative integer, or an end is not finite.
 * @example
 * ```ts
 * import { linspace } from "@graddiff/core";
 *
 * console.log(String(linspace(0, 1, 5))); // [0.   0.25 0.5  0.75 1.  ]
 * ```
 */
export function linspace(
  start: number,
  stop: number,
  count: number,
  options?: CreateOptions,
): Tensor {
  refuseSurplus("linspace", 4, arguments);
  const { dtype = defaultDType() } = readCreate("linspace", options);
  finite("linspace", "start", start);
  finite("linspace", "stop", stop);
  nonNegativeInteger("linspace", "count", count);
  const step = (stop - start) / Math.max(1, count - 1);
  const rule: Rule = { kind: "range", start, step, last: count > 1 ? stop : undefined };
  checkRange("linspace", dtype, start, step, count);
  return patterned(checkShape("linspace", "shape", [count]), dtype, rule);
}

/**
 * Returns the identity matrix of `rows` × `rows`.
 *
 * @param options `dtype`, default float32.
 * @throws ArgumentError if a length is no non-negative integer.
 * @example
 * ```ts
 * import { eye } from "@graddiff/core";
 *
 * console.log(eye(2).toArray()); // [ [ 1, 0 ], [ 0, 1 ] ]
 * console.log(eye(2, 3, { dtype: "int32" }).toArray()); // [ [ 1, 0, 0 ], [ 0, 1, 0 ] ]
 * ```
 */
export function eye(rows: number, options?: CreateOptions): Tensor;
/** Returns ones on the diagonal of a matrix of `rows` × `columns`; see the other form. */
export function eye(rows: number, columns: number | undefined, options?: CreateOptions): Tensor;
export function eye(rows: number, second?: number | CreateOptions, third?: CreateOptions): Tensor {
  refuseSurplus("eye", 3, arguments);
  const isSquare = third === undefined && isPlainObject(second);
  const [columns = rows, options] = isSquare ? [undefined, second] : [second, third];
  const { dtype = defaultDType() } = readCreate("eye", options);
  nonNegativeInteger("eye", "rows", rows);
  const count = nonNegativeInteger("eye", "columns", columns);
  const shape = checkShape("eye", "shape", [rows, count]);
  return patterned(shape, dtype, { kind: "identity", rows, columns: count });
}

/** Returns a tensor whose element `i` in row-major order is `element(i)`. @internal */
export function generate(
  op: string,
  shape: Shape,
  dtype: DType,
  element: (index: number) => number,
): Tensor {
  const checked = checkShape(op, "shape", shape);
  const data = allocate(dtype, sizeOf(checked), op);
  for (let i = 0; i < data.length; i++) data[i] = convert(element(i), dtype);
  return stored(checked, dtype, data);
}

/** The tolerances of {@link allClose}. */
export interface Tolerance {
  /** Relative to the size of the second. Default 1e-5. */
  readonly relative?: number;
  /** Absolute. Default 1e-8. */
  readonly absolute?: number;
}

const difference = numberThat((value) => value >= 0, "a number from 0");
const readTolerance = optionsReader({
  relative: optional(difference, 1e-5),
  absolute: optional(difference, 1e-8),
});

/**
 * True if two tensors have one shape and every pair of elements differs by at most
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
  options?: Tolerance,
): boolean {
  refuseSurplus("allClose", 3, arguments);
  const { relative, absolute } = readTolerance("allClose", options);
  const a = toTensor("allClose", "first", first);
  const b = toTensor("allClose", "second", second);
  if (!sameShape(a.shape, b.shape)) return false;
  const x = readArray(a, "allClose");
  const y = readArray(b, "allClose");
  return x.every((value, i) => {
    const other = y[i] ?? Number.NaN;
    return value === other || Math.abs(value - other) <= absolute + relative * Math.abs(other);
  });
}
