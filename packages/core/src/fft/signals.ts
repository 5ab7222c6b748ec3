/**
 * Signals as users pass them: a tensor of real numbers, or a pair of tensors; their axes and lengths.
 */

import {
  argumentError,
  integer,
  isPlainObject,
  oneOf,
  optional,
  positiveInteger,
  type Reader,
} from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { pad } from "../functions/parts.ts";
import { promoteInputs } from "../ops/promote.ts";
import { elementsAlong } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import { type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, normalizeAxis, normalizeList, sameShape } from "../tensor/shape.ts";
import { isTensor, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** Complex numbers: two tensors of one shape and dtype. */
export interface Complex {
  /** The real parts. */
  readonly real: Tensor;
  /** The imaginary parts. */
  readonly imaginary: Tensor;
}

/** Real numbers, or complex ones. */
export type Signal = TensorLike | Complex;

/** The scale of a transform and its inverse. */
export type Norm = "backward" | "ortho" | "forward";

/** Returns floats; other numbers are refused, since their cast would be a guess. */
export function readReal(op: string, argument: string, value: unknown): Tensor {
  const x = toTensor(op, argument, value);
  if (!isFloat(x.dtype) && !x.weak) {
    const hint = 'Cast first: x.cast("float32").';
    throw new DTypeError(op, argument, "float32 or float64", x.dtype, hint);
  }
  return x.weak ? promoteInputs(op, [x], "float")[0] : x;
}

/** Returns the float dtype of a signal that {@link readReal} has read. */
export function floatOf({ dtype }: Tensor): FloatDType {
  return dtype === "float64" ? "float64" : "float32";
}

/** Returns complex numbers; undefined for a tensor. */
export function readComplex(op: string, argument: string, value: unknown): Complex | undefined {
  if (isTensor(value) || typeof value === "number" || !isPlainObject(value)) return undefined;
  const names = Object.keys(value).filter((name) => name !== "real" && name !== "imaginary");
  if (names.length > 0 || value["real"] === undefined || value["imaginary"] === undefined) {
    throw argumentError(op, argument, "a tensor, or { real, imaginary } of tensors", value);
  }
  const [real, imaginary] = promoteInputs(
    op,
    [
      readReal(op, `${argument}.real`, value["real"]),
      readReal(op, `${argument}.imaginary`, value["imaginary"]),
    ],
    "float",
  );
  if (!sameShape(real.shape, imaginary.shape)) {
    const expected = "real and imaginary parts of one shape";
    const got = `${formatShape(real.shape)} and ${formatShape(imaginary.shape)}`;
    throw new ShapeError(op, argument, expected, got);
  }
  return { real, imaginary };
}

/** Returns a signal as complex numbers: real ones have zeros beside them. */
export function readSignal(op: string, argument: string, value: unknown): Complex {
  const pair = readComplex(op, argument, value);
  if (pair !== undefined) return pair;
  const real = readReal(op, argument, value);
  return { real, imaginary: zerosLike(real) };
}

/** Returns the result of a function of each part. */
export function eachPart({ real, imaginary }: Complex, fn: (part: Tensor) => Tensor): Complex {
  return { real: fn(real), imaginary: fn(imaginary) };
}

/** Multiplies complex numbers. */
export function multiplied(x: Complex, y: Complex): Complex {
  return {
    real: x.real.mul(y.real).sub(x.imaginary.mul(y.imaginary)),
    imaginary: x.real.mul(y.imaginary).add(x.imaginary.mul(y.real)),
  };
}

/** The options of functions that create floats. */
export interface FloatOptions {
  /** The element type. Default: float32, or what `setDefaultDType` has set. */
  readonly dtype?: FloatDType;
}

export const floatOptions = {
  dtype: optional<FloatDType, undefined>(oneOf("float32", "float64"), undefined),
};

/** The most elements of a transform or a window: tables have twice as many numbers. */
const LONGEST = 2 ** 24;

/** Returns a length that a transform can have. */
export const readLength: Reader<number> = (op, argument, value) => {
  const length = positiveInteger(op, argument, value);
  if (length <= LONGEST) return length;
  throw argumentError(op, argument, "at most 2^24 elements", value);
};

/** An axis of a transform, and the length that it gets. */
export interface Along {
  readonly axis: number;
  readonly length: number;
}

/** The reader of an option that may be left out. */
export const axisOption: Reader<number> = optional(integer, -1);
export const normOption: Reader<Norm> = optional<Norm>(
  oneOf<Norm>("backward", "ortho", "forward"),
  "backward",
);

/** A list, or undefined. */
export const listOption: Reader<readonly unknown[] | undefined> = (op, argument, value) => {
  if (value === undefined || Array.isArray(value)) return value;
  throw argumentError(op, argument, "a list", value);
};

export const lengthOption: Reader<number | undefined> = optional<number, undefined>(
  positiveInteger,
  undefined,
);

/** The options that name axes. */
export interface ChosenAxes {
  readonly axis: number | undefined;
  readonly axes: readonly unknown[] | undefined;
  readonly length: number | undefined;
  readonly lengths: readonly unknown[] | undefined;
}

/** The readers of {@link ChosenAxes}. */
export const axesOptions = {
  axis: optional<number, undefined>(integer, undefined),
  axes: listOption,
  length: lengthOption,
  lengths: listOption,
};

/**
 * Returns the axes that options name, in their order, each once, with the lengths of the transforms.
 *
 * @param lengthOf the default of a length, from that of the axis.
 */
export function readAlong(
  op: string,
  { shape, rank }: Tensor,
  { axis, axes, length, lengths }: ChosenAxes,
  lengthOf: (current: number, isLast: boolean) => number = (current) => current,
): readonly Along[] {
  if (axes !== undefined && (axis !== undefined || length !== undefined)) {
    const name = axis !== undefined ? "axis" : "length";
    const expected = "nothing beside axes";
    const hint = "One axis has { axis, length }, several have { axes, lengths }.";
    throw new ArgumentError(op, name, expected, describe(axis ?? length), hint);
  }
  if (axes === undefined && lengths !== undefined) {
    const expected = "axes beside it";
    const hint = "One axis has { axis, length }, several have { axes, lengths }.";
    throw new ArgumentError(op, "lengths", expected, describe(lengths), hint);
  }
  const list =
    axes === undefined
      ? [normalizeAxis(op, axis ?? -1, rank)]
      : normalizeList(op, "axes", axes, rank);
  if (list.length === 0 || new Set(list).size !== list.length) {
    throw new ShapeError(op, "axes", "at least one axis, each once", `[${axes}]`);
  }
  if (lengths !== undefined && lengths.length !== list.length) {
    const expected = `${list.length} lengths, one for each of axes`;
    throw new ArgumentError(op, "lengths", expected, describe(lengths));
  }
  return list.map((each, i) => {
    const current = at(shape, each);
    const requested =
      lengths === undefined ? length : positiveInteger(op, `lengths[${i}]`, lengths[i]);
    const n = requested ?? lengthOf(current, i === list.length - 1);
    if (current === 0 || n < 1) {
      throw new ShapeError(op, "x", `at least one element along axis ${each}`, formatShape(shape));
    }
    return { axis: each, length: readLength(op, "length", n) };
  });
}

/** Returns the one axis of an option, with its length. */
export function oneAxis(op: string, x: Tensor, axis: number): Along {
  const none = { axes: undefined, length: undefined, lengths: undefined };
  return at(readAlong(op, x, { axis, ...none }), 0);
}

/** Returns x with as many elements along an axis: its first ones, or zeros after them. */
export function resized(x: Tensor, axis: number, length: number): Tensor {
  const current = at(x.shape, axis);
  if (current === length) return x;
  if (current > length) return elementsAlong(x, axis, 0, length);
  const widths = x.shape.map((_, i): [number, number] => [0, i === axis ? length - current : 0]);
  return pad(x, widths);
}

/** Returns the divisor of a transform. */
export function divisorOf(norm: Norm, n: number, isInverse: boolean): number {
  if (norm === "ortho") return Math.sqrt(n);
  return (norm === "backward") === isInverse ? n : 1;
}
