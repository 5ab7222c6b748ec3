/**
 * The family of concatenations: several tensors become one.
 */

import { listOf, refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { writeKernel } from "../families/movement.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import { at, normalizeAxis, type Shape, sameShape, stridesOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { repeated } from "./batching.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { expandDims, slice } from "./view.ts";

/** The axis along which tensors are joined. */
export type Joined = Readonly<Record<string, unknown>> & { readonly axis: number };

const concatOp: Op<Joined> = register<Joined>({
  name: "concat",
  symbol: "concat",
  family: "joining",
  promotion: "same",
  formula: "[x₀, x₁, …] along an axis",
  results: (inputs, { axis }) => {
    const first = at(inputs, 0);
    return [
      {
        shape: joinedShape(
          inputs.map((input) => input.shape),
          axis,
        ),
        dtype: first.dtype,
        weak: inputs.every((input) => input.weak),
      },
    ];
  },
  derivative: {
    kind: "linear",
    variadic: true,
    pullbacks: [
      (cotangent, { inputs, attributes: { axis }, index }) => {
        const start = inputs.slice(0, index).reduce((sum, input) => sum + at(input.shape, axis), 0);
        const starts = new Array<number>(axis + 1).fill(0);
        const ends = cotangent.shape.slice(0, axis + 1);
        starts[axis] = start;
        ends[axis] = start + at(at(inputs, index).shape, axis);
        return slice(cotangent, starts, ends);
      },
    ],
  },
  kernel: writeKernel((shapes, { axis }) => {
    const strides = stridesOf(joinedShape(shapes, axis));
    let start = 0;
    return shapes.map((shape) => {
      const offset = start * at(strides, axis);
      start += at(shape, axis);
      return { offset, strides };
    });
  }),
  batch: (call) => applyAll(call.op, repeated(call), { axis: call.attributes.axis + 1 }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[2], [3]], attributes: { axis: 0 } },
      {
        shapes: [
          [2, 1],
          [2, 3],
          [2, 0],
        ],
        attributes: { axis: 1 },
      },
    ],
  },
});

function joinedShape(shapes: readonly Shape[], axis: number): Shape {
  const total = shapes.reduce((sum, shape) => sum + at(shape, axis), 0);
  return at(shapes, 0).map((length, i) => (i === axis ? total : length));
}

/**
 * Tensors one after the other along an axis. Mixed dtypes are promoted.
 *
 * @param tensors at least one, equal in every other axis.
 * @param axis default 0.
 * @throws ShapeError if the other axes differ.
 * @example
 * ```ts
 * import { concat, tensor } from "@graddiff/core";
 *
 * console.log(String(concat([tensor([1, 2]), tensor([3])]))); // [1. 2. 3.]
 * ```
 */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  refuseSurplus("concat", 2, arguments);
  const inputs = promoteInputs("concat", list("concat", tensors), "same");
  const { shape } = at(inputs, 0);
  const along = normalizeAxis("concat", axis, shape.length);
  inputs.forEach((input, i) => {
    const fits =
      input.rank === shape.length &&
      input.shape.every((length, other) => other === along || length === shape[other]);
    if (!fits) {
      const expected = `the shape ${formatShape(shape)} but for axis ${along}`;
      throw new ShapeError("concat", `tensors[${i}]`, expected, formatShape(input.shape));
    }
  });
  return inputs.length === 1 ? at(inputs, 0) : apply(concatOp, inputs, { axis: along });
}

/**
 * Tensors of one shape side by side along a new axis.
 * @param axis the position of the new axis, default 0.
 * @throws ShapeError if the shapes differ.
 * @example
 * ```ts
 * import { stack, tensor } from "@graddiff/core";
 *
 * console.log(stack([tensor([1, 2]), tensor([3, 4])]).toArray()); // [ [ 1, 2 ], [ 3, 4 ] ]
 * console.log(stack([tensor([1, 2]), tensor([3, 4])], 1).shape); // [ 2, 2 ]
 * ```
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  refuseSurplus("stack", 2, arguments);
  const inputs = promoteInputs("stack", list("stack", tensors), "same");
  const { shape } = at(inputs, 0);
  inputs.forEach((input, i) => {
    if (!sameShape(input.shape, shape)) {
      const expected = `the shape ${formatShape(shape)}`;
      throw new ShapeError("stack", `tensors[${i}]`, expected, formatShape(input.shape));
    }
  });
  const axisOfStack = normalizeAxis("stack", axis, shape.length + 1);
  return concat(
    inputs.map((input) => expandDims(input, axisOfStack)),
    axisOfStack,
  );
}

const EXPECTED = "an array of at least one Tensor";
const readList = listOf(toTensor, EXPECTED);

function list(op: string, tensors: unknown): Tensor[] {
  const argument = "tensors";
  const read = readList(op, argument, tensors);
  if (read.length > 0) return read;
  throw new ArgumentError(op, argument, EXPECTED, describe(tensors));
}
