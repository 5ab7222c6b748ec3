/**
 * The view family: the same elements under another shape or in another order.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe, formatShape, hintOfStatic, ShapeError } from "../errors.ts";
import { readKernel, reshapeKernel, writeKernel } from "../families/movement.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { linear, type Op, type PlacedPart, type RuleContext } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import {
  at,
  broadcastStrides,
  broadcasts,
  checkShape,
  MOST_AXES,
  normalizeAxes,
  normalizeAxis,
  normalizeList,
  repeatedAxes,
  resultWithin,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { type Axes, sum } from "./reduction.ts";
import { register } from "./registry.ts";

/** The attributes of an op with the shape of its result. */
export type Targeted = Readonly<Record<string, unknown>> & { readonly shape: Shape };

function inputShape({ inputs }: RuleContext<never> | RuleContext): Shape {
  return at(inputs, 0).shape;
}

/** Returns the type of a view: its input's in another shape. */
function reshaped(input: TensorType | undefined, shape: Shape): TensorType {
  return { shape, dtype: input?.dtype ?? "float32", weak: !!input?.weak };
}

const reshapeOp: Op<Targeted> = register<Targeted>({
  name: "reshape",
  symbol: "reshape",
  family: "view",
  promotion: "none",
  formula: "the same elements in the same order",
  results: ([input], { shape }) => [reshaped(input, shape)],
  derivative: linear((cotangent, context) => cotangent.reshape(inputShape(context as RuleContext))),
  kernel: reshapeKernel,
  batch: ({ op, inputs, attributes: { shape }, size }) =>
    applyAll(op, inputs, { shape: [size, ...shape] }),
  identities: { keepsElements: true },
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[2, 3]], attributes: ([x]) => ({ shape: [...shapeOf(x)].reverse() }) },
      { shapes: [[]], attributes: { shape: [1, 1] } },
      { shapes: [[0, 3]], attributes: { shape: [0] } },
    ],
  },
});

function shapeOf(x: TensorType | undefined): Shape {
  return x?.shape ?? [];
}

/**
 * Returns the same elements, in the same row-major order, in another shape.
 *
 * @param shape one length may be −1: it is worked out from the others.
 * @throws ShapeError if the sizes differ.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 *
 * console.log(arange(6).reshape([2, -1]).shape); // [ 2, 3 ]
 * ```
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  refuseSurplus("reshape", 2, arguments, "reshape([2, -1])");
  const input = toTensor("reshape", "x", x);
  const target = resolveShape(shape, input.size);
  if (sizeOf(target) !== input.size) {
    const expected = `a shape of ${input.size} elements`;
    throw new ShapeError("reshape", "shape", expected, formatShape(shape));
  }
  return sameShape(target, input.shape) ? input : apply(reshapeOp, [input], { shape: target });
}

/** Returns a reshaped argument of a composite, which is refused in its name if that takes more axes than there may be. */
export function spreadAxes(op: string, argument: string, x: Tensor, shape: Shape): Tensor {
  const surplus = shape.length - MOST_AXES;
  if (surplus <= 0) return reshape(x, shape);
  const expected = `at most ${x.rank - surplus} axes`;
  throw new ShapeError(op, argument, expected, String(x.rank));
}

function resolveShape(shape: Shape, size: number): Shape {
  if (!Array.isArray(shape) || shape.filter((length) => length === -1).length !== 1) {
    return checkShape("reshape", "shape", shape);
  }
  const rest = shape.filter((length) => length !== -1);
  const known = sizeOf(checkShape("reshape", "shape", rest));
  const missing = known === 0 ? 0 : Math.floor(size / known);
  return checkShape(
    "reshape",
    "shape",
    shape.map((length: number) => (length === -1 ? missing : length)),
  );
}

