/**
 * The WebAssembly runner for eager ops: elementwise batches (eagerElementwise.ts) and reductions
 * (eagerReductions.ts) go through it in pieces that stay in the processor's cache, matrix products whole
 * (eagerProducts.ts). What is computed is copied in and copied out, so linear memory stays small and no
 * tensor depends on it.
 *
 * The bits are those of the JavaScript runner.
 */

import type { EagerRunner } from "../../graph/kernel.ts";
import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { runElementwise } from "./eagerElementwise.ts";
import { multiplyStacks } from "./eagerProducts.ts";
import { runUniform } from "./eagerRandom.ts";
import { reduceTensor } from "./eagerReductions.ts";

const runner: EagerRunner = {
  elementwise: runElementwise,
  reduction: reduceTensor,
  product: multiplyStacks,
  random: runUniform,
};

/** Computes an op; undefined where there is no kernel, or none that pays. */
export function runWasm(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): TypedArray | undefined {
  return op.kernel?.eager?.({ op, inputs, attributes, output }, runner);
}
