/** Reading of arguments that several solvers have, and of elements and names for their errors. */

import { DTypeError, RecordingError, ShapeError, type Tensor } from "@graddiff/core";
import { oneOf, type Reader } from "@graddiff/core/extend";

/** Reads the dtype in which a solver computes; float64 unless the option says otherwise. */
export const readDType: Reader<"float64" | "float32"> = (op, argument, value) =>
  value === undefined ? "float64" : oneOf("float64", "float32")(op, argument, value);

/** Returns the elements of a tensor; undefined for a recorded tensor, which has no values. */
export function elementsOf(tensor: Tensor): readonly number[] | undefined {
  try {
    return Array.from(tensor.data());
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

/** Returns the name of a leaf of an argument, such as `start.weights[0]`. */
export function nameOf(argument: string, path: string): string {
  return path === "" || path.startsWith("[") ? `${argument}${path}` : `${argument}.${path}`;
}

export function refuseType(op: string, argument: string, expected: string, got: string): never {
  throw new DTypeError({ op, argument, expected, got });
}

export function refuseShape(op: string, argument: string, expected: string, got: string): never {
  throw new ShapeError({ op, argument, expected, got });
}