/**
 * Inserts an axis of length 1.
 * @param axis its position in the result; negative counts from the end. Default 0.
 * @example
 * ```ts
 * import { expandDims, tensor } from "@graddiff/core";
 *
 * console.log(expandDims(tensor([1, 2]), 0).shape); // [ 1, 2 ]
 * ```
 */
export function expandDims(x: TensorLike, axis = 0): Tensor {
  refuseSurplus("expandDims", 2, arguments);
  const input = toTensor("expandDims", "x", x);
  const { shape } = input;
  const along = normalizeAxis("expandDims", axis, shape.length + 1);
  const expanded = [...shape.slice(0, along), 1, ...shape.slice(along)];
  resultWithin("expandDims", { shape: expanded }, undefined);
  return reshape(input, expanded);
}

/**
 * Removes axes of length 1: the given ones, or all.
 * @throws ShapeError if a given axis has another length.
 * @example
 * ```ts
 * import { squeeze, tensor } from "@graddiff/core";
 *
 * console.log(squeeze(tensor([[1, 2]])).shape); // [ 2 ]
 * ```
 */
export function squeeze(x: TensorLike, axes?: Axes): Tensor {
  refuseSurplus("squeeze", 2, arguments, "squeeze([0, 1])");
  const { shape } = toTensor("squeeze", "x", x);
  const removed =
    axes === undefined
      ? shape.flatMap((length, axis) => (length === 1 ? [axis] : []))
      : normalizeAxes("squeeze", axes, shape.length);
  for (const axis of removed) {
    if (shape[axis] !== 1) {
      const expected = "axes of length 1";
      throw new ShapeError("squeeze", "axes", expected, `axis ${axis} of ${formatShape(shape)}`);
    }
  }
  return reshape(
    x,
    shape.filter((_, axis) => !removed.includes(axis)),
  );
}

/** For each axis of the result, the axis of x. */
export type Permuted = Readonly<Record<string, unknown>> & {
  readonly permutation: readonly number[];
};

const transposeOp: Op<Permuted> = register<Permuted>({
  name: "transpose",
  symbol: "ᵀ",
  family: "view",
  promotion: "none",
  formula: "axes in another order",
  results: ([input], { permutation }) => [
    reshaped(
      input,
      permutation.map((axis) => at(input?.shape ?? [], axis)),
    ),
  ],
  derivative: linear((cotangent, { attributes }) =>
    transpose(
      cotangent,
      attributes.permutation.map((_, axis) => attributes.permutation.indexOf(axis)),
    ),
  ),
  kernel: readKernel((shape, { permutation }) => {
    const strides = stridesOf(shape);
    return { offset: 0, strides: permutation.map((axis) => at(strides, axis)) };
  }),
  batch: ({ inputs, attributes: { permutation }, op }) =>
    applyAll(op, inputs, { permutation: [0, ...permutation.map((axis) => axis + 1)] }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[2, 3]], attributes: { permutation: [1, 0] } },
      { shapes: [[2, 3, 4]], attributes: { permutation: [2, 0, 1] } },
    ],
  },
});

/**
 * Returns the axes in another order.
 *
 * @param permutation for each axis of the result, the axis of x. Default: reversed.
 * @throws ShapeError if it does not name every axis once.
 * @example
 * ```ts
 * import { tensor, transpose } from "@graddiff/core";
 *
 * console.log(transpose(tensor([[1, 2], [3, 4]])).toArray()); // [ [ 1, 3 ], [ 2, 4 ] ]
 * ```
 */
export function transpose(x: TensorLike, permutation?: readonly number[]): Tensor {
  refuseSurplus("transpose", 2, arguments, "transpose([1, 0]), or swapAxes(x, 0, 1)");
  const input = toTensor("transpose", "x", x);
  const order =
    permutation === undefined
      ? input.shape.map((_, axis) => input.rank - 1 - axis)
      : normalizeList("transpose", "permutation", permutation, input.rank);
  const stays = order.length === input.rank && order.every((axis, index) => axis === index);
  if (stays) return input;
  if (order.length !== input.rank || new Set(order).size !== order.length) {
    const expected = `each of the ${input.rank} axes once`;
    throw new ShapeError("transpose", "permutation", expected, formatShape(order));
  }
  return apply(transposeOp, [input], { permutation: order });
}

