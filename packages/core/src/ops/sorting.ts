/**
 * Elements in order: `sort`, `argSort` and `topK` are one stable permutation, in which zeros of both signs are equal,
 * and all NaN are equal and the greatest.
 */

import {
  flag,
  integer,
  nonNegativeInteger,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ShapeError } from "../errors.ts";
import { type Order, orderKernel, sortKernel } from "../families/order.ts";
import { applyAll } from "../graph/apply.ts";
import type { JointDerivative } from "../graph/joint.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchLeading } from "./batching.ts";
import { addToRows, takeFromRows } from "./indexing.ts";
import { refuseBooleans } from "./promote.ts";
import { register } from "./registry.ts";
import { rowOrder, transpose } from "./view.ts";

/** Returns the types of the results of an order along the last axis. */
function orderedTypes(op: string, x: TensorType | undefined, { k }: Order): TensorType[] {
  const { shape = [], dtype = "float32", weak = false } = x ?? {};
  refuseBooleans(op, dtype);
  const first = [...shape.slice(0, -1), k];
  return [
    { shape: first, dtype, weak },
    { shape: first, dtype: "int32", weak: false },
  ];
}

/**
 * Returns the derivative of an order: the gradient of a value goes to the element that it is. @param many how many
 * results are requested.
 */
/* @__NO_SIDE_EFFECTS__ */
function orderDerivative(many: number): JointDerivative<Order> {
  const both = (inputs: readonly Tensor[], attributes: Order) =>
    applyAll(orderOp, inputs, attributes);
  return {
    kind: "joint",
    vjp: ({ inputs, attributes }) => {
      const results = both(inputs, attributes);
      const x = at(inputs, 0);
      return {
        results: results.slice(0, many),
        pull: ([cotangent]) => [
          cotangent && {
            ...cotangent,
            value: addToRows(cotangent.value, at(results, 1), at(x.shape, x.rank - 1)),
          },
        ],
      };
    },
    jvp: ({ inputs, attributes }, [tangent]) => {
      const results = both(inputs, attributes);
      const moved = tangent && {
        ...tangent,
        value: takeFromRows(tangent.value, at(results, 1)),
      };
      return { results: results.slice(0, many), tangents: [moved] };
    },
  };
}

/** Returns all elements of each row, in either direction. */
/* @__NO_SIDE_EFFECTS__ */
function wholeRows(descending: boolean) {
  return ([x]: readonly TensorType[]) => ({ k: x?.shape.at(-1) ?? 0, descending });
}

const orderOp: Op<Order> = register<Order>({
  name: "topK",
  symbol: "top k",
  family: "order",
  promotion: "none",
  formula: "the first k of each row in order, and their indices",
  results: ([x], attributes) => orderedTypes("topK", x, attributes),
  derivative: orderDerivative(2),
  convention: "to the element that a value is",
  kernel: orderKernel(),
  batch: batchLeading,
  examples: {
    domain: [-3, 3],
    cases: [
      {
        shapes: [[5]],
        attributes: ([x]) => ({ k: Math.min(3, x?.shape[0] ?? 0), descending: true }),
      },
      { shapes: [[3, 4]], attributes: { k: 2, descending: false } },
      { shapes: [[2, 3]], attributes: { k: 0, descending: true } },
      { shapes: [[2, 9]], attributes: wholeRows(false) },
    ],
    exact: [
      {
        inputs: [[3, -1, 0, -2, 3]],
        attributes: { k: 5, descending: false },
        results: [
          [-2, -1, 0, 3, 3],
          [3, 1, 2, 0, 4],
        ],
      },
      {
        inputs: [[3, 1, NaN, -0, 5, 5, 0, -Infinity]],
        attributes: { k: 8, descending: true },
        results: [
          [NaN, 5, 5, 3, 1, -0, 0, -Infinity],
          [2, 4, 5, 0, 1, 3, 6, 7],
        ],
      },
      {
        inputs: [[3, 1, NaN, -0, 5, 5, 0, Infinity]],
        attributes: { k: 8, descending: false },
        results: [
          [-0, 0, 1, 3, 5, 5, Infinity, NaN],
          [3, 6, 1, 0, 4, 5, 7, 2],
        ],
      },
    ],
  },
});

const sortOp: Op<Order> = register<Order>({
  name: "sort",
  symbol: "sort",
  family: "order",
  promotion: "none",
  formula: "the elements of each row in order",
  results: ([x], attributes) => orderedTypes("sort", x, attributes).slice(0, 1),
  derivative: orderDerivative(1),
  convention: "to the element that a value is",
  kernel: sortKernel(),
  batch: batchLeading,
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[5]], attributes: wholeRows(false) },
      { shapes: [[3, 4]], attributes: wholeRows(true) },
      { shapes: [[2, 67]], attributes: wholeRows(false) },
    ],
    exact: [
      {
        inputs: [[3, -1, 0, -2, 3]],
        attributes: { k: 5, descending: true },
        results: [[3, 3, 0, -1, -2]],
      },
      {
        inputs: [[3, NaN, -0, 5, 0, -Infinity]],
        attributes: { k: 6, descending: true },
        results: [[NaN, 5, 3, -0, 0, -Infinity]],
      },
    ],
  },
});

