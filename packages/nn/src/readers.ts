/**
 * Readers of arguments and options that several parts of the package have. What a function of core reads, it reads here, too: its
 * errors get the name of the function that was called.
 */

import { type ArgumentError, defaultDType, GraddiffError, type Shape, zeros } from "@graddiff/core";
import {
  argumentError,
  listOf,
  nonNegativeInteger,
  oneOf,
  oneOrMany,
  optional,
  positiveInteger,
  type Reader,
} from "@graddiff/core/extend";

/** Returns an error of a function of core with the name of another function. */
function renamed(op: string, error: unknown): unknown {
  if (!(error instanceof GraddiffError)) return error;
  const Kind = error.constructor as typeof ArgumentError;
  return new Kind({ ...error.complaint, op });
}

/** Runs `body`, whose errors get the name of a function. */
export function naming<Result>(op: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw renamed(op, error);
  }
}

/**
 * Refuses options of a layer that its op refuses.
 *
 * @param body calls the op with tensors without elements, which it refuses as x or weight once it has read the options.
 */
export function checkOptions(layer: string, body: () => unknown): void {
  try {
    body();
  } catch (error) {
    const isOfTensors =
      error instanceof GraddiffError && /^(x|weight)$/.test(error.complaint.argument ?? "");
    if (!isOfTensors) throw renamed(layer, error);
  }
}

/** Returns a copy of a shape. @throws ShapeError for what is none, and for one that no tensor can have. */
export function readShape(op: string, shape: Shape): Shape {
  return naming(op, () => zeros(shape).shape);
}

/** A dtype with fractions. */
export const readFloat = oneOf<"float32" | "float64">("float32", "float64");

/** A dtype with fractions, the default where it is left out. */
export const readFloatOrDefault: typeof readFloat = (op, argument, value) =>
  value === undefined ? defaultDType() : readFloat(op, argument, value);

/** Returns one number for each axis. */
export function perAxis(
  op: string,
  argument: string,
  value: number | readonly number[],
  axes: number,
): readonly number[] {
  if (typeof value === "number") return Array.from({ length: axes }, () => value);
  if (value.length === axes) return value;
  throw argumentError(op, argument, `one number, or ${axes}`, value);
}

const lengths = oneOrMany(positiveInteger);

/** Returns the length of a window along each axis. */
export function readLengths(op: string, axes: number, size: unknown): readonly number[] {
  return perAxis(op, "size", lengths(op, "size", size), axes);
}

const pair = listOf(nonNegativeInteger, "a pair of numbers, before and after");

const readPadding: Reader<unknown> = (op, argument, value) => {
  if (typeof value === "string") return oneOf("same", "valid")(op, argument, value);
  if (!Array.isArray(value)) return nonNegativeInteger(op, argument, value);
  for (const each of value) (Array.isArray(each) ? pair : nonNegativeInteger)(op, argument, each);
  return value;
};

/** The readers of the options of windows, which a layer refuses where it is made. */
export const windowReaders = {
  stride: optional<number | number[] | undefined>(lengths, undefined),
  padding: optional(readPadding, 0),
  dilation: optional(lengths, 1),
};
