/**
 * The WebAssembly runner for eager ops: elementwise batches (elementwise.ts) and reductions
 * (reduction.ts) go through it in pieces that stay in the processor's cache, matrix products whole
 * (contraction.ts). What is computed is copied in and copied out, so linear memory stays small and no
 * tensor depends on it.
 *
 * The bits are those of the JavaScript runner.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import type { ArrayOf, DType, TypedArray } from "../../tensor/dtype.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import { sourceOfTranspose } from "../transposed.ts";
import { multiplyStacks, type Stack } from "./contraction.ts";
import { runElementwise } from "./elementwise.ts";
import { isNumber } from "./kernels.ts";
import { runUniform } from "./random.ts";
import { reduceArray } from "./reduction.ts";

/** Computes an op; undefined where there is no kernel, or none that pays. */
export function runWasm(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): TypedArray | undefined {
  const { dtype } = output;
  const [x, y] = inputs;
  if (x === undefined) return undefined;
  switch (op.kernel.kind) {
    case "elementwise":
      return runElementwise(op, inputs, output);
    case "reduction":
      return runReduction(op, x, attributes["axes"] as readonly number[], dtype);
    case "contraction": {
      if (y === undefined || !isNumber(dtype)) return undefined;
      const stack = (tensor: Tensor): Stack => ({
        shape: tensor.shape,
        transposed: sourceOfTranspose(tensor, op.name),
        read: () => readArray(tensor, op.name),
      });
      return multiplyStacks(stack(x), stack(y), output, dtype);
    }
    case "uniform":
      return runUniform(op, op.kernel, x, attributes, output);
    default:
      return undefined;
  }
}

/** A reduction of the dtypes that have kernels. */
function runReduction(
  op: Op,
  x: Tensor,
  axes: readonly number[],
  dtype: DType,
): TypedArray | undefined {
  if (op.kernel.kind !== "reduction" || !isNumber(dtype)) return undefined;
  const array = readArray(x, op.name) as ArrayOf[typeof dtype];
  return reduceArray(op.name, op.kernel, array, x.shape, axes, dtype);
}
