/**
 * Values of which a share of all elements is less: quantiles and the median.
 */

import {
  flag,
  fraction,
  integer,
  listOf,
  oneOf,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { checked } from "../ops/checked.ts";
import { where } from "../ops/comparison.ts";
import { take } from "../ops/indexing.ts";
import { stack } from "../ops/joining.ts";
import { promoteInputs } from "../ops/promote.ts";
import type { ReductionOptions } from "../ops/reduction.ts";
import { ceil, floor, round } from "../ops/rounding.ts";
import { sort } from "../ops/sorting.ts";
import { elementsAlong, reshape, rowOrder, transpose } from "../ops/view.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { isTensor, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** The way in which a quantile between two elements is made of them. */
type Interpolation = "linear" | "lower" | "higher" | "nearest" | "midpoint";

/** The last argument of {@link quantile}. */
export interface QuantileOptions extends ReductionOptions {
  /**
   * The value between two elements: "linear" (the default), by the distances to both; "lower" or "higher", one of them. "nearest"
   * takes, of two equally near, the one with the even index, and "midpoint" their mean.
   */
  readonly interpolation?: Interpolation;
}

const readQuantile = optionsReader({
  keepDims: optional(flag, false),
  interpolation: optional(
    oneOf("linear", "lower", "higher", "nearest", "midpoint"),
    "linear" as const,
  ),
});

const readShares: Reader<number[]> = listOf(fraction, "a number from 0 to 1, or an array of them");
const readAxis = optional<number | undefined>(integer, undefined);

/** For each interpolation, the weight of the upper neighbour of a fractional index. */
const FRACTIONS: Readonly<Record<Interpolation, (index: number) => number>> = {
  linear: (index) => index - Math.floor(index),
  lower: () => 0,
  higher: (index) => Number(index > Math.floor(index)),
  nearest: (index) => {
    const below = Math.floor(index);
    const rest = index - below;
    return rest === 0.5 ? below % 2 : Number(rest > 0.5);
  },
  midpoint: (index) => (index > Math.floor(index) ? 0.5 : 0),
};

/** x + (y − x) · fraction, and x or y itself at the ends. */
function between(x: Tensor, y: Tensor, fraction: number): Tensor {
  if (fraction === 0) return x;
  return fraction === 1 ? y : x.add(y.sub(x).mul(fraction));
}

/** Rows in order, and all NaN where a row has one. */
interface Sorted {
  readonly rows: Tensor;
  readonly hasNaN: Tensor;
}

function sortedRows(op: string, x: Tensor, axis: number | undefined): Sorted {
  const rows =
    axis === undefined ? reshape(x, [x.size]) : transpose(x, rowOrder(x.rank, axis).order);
  const length = at(rows.shape, rows.rank - 1);
  if (length === 0) {
    throw new ShapeError(op, "x", "at least one element along the axis", formatShape(x.shape));
  }
  const inOrder = sort(rows);
  const last = elementsAlong(inOrder, rows.rank - 1, length - 1, 1);
  return { rows: inOrder, hasNaN: last.notEqual(last) };
}

/** Returns one quantile of each row, with an axis of length 1. */
function oneQuantile({ rows, hasNaN }: Sorted, share: number, how: Interpolation): Tensor {
  const last = rows.rank - 1;
  const length = at(rows.shape, last);
  const index = share * (length - 1);
  const below = Math.floor(index);
  const lower = elementsAlong(rows, last, below, 1);
  const higher = elementsAlong(rows, last, Math.min(below + 1, length - 1), 1);
  return where(hasNaN, Number.NaN, between(lower, higher, FRACTIONS[how](index)));
}

/** Returns the quantiles of each row for shares in a vector: an axis for them after the others. */
function quantilesAt({ rows, hasNaN }: Sorted, shares: Tensor, how: Interpolation): Tensor {
  const last = rows.rank - 1;
  const length = at(rows.shape, last);
  const indices = shares.cast(rows.dtype).mul(length - 1);
  const elements = (index: Tensor) => take(rows, index.clip(0, length - 1).cast("int32"), last);
  const between = () => {
    const below = floor(indices);
    const lower = elements(below);
    const width = elements(ceil(indices)).sub(lower);
    return lower.add(width.mul(how === "linear" ? indices.sub(below) : 0.5));
  };
  const nearest = { lower: floor, higher: ceil, nearest: round } as const;
  const result =
    how === "linear" || how === "midpoint" ? between() : elements(nearest[how](indices));
  return where(hasNaN, Number.NaN, result);
}

/**
 * Returns the value of which a share of all elements is less: element q · (n − 1) of the sorted ones, counted from 0.
 * NaN where one is NaN.
 *
 * @param q from 0 to 1: a number; an array of them or a vector, whose quantiles are along a new first axis. The
 *   gradient of a vector is the slope between two elements with `interpolation` "linear", else 0.
 * @param axis default: all elements.
 * @param options `interpolation` between two elements ("linear", the default, "lower", "higher", "nearest", "midpoint"),
 *   `keepDims` (default false).
 * @returns floats. The gradient goes to the elements that a quantile is made of.
 * @throws ArgumentError for q beyond 0 and 1; ShapeError for an axis out of range or without elements.
 * @example
 * ```ts
 * import { quantile, tensor } from "@graddiff/core";
 *
 * const x = tensor([3, 1, 2, 4]);
 * console.log(quantile(x, 0.5).item(), String(quantile(x, [0, 0.25, 1]))); // 2.5 [1.   1.75 4.  ]
 * ```
 */
export function quantile(
  x: TensorLike,
  q: number | readonly number[] | Tensor,
  axis?: number,
  options?: QuantileOptions,
): Tensor {
  refuseSurplus("quantile", 4, arguments);
  return quantilesOf("quantile", x, q, axis, options);
}

function quantilesOf(
  op: string,
  x: TensorLike,
  q: number | readonly number[] | Tensor,
  axis: number | undefined,
  options: QuantileOptions | undefined,
): Tensor {
  const { keepDims, interpolation } = readQuantile(op, options);
  const [input] = promoteInputs(op, [toTensor(op, "x", x)], "float");
  const number = readAxis(op, "axis", axis);
  const along = number === undefined ? undefined : normalizeAxis(op, number, input.rank);
  const sorted = sortedRows(op, input, along);
  const kept = input.shape.map((length, i) => (along === undefined || i === along ? 1 : length));
  const shape = keepDims ? kept : input.shape.filter((_, i) => along !== undefined && i !== along);
  if (isTensor(q)) {
    const results = quantilesAt(sorted, checkShares(op, q).reshape([q.size]), interpolation);
    const order = [results.rank - 1, ...results.shape.map((_, i) => i).slice(0, -1)];
    return reshape(transpose(results, order), [...q.shape, ...shape]);
  }
  if (typeof q === "number") {
    return reshape(oneQuantile(sorted, fraction(op, "q", q), interpolation), shape);
  }
  const shares = readShares(op, "q", q);
  return stack(shares.map((share) => reshape(oneQuantile(sorted, share, interpolation), shape)));
}

function checkShares(op: string, q: Tensor): Tensor {
  if (q.rank > 1) {
    throw new ShapeError(op, "q", "a number or a vector", formatShape(q.shape));
  }
  return checked(q, { op, argument: "q", low: 0, high: 1, expected: "numbers from 0 to 1" });
}

/**
 * Returns the middle one of all elements in order, and of an even number the mean of both, as in NumPy (PyTorch takes
 * the lower). NaN where one is NaN.
 *
 * @param axis default: all elements.
 * @param options `keepDims` (default false).
 * @returns floats.
 * @throws ShapeError for an axis out of range or without elements.
 * @example
 * ```ts
 * import { median, tensor } from "@graddiff/core";
 *
 * console.log(median(tensor([3, 1, 2])).item(), median(tensor([4, 1])).item()); // 2 2.5
 * ```
 */
export function median(x: TensorLike, axis?: number, options?: ReductionOptions): Tensor {
  refuseSurplus("median", 3, arguments);
  const { keepDims } = readMedian("median", options);
  return quantilesOf("median", x, 0.5, axis, { keepDims });
}

const readMedian = optionsReader({ keepDims: optional(flag, false) });
