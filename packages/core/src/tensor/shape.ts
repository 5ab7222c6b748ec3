/**
 * Shapes, strides, axes and broadcasting. Tensors are contiguous and row-major: the last axis
 * runs fastest.
 */

import {
  ArgumentError,
  describe,
  describeList,
  formatShape,
  hintOfStatic,
  ShapeError,
} from "../errors.ts";

import { BYTES, type DType } from "./dtype.ts";

/** The length of each axis; `[]` is a scalar. */
export type Shape = readonly number[];

/** The one shape of scalars, so that comparing with it is cheap. */
export const SCALAR: Shape = Object.freeze([]);

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis] ?? 1;
  return size;
}

/** Returns the bytes of an array of a type. */
export function bytesOf({
  dtype,
  shape,
}: {
  readonly dtype: DType;
  readonly shape: Shape;
}): number {
  return BYTES[dtype] * sizeOf(shape);
}

/**
 * True if two shapes have the same lengths.
 *
 * @example
 * ```ts
 * import { sameShape } from "@graddiff/core/extend";
 *
 * console.log(sameShape([2, 3], [2, 3]), sameShape([2], [2, 1])); // true false
 * ```
 */
export function sameShape(first: Shape, second: Shape): boolean {
  return first === second || sameNumbers(first, second);
}

/** True if two lists have the same numbers in the same order. */
export function sameNumbers(first: readonly number[], second: readonly number[]): boolean {
  if (first.length !== second.length) return false;
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return false;
  return true;
}

/** Returns the stride of each axis in elements, for row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= at(shape, axis);
  }
  return strides;
}

/** Strides that read a tensor of `shape` as if it had the shape `target`: 0 along repeated axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((length, axis) => {
    const source = axis - missing;
    return source < 0 || (at(shape, source) === 1 && length !== 1) ? 0 : at(strides, source);
  });
}

/**
 * Returns the common shape of two: aligned at their last axes, lengths must agree or be 1.
 * @throws ShapeError if they do not.
 */
export function broadcastShapes(op: string, first: Shape, second: Shape): Shape {
  if (sameShape(first, second)) return first;
  const rank = Math.max(first.length, second.length);
  const result = new Array<number>(rank);
  for (let back = 1; back <= rank; back++) {
    const a = first[first.length - back] ?? 1;
    const b = second[second.length - back] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      const expected = "shapes that broadcast (from the last axis on, equal lengths or 1)";
      throw new ShapeError(op, "", expected, `${formatShape(first)} and ${formatShape(second)}`);
    }
    result[rank - back] = a === 1 ? b : a;
  }
  return result;
}

/**
 * True if a tensor of a shape can be repeated to another shape.
 *
 * @example
 * ```ts
 * import { broadcasts } from "@graddiff/core/extend";
 *
 * console.log(broadcasts([3], [2, 3]), broadcasts([2], [2, 3])); // true false
 * ```
 */
export function broadcasts(shape: Shape, target: Shape): boolean {
  const missing = target.length - shape.length;
  return missing >= 0 && shape.every((length, i) => length === 1 || length === target[i + missing]);
}

/** Returns the axes along which `shape` was repeated to become `target`: missing ones, and lengths of 1. */
export function repeatedAxes(shape: Shape, target: Shape): number[] {
  const missing = target.length - shape.length;
  const axes: number[] = [];
  target.forEach((length, axis) => {
    if (axis < missing || (shape[axis - missing] === 1 && length !== 1)) axes.push(axis);
  });
  return axes;
}

/** Returns an axis counted from the front for one counted from the end. */
export function normalizeAxis(op: string, axis: unknown, rank: number, argument = "axis"): number {
  if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const expected =
      rank === 0 ? "no axis, for a scalar has none" : `an integer from ${-rank} to ${rank - 1}`;
    throw new ShapeError(op, argument, expected, describe(axis), hintOfStatic(axis));
  }
  return axis < 0 ? axis + rank : axis;
}

/** Returns one axis, several, or (when undefined) all, sorted, from the front, each once. */
export function normalizeAxes(op: string, axes: unknown, rank: number): number[] {
  if (axes === undefined) {
    const all: number[] = [];
    for (let axis = 0; axis < rank; axis++) all.push(axis);
    return all;
  }
  if (typeof axes === "number") return [normalizeAxis(op, axes, rank)];
  const list = normalizeList(op, "axes", axes, rank);
  if (new Set(list).size !== list.length) {
    throw new ShapeError(op, "axes", "each axis once", `[${axes}]`);
  }
  return list.sort((a, b) => a - b);
}

