/**
 * All families in linear memory: what programs need to know of each kind of kernel. A kind that is missing
 * here does not compile.
 */

import type { Attributes, Kernel, Op, Placement, TensorType } from "../../graph/op.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Kernel as Host } from "../wasm/workspace.ts";
import { linearContraction } from "./contraction.ts";
import { linearChecked, linearElementwise } from "./elementwise.ts";
import { type Kind, type LinearFamily, NO_STEP, type PlacedOp, type Step } from "./family.ts";
import { linearGather, linearScatterAdd } from "./indexing.ts";
import { linearWrite } from "./move.ts";
import { linearUniform } from "./random.ts";
import { linearReduction } from "./reduction.ts";

const families: { readonly [K in Kind]: LinearFamily<K> } = {
  elementwise: linearElementwise,
  checked: linearChecked,
  reduction: linearReduction,
  contraction: linearContraction,
  reshape: NO_STEP,
  read: NO_STEP,
  write: linearWrite,
  gather: linearGather,
  scatterAdd: linearScatterAdd,
  uniform: linearUniform,
  barrier: NO_STEP,
};

function linearOf<K extends Kind>(kernel: Extract<Kernel, { kind: K }>): LinearFamily<K> {
  return families[kernel.kind as K];
}

/** The step of an op that has a kernel in linear memory; undefined for others. */
export function kernelStep(host: Host, placed: PlacedOp): Step | undefined {
  const { kernel } = placed.op;
  return kernel && linearOf(kernel).step?.(kernel, placed, host);
}

/** Whether an op is computed by a kernel that reads matrices with any strides. */
export function readsStrides({ kernel }: Op, { dtype }: TensorType): boolean {
  return kernel !== undefined && linearOf(kernel).strided?.reads(dtype) === true;
}

/** The bytes of scratch memory that an op's step needs. */
export function scratchBytesOf(
  host: Host,
  { kernel }: Op,
  inputs: readonly TensorType[],
  output: TensorType,
): number {
  return (kernel && linearOf(kernel).strided?.scratchBytes(inputs, output, host)) ?? 0;
}

/** Floating-point operations of one run of an op. */
export function flopsOf({ kernel }: Op, inputs: readonly TensorType[], output: TensorType): number {
  return kernel === undefined ? 0 : linearOf(kernel).flops(inputs, output);
}

/** Whether an op refuses some elements of its inputs. */
export function mayThrow({ kernel }: Op): boolean {
  return kernel !== undefined && linearOf(kernel).throws;
}

/** Where each input lies in the result of an op that puts them together; undefined for other ops. */
export function partsOf(
  { kernel }: Op,
  shapes: readonly Shape[],
  attributes: Attributes,
): readonly Placement[] | undefined {
  return kernel && linearOf(kernel).parts?.(kernel, shapes, attributes);
}

/** What loops know a reduction by, and the axes that go; undefined for other ops. */
export function reductionIn({ kernel }: Op, attributes: Attributes) {
  return kernel && linearOf(kernel).reduces?.(kernel, attributes);
}
