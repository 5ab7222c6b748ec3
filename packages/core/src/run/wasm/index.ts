/**
 * The WebAssembly runner for eager ops: elementwise batches (elementwise.ts) and reductions
 * (eagerReductions.ts) go through it in pieces that stay in the processor's cache, matrix products whole
 * (eagerProducts.ts). What is computed is copied in and copied out, so linear memory stays small and no
 * tensor depends on it.
 *
 * The bits are those of the JavaScript runner.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import type { ArrayOf, TypedArray } from "../../tensor/dtype.ts";
import { at } from "../../tensor/shape.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import type { KernelOf, Kind } from "../families/family.ts";
import { multiplyStacks } from "./eagerProducts.ts";
import { runUniform } from "./eagerRandom.ts";
import { reduceArray } from "./eagerReductions.ts";
import { runElementwise } from "./elementwise.ts";
import { isNumber } from "./kernels.ts";

/** An eager op: the array of its result; undefined where there is no kernel, or none that pays. */
type Eager<K extends Kind> = (
  kernel: KernelOf<K>,
  call: {
    readonly op: Op;
    readonly inputs: readonly Tensor[];
    readonly attributes: Attributes;
    readonly output: TensorType;
  },
) => TypedArray | undefined;

const eager: { readonly [K in Kind]?: Eager<K> } = {
  elementwise: (_kernel, { op, inputs, output }) => runElementwise(op, inputs, output),
  reduction: (kernel, { op, inputs, attributes, output: { dtype } }) => {
    const x = at(inputs, 0);
    if (!isNumber(dtype)) return undefined;
    const array = readArray(x, op.name) as ArrayOf[typeof dtype];
    return reduceArray(kernel, array, x.shape, kernel.axes(attributes), dtype);
  },
  contraction: (_kernel, { op, inputs, output }) =>
    multiplyStacks(op, at(inputs, 0), at(inputs, 1), output),
  uniform: (kernel, { op, inputs, attributes, output }) =>
    runUniform(op, kernel, at(inputs, 0), attributes, output),
};

/** Computes an op; undefined where there is no kernel, or none that pays. */
export function runWasm(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): TypedArray | undefined {
  return op.kernel && eagerOf(op.kernel)?.(op.kernel, { op, inputs, attributes, output });
}

function eagerOf<K extends Kind>(kernel: KernelOf<K>): Eager<K> | undefined {
  return eager[kernel.kind as K];
}
