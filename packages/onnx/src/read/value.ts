/** The value of a name while a model runs: a tensor, and the type of its elements in the model. */

import { bitwiseAnd, leftShift, rightShift, type Tensor } from "@graddiff/core";
import { type ElementType, isFloatType, narrowRange } from "./types.ts";

/** A tensor of the type of elements that the model names, which core may not have. */
export interface Value {
  readonly type: ElementType;
  readonly tensor: Tensor;
  /**
   * The elements of the value, if they follow only from shapes and constants. They can be read while a function is
   * recorded, when its tensors cannot: see `folding.ts`.
   */
  readonly known?: readonly number[];
  /** The number of elements, if the tensor is made only when it is read. */
  readonly size?: number;
  /** The integers as floats, through which gradients pass: see `operators/quantised.ts`. */
  readonly real?: Tensor;
}

/** The most elements of a value that stay known: shapes and indices have few. */
export const MOST_KNOWN = 4096;

/** Returns a constant of a model. Its elements are copied when they are requested. */
export function constantValue(type: ElementType, tensor: Tensor): Value {
  if (tensor.size > MOST_KNOWN) return { type, tensor };
  return {
    type,
    tensor,
    get known() {
      return [...tensor.data()];
    },
  };
}

/**
 * Returns the type of a result if its operator does not set it: the type of the first input with the same dtype, else
 * the type of core's dtype, or int64 for integers.
 */
export function typeOfResult(result: Tensor, inputs: readonly (Value | undefined)[]): ElementType {
  if (result.dtype === "bool") return "bool";
  const wantsFloat = result.dtype !== "int32";
  const like = inputs.find(
    (input) =>
      input !== undefined && input.type !== "bool" && isFloatType(input.type) === wantsFloat,
  );
  if (like !== undefined) return like.type;
  return result.dtype === "int32" ? "int64" : result.dtype;
}

/** Truncates integers to the bits of a narrow type. */
export function wrapped(x: Tensor, type: ElementType): Tensor {
  const range = narrowRange(type);
  if (range === undefined) return x;
  const [low, high] = range;
  if (low === 0) return bitwiseAnd(x, 2 ** high - 1);
  const unused = 32 - high - 1;
  return rightShift(leftShift(x, unused), unused);
}