const broadcastOp: Op<Targeted> = register<Targeted>({
  name: "broadcastTo",
  symbol: "broadcast",
  family: "view",
  promotion: "none",
  formula: "x repeated to a shape",
  results: ([input], { shape }) => [reshaped(input, shape)],
  derivative: linear((cotangent, context) => {
    const shape = inputShape(context as RuleContext);
    return sum(cotangent, repeatedAxes(shape, cotangent.shape)).reshape(shape);
  }),
  kernel: readKernel((from, { shape }) => ({ offset: 0, strides: broadcastStrides(from, shape) })),
  batch: ({ op, inputs, attributes: { shape }, size }) => {
    const input = at(inputs, 0);
    const dimensions = input.shape.slice(1);
    const aligned = [
      size,
      ...new Array<number>(shape.length - dimensions.length).fill(1),
      ...dimensions,
    ];
    return applyAll(op, [reshape(input, aligned)], { shape: [size, ...shape] });
  },
  identities: { keepsElements: true },
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[3]], attributes: ([x]) => ({ shape: [2, ...shapeOf(x)] }) },
      { shapes: [[2, 1]], attributes: { shape: [2, 3] } },
      { shapes: [[]], attributes: { shape: [2] } },
    ],
  },
});

/**
 * x repeated along missing axes and axes of length 1.
 * @throws ShapeError if x does not broadcast to the shape.
 * @example
 * ```ts
 * import { broadcastTo, tensor } from "@graddiff/core";
 *
 * console.log(broadcastTo(tensor([1, 2]), [2, 2]).toArray()); // [ [ 1, 2 ], [ 1, 2 ] ]
 * ```
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  refuseSurplus("broadcastTo", 2, arguments, "broadcastTo([2, 3])");
  const input = toTensor("broadcastTo", "x", x);
  const target = checkShape("broadcastTo", "shape", shape);
  if (!broadcasts(input.shape, target)) {
    const expected = `a shape that ${formatShape(input.shape)} broadcasts to`;
    throw new ShapeError("broadcastTo", "shape", expected, formatShape(target));
  }
  return sameShape(target, input.shape) ? input : apply(broadcastOp, [input], { shape: target });
}

/** The elements start, start + step, … of each axis, `lengths` of them; a step may be negative. */
export type Sliced = Readonly<Record<string, unknown>> & {
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  readonly steps: readonly number[];
};

export const sliceOp: Op<Sliced> = register<Sliced>({
  name: "slice",
  symbol: "slice",
  family: "view",
  promotion: "none",
  formula: "x[start : end : step] along each axis",
  results: ([input], { lengths }) => [reshaped(input, lengths)],
  derivative: {
    ...linear<Sliced>((cotangent, context) => {
      const { value, ...part } = partOf(cotangent, context);
      return apply(sliceBackwardOp, [value], part);
    }),
    part: partOf,
  },
  kernel: readKernel((shape, { starts, steps }) => stridedLayout(shape, starts, steps)),
  batch: ({ op, inputs, attributes: { starts, lengths, steps }, size }) =>
    applyAll(op, inputs, {
      starts: [0, ...starts],
      lengths: [size, ...lengths],
      steps: [1, ...steps],
    }),
  examples: {
    domain: [-3, 3],
    cases: [
      {
        shapes: [[5]],
        attributes: ([x]) => {
          const [length = 0] = shapeOf(x);
          return { starts: [Math.min(1, length)], lengths: [Math.max(0, length - 2)], steps: [1] };
        },
      },
      { shapes: [[3, 4]], attributes: { starts: [0, 1], lengths: [2, 2], steps: [2, 2] } },
      { shapes: [[4, 3]], attributes: { starts: [3, 2], lengths: [2, 3], steps: [-3, -1] } },
    ],
  },
});

