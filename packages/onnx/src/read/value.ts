/** The value of a name while a model runs: a tensor, and the type that the model has for its elements. */

import { bitwiseAnd, leftShift, rightShift, type Tensor } from "@graddiff/core";
import { type ElementType, isFloatType, narrowRange } from "./types.ts";

/** A tensor of the type of elements that the model names, which core may not have. */
export interface Value {
  readonly type: ElementType;
  readonly tensor: Tensor;
  /**
   * The elements of the value, where they follow from shapes and constants alone. While a function is recorded no
   * tensor that it computes can be read, but these can: see `folding.ts`.
   */
  readonly known?: readonly number[];
  /** The number of elements, where the tensor is made only when it is read. */
  readonly size?: number;
  /** Integers as the float that they are, through which gradients pass: see `operators/quantised.ts`. */
  readonly real?: Tensor;
}

/** The most elements that are kept known: those of shapes and indices are few. */
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
 * Returns the type of a result, where its operator does not say it: that of the first input of a like dtype; else what
 * core computes with, and int64 for an index.
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

/** Integers as a narrow type has them: what is beyond its bits is lost. */
export function wrapped(x: Tensor, type: ElementType): Tensor {
  const range = narrowRange(type);
  if (range === undefined) return x;
  const [low, high] = range;
  if (low === 0) return bitwiseAnd(x, 2 ** high - 1);
  const unused = 32 - high - 1;
  return rightShift(leftShift(x, unused), unused);
}
