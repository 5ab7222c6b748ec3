/**
 * All families: how each kind of kernel is computed in JavaScript, and what it is. A kind that is missing
 * here does not compile.
 */

import type { Attributes, Compute, Kernel, Op, Placement, TensorType } from "../../graph/op.ts";
import { allocate, type DType } from "../../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../../tensor/shape.ts";
import { readArray, type Storage, type Tensor } from "../../tensor/tensor.ts";
import { contraction } from "./contraction.ts";
import { checked, elementwise } from "./elementwise.ts";
import type { Computation, Family, Kind } from "./family.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { barrier, read, reshape, write } from "./move.ts";
import { uniform } from "./random.ts";
import { reduction } from "./reduction.ts";

const families: { readonly [K in Kind]: Family<K> } = {
  elementwise,
  checked,
  reduction,
  contraction,
  reshape,
  read,
  write,
  gather,
  scatterAdd,
  uniform,
  barrier,
};

/** The family of a kernel. */
function familyOf<K extends Kind>(kernel: Extract<Kernel, { kind: K }>): Family<K> {
  return families[kernel.kind as K];
}

/** The kernel of an op that is primitive: what lowered traces are made of. */
function kernelOf({ name, kernel }: Op): Kernel {
  if (kernel !== undefined) return kernel;
  throw new Error(`${name} runs as the ops it is written in`);
}

/** Computes an op in JavaScript into a new array. */
export function runJs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  type: TensorType,
): Storage {
  const arrays = inputs.map((input) => readArray(input, op.name));
  if (handsOn(op) !== undefined) return at(arrays, 0);
  const result = allocate(type.dtype, sizeOf(type.shape));
  computeInto(op, { name: op.name, arrays, types: inputs, attributes, type, result });
  return result;
}

/** Computes an op in JavaScript into an array of zeros. */
export function computeInto(op: Op, call: Computation): void {
  const kernel = kernelOf(op);
  familyOf(kernel).compute(kernel, call);
}

/** Whether an op's result is its first input, and others read through it. */
export function handsOn({ kernel }: Op): "view" | "barrier" | undefined {
  return kernel && familyOf(kernel).handsOn;
}

/** Whether an op is a view with a loop of its own. */
export function isView({ kernel }: Op): boolean {
  return kernel !== undefined && familyOf(kernel).view !== undefined;
}

/** Where the elements of a view with a loop of its own lie in its input; undefined for other ops. */
export function placementOf(
  { kernel }: Op,
  shape: Shape,
  attributes: Attributes,
): Placement | undefined {
  return kernel && familyOf(kernel).view?.(kernel, shape, attributes);
}

/** The scalar function of an elementwise op for inputs of a dtype; undefined for other ops. */
export function scalarOf({ kernel }: Op, dtype: DType): Compute | undefined {
  return kernel && familyOf(kernel).scalar?.(kernel, dtype);
}
