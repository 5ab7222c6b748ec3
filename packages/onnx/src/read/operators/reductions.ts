/**
 * Operators that reduce axes, or compute along an axis.
 */

import {
  argMax,
  argMin,
  concat,
  cumulativeSum,
  flip,
  full,
  logSumExp,
  oneHot,
  type Tensor,
  topK,
  zeros,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { type Operator, type Results, rows } from "../operator.ts";
import { isWhole } from "./kinds.ts";
import { firstOf } from "./shapes.ts";

type Reduce = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor;

/** Returns the axes, which are an input since version 18, those of ReduceSum since 13. */
function axesOf(node: Node, rank: number, since: number): readonly number[] {
  const given = node.version < since ? node.ints("axes") : node.maybeNumbers(1);
  if (given !== undefined && given.length > 0) return given.map((axis) => node.axis(axis, rank));
  if (node.int("noop_with_empty_axes", 0) !== 0) return [];
  return Array.from({ length: rank }, (_, axis) => axis);
}

/**
 * @param empty the result of a reduction of no elements; undefined if core computes it.
 * @param element the function of each element that also applies if there is no axis to reduce.
 */
/* @__NO_SIDE_EFFECTS__ */
function reduction(
  reduce: Reduce,
  { since = 18, empty, element }: { since?: number; empty?: number; element?: boolean } = {},
): Operator {
  return {
    settings: [1],
    wraps: true,
    read: (node) => {
      const x = node.input(0);
      const axes = axesOf(node, x.rank, since);
      const keepDims = node.int("keepdims", 1) !== 0;
      if (axes.length === 0 && element !== true) return x;
      const isEmpty = axes.some((axis) => x.shape[axis] === 0);
      if (empty !== undefined && isEmpty) {
        const shape = x.shape.flatMap((length, axis) =>
          axes.includes(axis) ? (keepDims ? [1] : []) : [length],
        );
        return full(shape, isWhole(x) ? Math.sign(empty) * 2 ** 31 : empty, { dtype: x.dtype });
      }
      const wide = isWhole(x) ? x.cast("int32") : x;
      const result = reduce(wide, axes, keepDims);
      return isWhole(x) ? result.cast(x.dtype) : result;
    },
  };
}

/** Sums, also if there is no axis to reduce. */
const total: Reduce = (x, axes, keepDims) => (axes.length === 0 ? x : x.sum(axes, { keepDims }));

const logTotal: Reduce = (x, axes, keepDims) =>
  axes.length === 0 ? x : logSumExp(x, axes, { keepDims });

/* @__NO_SIDE_EFFECTS__ */
function indexOf(find: typeof argMax): Operator {
  return {
    read: (node) => {
      const x = node.input(0);
      const axis = node.axis(node.int("axis", 0), x.rank);
      const keepDims = node.int("keepdims", 1) !== 0;
      if (node.int("select_last_index", 0) === 0)
        return { type: "int64", tensor: find(x, axis, { keepDims }) };
      const fromEnd = find(flip(x, axis), axis, { keepDims });
      return { type: "int64", tensor: fromEnd.mul(-1).add((x.shape[axis] ?? 1) - 1) };
    },
  };
}

function cumulative(node: Node): Tensor {
  const x = node.input(0);
  const axis = node.axis(node.number(1), x.rank);
  const reverse = node.int("reverse", 0) !== 0;
  const sums = cumulativeSum(x, axis, { reverse });
  const length = x.shape[axis] ?? 0;
  if (node.int("exclusive", 0) === 0 || length === 0) return sums;
  const nothing = zeros(
    x.shape.map((each, i) => (i === axis ? 1 : each)),
    { dtype: x.dtype },
  );
  const ahead = x.shape.map(() => 0);
  const ends = x.shape.map((each, i) => (i === axis ? length - 1 : each));
  const others = reverse
    ? sums.slice(ahead.map((_, i) => (i === axis ? 1 : 0)))
    : sums.slice(ahead, ends);
  return concat(reverse ? [others, nothing] : [nothing, others], axis);
}

/** Makes an operator along an axis. Up to version 12, all axes from `axis` on counted as one. */
/* @__NO_SIDE_EFFECTS__ */
function alongAxis(compute: (x: Tensor, axis: number) => Tensor): Operator {
  return {
    read: (node) => {
      const x = node.input(0);
      if (node.version >= 13) return compute(x, node.int("axis", -1));
      const axis = firstOf(node, x);
      const rows = sizeOf(x.shape.slice(0, axis));
      const columns = sizeOf(x.shape.slice(axis));
      return compute(x.reshape([rows, columns]), 1).reshape(x.shape);
    },
  };
}

/** Returns 1 at the first of the greatest elements along an axis, and 0 elsewhere. */
function hardmax(x: Tensor, axis: number): Tensor {
  const along = axis < 0 ? axis + x.rank : axis;
  const last = x.shape.length - 1;
  const chosen = argMax(x, along);
  const ones = oneHot(chosen, x.shape[along] ?? 0, { dtype: x.dtype });
  const order = x.shape.map((_, i) => (i < along ? i : i === along ? last : i - 1));
  return ones.transpose(order);
}

/** Returns the greatest or the least elements. Their number was a setting up to version 9. */
function greatest(node: Node): Results {
  const x = node.input(0);
  const count = node.version < 10 ? node.int("k", 1) : node.number(1);
  const axis = node.axis(node.int("axis", -1), x.rank);
  const { values, indices } = topK(x, count, axis, { largest: node.int("largest", 1) !== 0 });
  return [
    { type: node.type(0), tensor: values },
    { type: "int64", tensor: indices },
  ];
}

const lowest = Number.NEGATIVE_INFINITY;

export const reductions = rows({
  ArgMax: indexOf(argMax),
  ArgMin: indexOf(argMin),
  CumSum: { read: cumulative, settings: [1], wraps: true },
  Hardmax: alongAxis(hardmax),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  ReduceL1: reduction((x, axes, keepDims) => total(x.abs(), axes, keepDims), { element: true }),
  ReduceL2: reduction((x, axes, keepDims) => total(x.square(), axes, keepDims).sqrt(), {
    element: true,
  }),
  ReduceLogSum: reduction((x, axes, keepDims) => total(x, axes, keepDims).log(), { element: true }),
  ReduceLogSumExp: reduction(logTotal, { empty: lowest, element: true }),
  ReduceMax: reduction((x, axes, keepDims) => x.max(axes, { keepDims }), { empty: lowest }),
  ReduceMean: reduction((x, axes, keepDims) => x.mean(axes, { keepDims })),
  ReduceMin: reduction((x, axes, keepDims) => x.min(axes, { keepDims }), { empty: -lowest }),
  ReduceProd: reduction((x, axes, keepDims) => x.prod(axes, { keepDims })),
  ReduceSum: reduction(total, { since: 13 }),
  ReduceSumSquare: reduction((x, axes, keepDims) => total(x.square(), axes, keepDims), {
    element: true,
  }),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
  TopK: { read: greatest, settings: [1] },
});
