/**
 * The JavaScript runner: it can compute every primitive op.
 */

import { aliasesInput, type Computation, type Kernel } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { allocate, type TypedArray } from "../tensor/dtype.ts";
import { allocateResult } from "../tensor/results.ts";
import { entryAt, sizeOf } from "../tensor/shape.ts";
import { oneValueOf } from "../tensor/symbolicConstant.ts";
import { readArray, type Tensor } from "../tensor/tensor.ts";

/** Computes an op into new arrays. @param outputs the types of its results. */
export function runJs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly TensorType[],
): TypedArray[] {
  const kernel = kernelOf(op);
  const arrays = inputs.map((input) => arrayOf(op, input));
  const isPassed = aliasesInput(op);
  const isLookedAt = kernel.kind === "passing" && kernel.calls !== undefined;
  if (isPassed && !isLookedAt) return [entryAt(arrays, 0)];
  const results = isPassed
    ? arrays.slice(0, 1)
    : outputs.map(({ dtype, shape }) => allocateResult(dtype, sizeOf(shape), op.name));
  const [type, result] = [entryAt(outputs, 0), entryAt(results, 0)];
  kernel.compute({ name: op.name, arrays, types: inputs, attributes, type, result, results });
  return results;
}

/**
 * Returns the elements of an input; for elementwise ops, which repeat single elements, one of a pattern of one value.
 */
export function arrayOf({ name, kernel }: Op, input: Tensor): TypedArray {
  const value = kernel?.kind === "elementwise" ? oneValueOf(input) : undefined;
  if (value === undefined) return readArray(input, name);
  const array = allocate(input.dtype, 1);
  array[0] = value;
  return array;
}

/** Computes an op into an array of zeros. */
export function computeInto(op: Op, call: Computation): void {
  kernelOf(op).compute(call);
}

function kernelOf({ name, kernel }: Op): Kernel {
  if (kernel !== undefined) return kernel;
  throw new Error(`${name} has a body alone`);
}