/** Returns the gradient of a slice with positive steps, so no array is written backwards. */
function partOf(
  cotangent: Tensor,
  { inputs, attributes: { starts, lengths, steps } }: RuleContext<Sliced>,
): PlacedPart {
  return {
    value: backwards(cotangent, (axis) => at(steps, axis) < 0),
    shape: at(inputs, 0).shape,
    starts: starts.map((start, axis) => {
      return start + Math.min(0, at(steps, axis)) * Math.max(0, at(lengths, axis) - 1);
    }),
    steps: steps.map(Math.abs),
  };
}

/** Returns some elements along an axis, from a start on. */
export function elementsAlong(x: Tensor, axis: number, start: number, length: number): Tensor {
  return apply(sliceOp, [x], {
    starts: x.shape.map((_, i) => (i === axis ? start : 0)),
    lengths: x.shape.map((whole, i) => (i === axis ? length : whole)),
    steps: x.shape.map(() => 1),
  });
}

/** Returns the order of axes with one after all others, and the order that puts it back. */
export function rowOrder(rank: number, axis: number) {
  const order: number[] = [];
  const back: number[] = [];
  for (let i = 0; i < rank; i++) {
    if (i !== axis) order.push(i);
    back.push(i < axis ? i : i - 1);
  }
  order.push(axis);
  back[axis] = rank - 1;
  return { order, back };
}

/** Returns the elements along some axes from the last to the first. */
export function backwards(x: Tensor, isBackwards: (axis: number) => boolean): Tensor {
  const { shape } = x;
  const turns = shape.map((length, axis) => length > 1 && isBackwards(axis));
  if (!turns.includes(true)) return x;
  return apply(sliceOp, [x], {
    starts: shape.map((length, axis) => (turns[axis] ? length - 1 : 0)),
    lengths: shape,
    steps: turns.map((turn) => (turn ? -1 : 1)),
  });
}

/** Returns the placement of every `steps`-th element from `starts` on in an array of a shape. */
export function stridedLayout(shape: Shape, starts: readonly number[], steps: readonly number[]) {
  const strides = stridesOf(shape);
  return {
    offset: strides.reduce((sum, stride, axis) => sum + stride * at(starts, axis), 0),
    strides: strides.map((stride, axis) => stride * at(steps, axis)),
  };
}

/** The shape of the result, and the positions of elements in it, as {@link Sliced} has them. */
export type SliceBackward = Readonly<Record<string, unknown>> & {
  readonly shape: Shape;
  readonly starts: readonly number[];
  readonly steps: readonly number[];
};

/** The adjoint of slice: zeros, with the elements of x at the indices that a slice would read. */
export const sliceBackwardOp: Op<SliceBackward> = register<SliceBackward>({
  name: "sliceBackward",
  symbol: "slice′",
  family: "view",
  promotion: "none",
  formula: "zeros with x at [start : end : step]",
  results: ([input], { shape }) => [reshaped(input, shape)],
  derivative: linear((cotangent, context) => {
    const { starts, steps } = context.attributes;
    const lengths = inputShape(context as RuleContext);
    return apply(sliceOp, [cotangent], { starts, steps, lengths });
  }),
  kernel: writeKernel((_shapes, { shape, starts, steps }) => [stridedLayout(shape, starts, steps)]),
  batch: ({ op, inputs, attributes: { shape, starts, steps }, size }) =>
    applyAll(op, inputs, {
      shape: [size, ...shape],
      starts: [0, ...starts],
      steps: [1, ...steps],
    }),
  examples: {
    domain: [-3, 3],
    cases: [
      {
        shapes: [[3]],
        attributes: ([x]) => ({ shape: [(shapeOf(x)[0] ?? 0) + 2], starts: [1], steps: [1] }),
      },
      { shapes: [[2, 2]], attributes: { shape: [3, 4], starts: [0, 1], steps: [2, 2] } },
    ],
  },
});

