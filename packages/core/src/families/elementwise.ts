/**
 * The elementwise family: one scalar function over broadcast arrays. Loops compute it in linear memory.
 *
 * In: the scalar functions of an op. Out: its kernel.
 *
 * Invariant of all families: the functions on linear memory have the bits of `compute`, however their calls are divided.
 */

import type { FunctionGroup, KernelOf, ScalarFunction } from "../graph/kernel.ts";
import type { Attributes } from "../graph/types.ts";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import { at, broadcastStrides, SCALAR, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";

/**
 * Returns the kernel of an elementwise op.
 *
 * @param scalars by dtype of the inputs.
 * @param group the group that has its functions on linear memory.
 */
/* @__NO_SIDE_EFFECTS__ */
export function elementwiseKernel(
  scalars: Readonly<Record<DType, ScalarFunction>>,
  group?: FunctionGroup,
): KernelOf<"elementwise"> {
  return {
    kind: "elementwise",
    group,
    compute: ({ arrays, types, result, type: { shape } }) => {
      // A single element repeats, whatever its shape is.
      const shapes = types.map((type, i) => (at(arrays, i).length === 1 ? SCALAR : type.shape));
      const scalar = scalars[at(types, types.length - 1).dtype];
      if (shapes.every((other) => other === SCALAR || sameShape(other, shape))) {
        computeFlat(scalar, arrays, result);
      } else computeStrided(scalar, { arrays, shapes, result, shape });
    },
    scalar: (dtype) => scalars[dtype],
    flops: (_inputs, { shape }) => sizeOf(shape),
  };
}

/** Returns the kernel of a function of one input, for few elements; it throws for elements that it refuses. */
/* @__NO_SIDE_EFFECTS__ */
export function checkedKernel<A extends Attributes>(
  check: (x: number, attributes: A) => number,
): KernelOf<"javascript", A> {
  return {
    kind: "javascript",
    why: "it throws an error, for a few plain numbers",
    compute: ({ arrays, attributes, result }) => {
      at(arrays, 0).forEach((x, i) => {
        result[i] = check(x, attributes);
      });
    },
    throws: true,
    overwrites: true,
  };
}

/** Computes an elementwise op, each of whose inputs has the output's shape or is a single element. */
function computeFlat(
  compute: ScalarFunction,
  arrays: readonly TypedArray[],
  result: TypedArray,
): void {
  const [x, y, z] = arrays;
  const count = result.length;
  if (x === undefined) return;
  const step = (array: TypedArray) => (array.length === 1 && count !== 1 ? 0 : 1);
  const xStep = step(x);
  if (y === undefined) {
    for (let i = 0; i < count; i++) result[i] = compute(x[i * xStep] as number, 0, 0);
    return;
  }
  const yStep = step(y);
  if (z === undefined) {
    for (let i = 0; i < count; i++) {
      result[i] = compute(x[i * xStep] as number, y[i * yStep] as number, 0);
    }
    return;
  }
  const zStep = step(z);
  for (let i = 0; i < count; i++) {
    result[i] = compute(x[i * xStep] as number, y[i * yStep] as number, z[i * zStep] as number);
  }
}

interface Operands {
  readonly arrays: readonly TypedArray[];
  readonly shapes: readonly Shape[];
  readonly result: TypedArray;
  readonly shape: Shape;
}

/** Computes the general case: an odometer over the outer axes, a plain loop over the last. */
function computeStrided(
  compute: ScalarFunction,
  { arrays, shapes, result, shape }: Operands,
): void {
  const inputs = arrays.map((array, i) => ({
    array,
    strides: broadcastStrides(at(shapes, i), shape),
  }));
  const last = shape.length - 1;
  const columns = at(shape, last);
  const index = new Array<number>(last).fill(0);
  const offsets = inputs.map(() => 0);
  const steps = inputs.map(({ strides }) => at(strides, last));
  const [x, y, z] = arrays;
  for (let start = 0; start < result.length; start += columns) {
    for (let j = 0; j < columns; j++) {
      result[start + j] = compute(
        element(x, offsets[0], steps[0], j),
        element(y, offsets[1], steps[1], j),
        element(z, offsets[2], steps[2], j),
      );
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = at(index, axis) + 1;
      const wraps = next === shape[axis];
      index[axis] = wraps ? 0 : next;
      inputs.forEach(({ strides }, i) => {
        const stride = at(strides, axis);
        offsets[i] = at(offsets, i) + (wraps ? -stride * (next - 1) : stride);
      });
      if (!wraps) break;
    }
  }
}

function element(array: TypedArray | undefined, offset = 0, step = 0, j = 0): number {
  return array === undefined ? 0 : (array[offset + j * step] as number);
}
