/**
 * The WebAssembly runner for eager ops: elementwise batches and reductions (reduction.ts) go through
 * the kernel in pieces that stay in the processor's cache, matrix products whole (contraction.ts).
 * What is computed is copied in and copied out, so linear memory stays small and no tensor depends on it.
 *
 * The bits are those of the JavaScript runner.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import {
  type ArrayOf,
  allocate,
  type DType,
  isFloat,
  type TypedArray,
} from "../../tensor/dtype.ts";
import { at, sameShape, sizeOf } from "../../tensor/shape.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import { multiplyStacks } from "./contraction.ts";
import {
  type BinaryKernels,
  binaryKernels,
  isReduced,
  type KernelDType,
  unaryKernel,
} from "./kernels.ts";
import { runUniform } from "./random.ts";
import { reduceArray } from "./reduction.ts";
import { type FloatArray, PIECE, type Workspace, workspace } from "./workspace.ts";

/** Smaller batches cost less in JavaScript than the two copies. */
const SMALLEST_BATCH = 512;

/** Computes an op; undefined where there is no kernel, or none that pays. */
export function runWasm(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): TypedArray | undefined {
  const { shape, dtype } = output;
  const [x, y] = inputs;
  if (x === undefined || inputs.length > 2) return undefined;
  if (op.kernel.kind === "uniform") return runUniform(op, op.kernel, x, attributes, output);
  if (op.kernel.kind === "reduction") {
    return runReduction(op, x, attributes["axes"] as readonly number[], dtype);
  }
  if (!isFloat(dtype)) return undefined;
  if (op.kernel.kind === "contraction") {
    if (y === undefined) return undefined;
    const stack = (tensor: Tensor) => ({
      array: readFloats(tensor, op, dtype),
      shape: tensor.shape,
    });
    return multiplyStacks(stack(x), stack(y), output, dtype);
  }
  if (op.kernel.kind !== "elementwise" || sizeOf(shape) < SMALLEST_BATCH) return undefined;
  return y === undefined ? runUnary(op, x, dtype) : runBinary(op, x, y, { shape, dtype });
}

function runUnary(op: Op, x: Tensor, dtype: KernelDType): TypedArray | undefined {
  const space = workspace();
  if (space === undefined) return undefined;
  const kernel = unaryKernel(space.kernel, op.name, dtype);
  if (kernel === undefined) return undefined;
  const [xView, , outView] = space.views(dtype);
  const source = readFloats(x, op, dtype);
  const result = allocate(dtype, source.length);
  for (let start = 0; start < source.length; start += PIECE) {
    const end = Math.min(source.length, start + PIECE);
    xView.set(source.subarray(start, end));
    kernel(xView.byteOffset, outView.byteOffset, end - start);
    result.set(outView.subarray(0, end - start), start);
  }
  return result;
}

function runBinary(
  op: Op,
  x: Tensor,
  y: Tensor,
  output: { readonly shape: readonly number[]; readonly dtype: KernelDType },
): TypedArray | undefined {
  const space = workspace();
  if (space === undefined) return undefined;
  const kernels = binaryKernels(space.kernel, op.name, output.dtype);
  if (kernels === undefined) return undefined;
  if (sameShape(x.shape, output.shape)) return runPieces(space, kernels, op, x, y, output.dtype);
  const swaps = kernels.commutative && sameShape(y.shape, output.shape);
  return swaps ? runPieces(space, kernels, op, y, x, output.dtype) : undefined;
}

/** x has the shape of the output; y may have it too, or repeat. */
function runPieces(
  space: Workspace,
  kernels: BinaryKernels,
  op: Op,
  x: Tensor,
  y: Tensor,
  dtype: KernelDType,
): TypedArray | undefined {
  const source = readFloats(x, op, dtype);
  const other = readFloats(y, op, dtype);
  const [xView, yView, outView] = space.views(dtype);
  const same = sameShape(x.shape, y.shape);
  const { row, scalar } = kernels;
  const addresses = [xView.byteOffset, yView.byteOffset, outView.byteOffset] as const;
  let piece = PIECE;
  let run: (count: number) => void = (count) => kernels.same(...addresses, count);
  if (!same && other.length === 1) {
    if (scalar === undefined) yView.fill(at(other, 0), 0, Math.min(piece, source.length));
    else {
      yView[0] = at(other, 0);
      run = (count) => scalar(...addresses, count);
    }
  } else if (!same) {
    if (row === undefined || !isRow(x, y) || other.length > PIECE) return undefined;
    const columns = other.length;
    const { rowScratch } = space.kernel;
    yView.set(other);
    piece = PIECE - (PIECE % columns);
    run = (count) => row(...addresses, rowScratch, count / columns, columns);
  }
  const result = allocate(dtype, source.length);
  for (let start = 0; start < source.length; start += piece) {
    const end = Math.min(source.length, start + piece);
    xView.set(source.subarray(start, end));
    if (same) yView.set(other.subarray(start, end));
    run(end - start);
    result.set(outView.subarray(0, end - start), start);
  }
  return result;
}

/** Whether y is the shape of the last axes of x, so that it repeats as a row. */
function isRow(x: Tensor, y: Tensor): boolean {
  const first = y.shape.findIndex((length) => length !== 1);
  const own = first < 0 ? [] : y.shape.slice(first);
  return y.rank <= x.rank && sameShape(own, x.shape.slice(x.rank - own.length));
}

function readFloats(tensor: Tensor, op: Op, dtype: KernelDType): FloatArray {
  const array = readArray(tensor, op.name);
  const fits = dtype === "float32" ? array instanceof Float32Array : array instanceof Float64Array;
  if (!fits) throw new Error(`${op.name} was given ${tensor.dtype} inputs for a ${dtype} output`);
  return array as FloatArray;
}

/** A reduction of the dtypes that have kernels. */
function runReduction(
  op: Op,
  x: Tensor,
  axes: readonly number[],
  dtype: DType,
): TypedArray | undefined {
  if (op.kernel.kind !== "reduction" || !isReduced(dtype)) return undefined;
  const array = readArray(x, op.name) as ArrayOf[typeof dtype];
  return reduceArray(op.name, op.kernel, array, x.shape, axes, dtype);
}