/**
 * Returns the elements of an axis that a range names, as NumPy has it: from `start`, by `step`, up to but without
 * `end`.
 */
export function spanOf(
  length: number,
  start: number | undefined,
  end: number | undefined,
  step: number,
): { readonly start: number; readonly length: number; readonly step: number } {
  const isForward = step > 0;
  // Backwards, the index before the first element is an end.
  const [lowest, highest] = isForward ? [0, length] : [-1, length - 1];
  const clamped = (index: number) =>
    Math.min(Math.max(index < 0 ? index + length : index, lowest), highest);
  const from = start === undefined ? (isForward ? lowest : highest) : clamped(start);
  const to = end === undefined ? (isForward ? highest : lowest) : clamped(end);
  // A step longer than the axis acts like one of its length, and no index overflows.
  const stride = Math.sign(step) * Math.min(Math.abs(step), Math.max(1, length));
  const count = Math.max(0, Math.ceil((to - from) / stride));
  return { start: count === 0 ? 0 : from, length: count, step: stride };
}

/**
 * Returns a part of x: along each axis the elements from `starts` up to but without `ends`, every `steps`-th.
 *
 * @param starts for the first axes; the others are taken whole. Negative counts from the end.
 * @param ends default: the lengths. Beyond the length means up to the end.
 * @param steps integers other than 0, default 1. A negative one goes backwards, from the last element on where
 *   `starts` is left out, and as far as the first where `ends` is. An end before the first, such as −length − 1, takes
 *   it in, too.
 * @throws ShapeError for more entries than axes; ArgumentError for what is no integer or a step of 0.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 *
 * const x = arange(12).reshape([3, 4]);
 * console.log(x.slice([1], [3]).shape, String(x.slice([0, 1], [1, 4], [1, 2]))); // [ 2, 4 ] [[1. 3.]]
 * ```
 */
export function slice(
  x: TensorLike,
  starts: readonly number[],
  ends: readonly number[] = [],
  steps: readonly number[] = [],
): Tensor {
  refuseSurplus("slice", 4, arguments);
  const input = toTensor("slice", "x", x);
  checkEntries({ starts, ends, steps }, input.rank);
  const spans = input.shape.map((length, axis) =>
    spanOf(length, starts[axis], ends[axis], steps[axis] ?? 1),
  );
  const isWhole = spans.every(
    ({ length, step }, axis) => length === input.shape[axis] && (step === 1 || length < 2),
  );
  return isWhole
    ? input
    : apply(sliceOp, [input], {
        starts: spans.map(({ start }) => start),
        lengths: spans.map(({ length }) => length),
        steps: spans.map(({ step }) => step),
      });
}

const AN_ARRAY = "an array of integers, one for each axis from the first, such as [1]";

function checkEntries(
  lists: Readonly<Record<"starts" | "ends" | "steps", readonly number[]>>,
  rank: number,
): void {
  for (const [argument, list] of Object.entries(lists)) {
    if (!Array.isArray(list) || list.length > rank) {
      const expected = Array.isArray(list)
        ? `at most ${rank} entries, one for each axis`
        : AN_ARRAY;
      const got = Array.isArray(list) ? String(list.length) : describe(list);
      const hint = hintOfStatic(list);
      throw new ShapeError("slice", argument, expected, got, hint);
    }
    // Unlike find, findIndex tells a bad undefined from none.
    const bad = list.findIndex((n) => !Number.isInteger(n) || (argument === "steps" && n === 0));
    if (bad >= 0) {
      const expected = argument === "steps" ? "integers other than 0" : "integers";
      const hint = hintOfStatic(list[bad]);
      throw new ArgumentError("slice", argument, expected, describe(list[bad]), hint);
    }
  }
}
