/**
 * Readers of arguments and options that several folders of the package use. Some call a function of core, and replace
 * its name in errors by the name of the function that the user called.
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

/** Returns a copy of an error of core in which the name of the function is replaced. */
function renamed(op: string, error: unknown): unknown {
  if (!(error instanceof GraddiffError)) return error;
  const Kind = error.constructor as typeof ArgumentError;
  return new Kind({ ...error.complaint, op });
}

/** Runs `body`, and replaces the name of the function in its errors. */
export function naming<Result>(op: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw renamed(op, error);
  }
}

/**
 * Throws the error of an op for options of a layer that the op refuses.
 *
 * @param body calls the op with empty tensors. The op reads the options first, and refuses the tensors afterwards.
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

/**
 * Returns a copy of a shape. @throws ShapeError for a value that is not a shape, and for a shape that no tensor can have.
 */
export function readShape(op: string, shape: Shape): Shape {
  return naming(op, () => zeros(shape).shape);
}

/** The reader of a float dtype. */
export const readFloat = oneOf<"float32" | "float64">("float32", "float64");

/** The reader of a float dtype; undefined gives the default dtype. */
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

/** The readers of the options of windows, by which the constructors of layers refuse wrong ones. */
export const windowReaders = {
  stride: optional<number | number[] | undefined>(lengths, undefined),
  padding: optional(readPadding, 0),
  dilation: optional(lengths, 1),
};
