/**
 * The indexing family: rows of a tensor at indices that are computed.
 */

import { refuseSurplus } from "../arguments.ts";
import { DTypeError } from "../errors.ts";
import { gatherKernel, type IndexLayout, scatterAddKernel } from "../families/indexing.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { type BatchCall, linear, type Op } from "../graph/op.ts";
import { at, normalizeAxis, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { repeated } from "./batching.ts";
import { castToWhole } from "./promote.ts";
import { register } from "./registry.ts";
import { transpose } from "./view.ts";

/** The attributes of an op that reads elements at indices. */
export interface Taken extends Readonly<Record<string, unknown>> {
  /** The axis of x that is indexed, counted with the shared axes. */
  readonly axis: number;
  /** The number of first axes that x and the indices share: each position has separate indices. */
  readonly shared: number;
  /** True if negative indices count from the end; else they are out of range. */
  readonly fromEnd: boolean;
  /** The public function that it is applied for. Default: the op's name. */
  readonly by?: string;
  /** The argument of that function with the indices, for errors. Default "indices". */
  readonly argument?: string;
  /** True if an op has found the indices, so that all of them are inside. Default: no. */
  readonly inside?: true;
}

/** The same for rows that are added into a result. */
export interface Scattered extends Taken {
  /** The length of the axis in the result. */
  readonly length: number;
}

export const takeOp: Op<Taken> = register<Taken>({
  name: "take",
  symbol: "take",
  family: "indexing",
  promotion: "none",
  formula: "x[indices] along an axis",
  results: ([x, indices], { axis, shared }) => {
    const shape = x?.shape ?? [];
    const indexed = indices?.shape.slice(shared) ?? [];
    return [
      {
        shape: [...shape.slice(0, axis), ...indexed, ...shape.slice(axis + 1)],
        dtype: x?.dtype ?? "float32",
        weak: !!x?.weak,
      },
    ];
  },
  derivative: linear((cotangent, { inputs: [x, indices], attributes }) => {
    const length = at(x?.shape ?? [], attributes.axis);
    return apply(takeBackwardOp, [cotangent, indices ?? cotangent], { ...attributes, length });
  }, undefined),
  kernel: gatherKernel(([x = [], indices = []], attributes) =>
    layoutOf(x, indices, attributes, at(x, attributes.axis), 1),
  ),
  batch: (call) => {
    const { axis, shared } = call.attributes;
    if (!call.batched[0] && shared === 0) {
      // The batch axis of the indices is at the index of the axis.
      const result = apply(call.op, call.inputs, call.attributes);
      const order = result.shape.map((_, i) => i).filter((i) => i !== axis);
      return [transpose(result, [axis, ...order])];
    }
    return batchShared(call);
  },
  examples: {
    domain: [[[-3, 3]], [[-3.5, 2.5]]],
    dtypes: [undefined, "int32"],
    cases: [
      { shapes: [[3], [4]], attributes: { axis: 0, shared: 0, fromEnd: true } },
      { shapes: [[4, 2], []], attributes: { axis: 0, shared: 0, fromEnd: true } },
      {
        shapes: [
          [2, 3, 2],
          [2, 2],
        ],
        attributes: { axis: 1, shared: 0, fromEnd: true },
      },
      {
        shapes: [
          [2, 3, 2],
          [2, 4],
        ],
        attributes: { axis: 1, shared: 1, fromEnd: true },
      },
      { shapes: [[2, 2, 3], [2]], attributes: { axis: 2, shared: 1, fromEnd: true } },
      { shapes: [[3, 2], [0]], attributes: { axis: 0, shared: 0, fromEnd: true } },
    ],
  },
});

/** The adjoint of take: zeros, to which the rows of x are added at the indices. */
export const takeBackwardOp: Op<Scattered> = register<Scattered>({
  name: "takeBackward",
  symbol: "take′",
  family: "indexing",
  promotion: "none",
  formula: "zeros with x added at [indices]",
  results: ([x, indices], { axis, shared, length }) => {
    const shape = x?.shape ?? [];
    const rank = (indices?.shape.length ?? 0) - shared;
    return [
      {
        shape: [...shape.slice(0, axis), length, ...shape.slice(axis + rank)],
        // Booleans are counted.
        dtype: x?.dtype === "bool" ? "int32" : (x?.dtype ?? "float32"),
        weak: !!x?.weak,
      },
    ];
  },
  derivative: linear((cotangent, { inputs: [x, indices], attributes }) => {
    const { length: _, ...taken } = attributes;
    return apply(takeOp, [cotangent, indices ?? x ?? cotangent], taken);
  }, undefined),
  kernel: scatterAddKernel(([x = [], indices = []], attributes) =>
    layoutOf(x, indices, attributes, attributes.length, indices.length - attributes.shared),
  ),
  batch: batchShared,
  examples: {
    domain: [[[-3, 3]], [[-3.5, 2.5]]],
    dtypes: [undefined, "int32"],
    cases: [
      { shapes: [[4], [4]], attributes: { axis: 0, shared: 0, fromEnd: true, length: 3 } },
      { shapes: [[2], []], attributes: { axis: 0, shared: 0, fromEnd: true, length: 3 } },
      {
        shapes: [
          [2, 2, 2, 2],
          [2, 2],
        ],
        attributes: { axis: 1, shared: 0, fromEnd: true, length: 3 },
      },
      {
        shapes: [
          [2, 4, 2],
          [2, 4],
        ],
        attributes: { axis: 1, shared: 1, fromEnd: true, length: 4 },
      },
    ],
  },
});

/** `rank` axes of `shape` stand for the indices. */
export function layoutOf(
  shape: Shape,
  indices: Shape,
  { axis, shared, fromEnd }: Taken,
  length: number,
  rank: number,
): IndexLayout {
  return {
    groups: sizeOf(shape.slice(0, shared)),
    outer: sizeOf(shape.slice(shared, axis)),
    length,
    count: sizeOf(indices.slice(shared)),
    inner: sizeOf(shape.slice(axis + rank)),
    axis,
    fromEnd,
  };
}

/**
 * Returns the batch rule: the batch is one more outer axis of x, or where indices are batched an axis that both share.
 */
function batchShared<A extends Taken>(call: BatchCall<A>): readonly Tensor[] {
  const { op, inputs, batched, attributes } = call;
  const { axis, shared } = attributes;
  if (!batched[1] && shared === 0) return applyAll(op, inputs, { ...attributes, axis: axis + 1 });
  return applyAll(op, repeated(call), { ...attributes, axis: axis + 1, shared: shared + 1 });
}

/**
 * Returns the elements of x at indices along an axis: rows of a table, as an embedding needs them. The shape is that of
 * x with the axis replaced by the shape of the indices.
 *
 * The gradient adds up the rows of each index, in the order of the indices, beginning with 0, so that
 * it has the same bits everywhere.
 *
 * @param indices int32 of any shape, or an integer; negative ones count from the end.
 * @param axis default 0.
 * @throws DTypeError for indices that are not int32; ShapeError for an axis out of range;
 *   ArgumentError for an index out of range. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { take, tensor } from "@graddiff/core";
 *
 * const table = tensor([[1, 2], [3, 4], [5, 6]]);
 * const words = tensor([2, 0, -1], { dtype: "int32" });
 * console.log(take(table, words).toArray()); // [ [ 5, 6 ], [ 1, 2 ], [ 5, 6 ] ]
 * console.log(String(table.take(1, 1))); // [2. 4. 6.]
 * ```
 */
export function take(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  refuseSurplus("take", 3, arguments);
  const input = toTensor("take", "x", x);
  const wanted = wholeIndices("take", toTensor("take", "indices", indices));
  const along = normalizeAxis("take", axis, input.rank);
  return apply(takeOp, [input, wanted], { axis: along, shared: 0, fromEnd: true });
}

/** The elements that {@link takeAt} takes. */
interface Selection {
  readonly axis: number;
  /** The number of first axes that x and the indices have in common. Default 0. */
  readonly shared?: number;
  /**
   * The function that errors about a wrong index name. Default: indices are not checked, since they are known to be
   * right.
   */
  readonly by?: string;
}

/** Takes elements along an axis at indices that do not count from the end. */
export function takeAt(
  x: Tensor,
  indices: TensorLike,
  { axis, shared = 0, by }: Selection,
): Tensor {
  const tensor = toTensor(by ?? "take", "indices", indices);
  return by === undefined
    ? apply(takeOp, [x, tensor], { axis, shared, fromEnd: false, inside: true })
    : apply(takeOp, [x, wholeIndices(by, tensor)], { axis, shared, fromEnd: false, by });
}

/** Takes for each row of the last axis of x the element at its index, which has been checked or found by an op. */
export function takeFromRows(x: Tensor, indices: Tensor): Tensor {
  const axis = x.rank - 1;
  return apply(takeOp, [x, indices], { axis, shared: axis, fromEnd: false, inside: true });
}

/**
 * Returns the adjoint of {@link takeFromRows}: rows of a length, zeros to which x is added at the indices, which an op
 * has found. @internal
 */
export function addToRows(x: Tensor, indices: Tensor, length: number): Tensor {
  const axis = x.rank - 1;
  const settings = { axis, shared: axis, fromEnd: false, inside: true, length } as const;
  return apply(takeBackwardOp, [x, indices], settings);
}

/** @throws DTypeError for indices that are neither int32 nor plain integers. */
export function wholeIndices(op: string, indices: Tensor, argument = "indices"): Tensor {
  const { weak, dtype } = indices;
  // A plain integer is as good an index as any.
  if (weak) return castToWhole(indices, { op, argument });
  if (dtype === "int32") return indices;
  const hint = 'Make them with { dtype: "int32" }, or cut off fractions with cast("int32")';
  throw new DTypeError(op, argument, "int32", dtype, hint);
}