/** Axes in the caller's order, from the front. */
export function normalizeList(op: string, argument: string, axes: unknown, rank: number): number[] {
  if (!Array.isArray(axes)) {
    const got = describe(axes);
    throw new ShapeError(op, argument, "an array of axes", got, hintOfStatic(axes));
  }
  // Array.from goes by an iterator, which takes a fifth of a microsecond.
  const list: number[] = [];
  for (let i = 0; i < axes.length; i++) list.push(normalizeAxis(op, axes[i], rank));
  return list;
}

/** Indices of elements are int32, on every runner. */
export const MOST_ELEMENTS = 2 ** 31 - 1;

/** NumPy's limit, too. More axes are a mistake, and every one costs all that walks over axes some time. */
export const MOST_AXES = 64;

/**
 * Checks that a caller's shape is an array of non-negative integers, and copies it. Without its zeros
 * it has at most 2³¹ − 1 elements, so that strides and indices are int32; and it has at most 64 axes.
 */
export function checkShape(op: string, argument: string, shape: unknown): Shape {
  if (!Array.isArray(shape)) throw noShape(op, argument, describe(shape));
  if (shape.length === 0) return SCALAR;
  const copy: number[] = [];
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const length: unknown = shape[axis];
    if (!isLength(length)) throw noShape(op, argument, describeList(shape), length);
    copy.push(length);
    size *= length || 1;
  }
  const limit = limitBeyond(op, argument, copy, size);
  if (limit) throw limit;
  return Object.freeze(copy);
}

/** Returns the error for a shape beyond the limits; `size` is the product of its lengths other than 0. */
function limitBeyond(
  op: string,
  argument: string,
  shape: Shape,
  size: number,
): ShapeError | undefined {
  if (shape.length > MOST_AXES) {
    return new ShapeError(op, argument, `at most ${MOST_AXES} axes`, String(shape.length));
  }
  if (size <= MOST_ELEMENTS) return undefined;
  return new ShapeError(op, argument, "at most 2^31 - 1 elements", formatShape(shape));
}

/**
 * Returns the type of a result, if its shape is within the limits of {@link checkShape}. The shape of the first input
 * was checked before.
 *
 * @throws ShapeError for a shape beyond the limits.
 */
export function resultWithin<Type extends { readonly shape: Shape }>(
  op: string,
  type: Type,
  first: { readonly shape: Shape } | undefined,
): Type {
  const { shape } = type;
  if (shape === first?.shape) return type;
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis] || 1;
  const limit = limitBeyond(op, "result", shape, size);
  if (limit) throw limit;
  return type;
}

function isLength(length: unknown): length is number {
  return typeof length === "number" && Number.isSafeInteger(length) && length >= 0;
}

function noShape(op: string, argument: string, got: string, length?: unknown): ShapeError {
  const expected = "an array of non-negative integers";
  return new ShapeError(op, argument, expected, got, hintOfStatic(length));
}

/**
 * `array[index]` where the caller knows that the index is inside.
 * The check costs nothing measurable and turns a wrong assumption into an error at its source.
 *
 * V8 keeps one record of the kinds of arrays that a function was given. This one sees all kinds, which
 * costs it some ten nanoseconds; code that runs for every node of a graph uses one of its kin below.
 */
export function at<T>(array: ArrayLike<T>, index: number): T {
  const element = array[index];
  if (element === undefined) throw outside(array, index);
  return element;
}

/** Returns the same for lists of objects, such as tensors and nodes. */
export function entryAt<T extends object>(list: readonly T[], index: number): T {
  const entry = list[index];
  if (entry === undefined) throw outside(list, index);
  return entry;
}

/** Returns the same for lists of numbers. */
export function numberAt(list: readonly number[], index: number): number {
  const element = list[index];
  if (element === undefined) throw outside(list, index);
  return element;
}

/** Returns the same for arrays of int32. */
export function int32At(array: Int32Array, index: number): number {
  const element = array[index];
  if (element === undefined) throw outside(array, index);
  return element;
}

/** Returns an index that is none. */
export function outside({ length }: ArrayLike<unknown>, index: number): ArgumentError {
  const expected = `an index below ${length}`;
  const hint = "This is a defect of graddiff; please report it";
  return new ArgumentError("internal indexing", "", expected, String(index), hint);
}