const readAxis = optional(integer, -1);

/** Returns a tensor with an axis after all others, and the order that puts it back. */
function asRows(op: string, x: TensorLike, axis: number | undefined) {
  const input = toTensor(op, "x", x);
  const along = normalizeAxis(op, readAxis(op, "axis", axis), input.rank);
  refuseBooleans(op, input.dtype);
  const { order, back } = rowOrder(input.rank, along);
  return { along, rows: transpose(input, order), back };
}

/** The last argument of {@link sort} and {@link argSort}. */
export interface SortOptions {
  /** True if the greatest is the first. Default false. */
  readonly descending?: boolean;
}

const readSort = optionsReader({ descending: optional(flag, false) });

/**
 * Returns the elements along an axis in order. Equal ones keep their order, and zeros of both
 * signs are equal. NaN is the greatest: the last, or in descending order the first, as in PyTorch.
 *
 * The gradient of a value goes to the element that it is.
 *
 * @param axis default the last.
 * @param options `descending` (default false).
 * @returns the shape of x.
 * @throws ShapeError for an axis out of range; DTypeError for a bool tensor.
 * @example
 * ```ts
 * import { sort, tensor } from "@graddiff/core";
 *
 * const x = tensor([3, 1, 2]);
 * console.log(String(sort(x)), String(sort(x, 0, { descending: true }))); // [1. 2. 3.] [3. 2. 1.]
 * ```
 */
export function sort(x: TensorLike, axis?: number, options?: SortOptions): Tensor {
  refuseSurplus("sort", 3, arguments);
  const { descending } = readSort("sort", options);
  const { rows, back } = asRows("sort", x, axis);
  const k = at(rows.shape, rows.rank - 1);
  return transpose(at(applyAll(sortOp, [rows], { k, descending }), 0), back);
}

/**
 * Returns the indices of the elements along an axis in the order of {@link sort}: `takeAlongAxis(x, argSort(x), -1)` is
 * `sort(x)`.
 *
 * @param axis default the last.
 * @param options `descending` (default false).
 * @returns int32 of the shape of x.
 * @throws ShapeError for an axis out of range; DTypeError for a bool tensor.
 * @example
 * ```ts
 * import { argSort, tensor } from "@graddiff/core";
 *
 * console.log(String(argSort(tensor([30, 10, 20])))); // [1 2 0]
 * ```
 */
export function argSort(x: TensorLike, axis?: number, options?: SortOptions): Tensor {
  refuseSurplus("argSort", 3, arguments);
  const { descending } = readSort("argSort", options);
  const { rows, back } = asRows("argSort", x, axis);
  const k = at(rows.shape, rows.rank - 1);
  return transpose(at(applyAll(orderOp, [rows], { k, descending }), 1), back);
}

/** The last argument of {@link topK}. */
export interface TopKOptions {
  /** True if the greatest are taken, or the least. Default true. */
  readonly largest?: boolean;
}

const readTop = optionsReader({ largest: optional(flag, true) });

/**
 * Returns the k greatest elements along an axis, the greatest first, and their indices: the first k in the
 * descending order of {@link sort}. So NaN comes first, as it is the result of `max`.
 *
 * The gradient of the values goes to the elements that they are; the indices have none.
 *
 * @param k from 0 to the length of the axis.
 * @param axis default the last.
 * @param options `largest` (default true); with false the least, the least first.
 * @returns `{ values, indices }`; indices are int32, counted along the axis.
 * @throws ShapeError for another k, or a scalar; DTypeError for a bool tensor.
 * @example
 * ```ts
 * import { tensor, topK } from "@graddiff/core";
 *
 * const { values, indices } = topK(tensor([3, 1, 4, 1, 5]), 2);
 * console.log(String(values), String(indices)); // [5. 4.] [4 2]
 * ```
 */
export function topK(
  x: TensorLike,
  k: number,
  axis?: number,
  options?: TopKOptions,
): { values: Tensor; indices: Tensor } {
  refuseSurplus("topK", 4, arguments);
  const { largest } = readTop("topK", options);
  const { along, rows, back } = asRows("topK", x, axis);
  const length = at(rows.shape, rows.rank - 1);
  if (nonNegativeInteger("topK", "k", k) > length) {
    throw new ShapeError("topK", "k", `at most ${length}, the length of axis ${along}`, String(k));
  }
  const results = applyAll(orderOp, [rows], { k, descending: largest });
  return { values: transpose(at(results, 0), back), indices: transpose(at(results, 1), back) };
}
