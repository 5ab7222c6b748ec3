/**
 * Basic indexing, and other methods of Tensor that select or repeat elements by their index.
 */

import {
  anyNumber,
  integer,
  listOf,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, hintOfStatic, ShapeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import { where } from "../ops/comparison.ts";
import { take } from "../ops/indexing.ts";
import type { Axes } from "../ops/reduction.ts";
import {
  backwards,
  broadcastTo,
  elementsAlong,
  reshape,
  sliceBackwardOp,
  sliceOp,
  spanOf,
} from "../ops/view.ts";
import { ones } from "../tensor/create.ts";
import {
  normalizeAxes,
  normalizeAxis,
  at as of,
  resultWithin,
  type Shape,
  sizeOf,
} from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/**
 * The index of an axis for {@link at}: an integer, by which the axis goes; a range, whose parts may be left out or
 * null. Or null, for a new axis of length 1; or "..." for all axes that are not named.
 */
export type Index =
  | number
  | null
  | "..."
  | readonly [start?: number | null, end?: number | null, step?: number | null];

const readPart = (argument: string, value: unknown): number | undefined => {
  if (value === undefined || value === null) return undefined;
  return integer("at", argument, value);
};

function isRange(entry: unknown): entry is readonly unknown[] {
  return Array.isArray(entry) && entry.length <= 3;
}

/**
 * Elements by their index, as `x[…]` in NumPy: for each axis from the first an index. Axes after the last index stay
 * whole.
 *
 * @param index integers (the axis goes; negative ones count from the end), ranges `[start, end, step]`, `null` (a new
 *   axis of length 1) and `"..."` (all axes that are not named). Ranges are without the end. Any part of one may be
 *   left out or null, and the step may be negative.
 * @throws ArgumentError for an integer out of range, a step of 0, or what is no index; ShapeError for more indices than
 *   axes.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 *
 * const x = arange(12).reshape([3, 4]);
 * console.log(x.at(-1, 0).item(), String(x.at("...", [1, 3])), String(x.at(0, [null, null, -1])));
 * // 8 [[ 1.  2.]
 * //  [ 5.  6.]
 * //  [ 9. 10.]] [3. 2. 1. 0.]
 * console.log(x.at(null, [0, 2]).shape); // [ 1, 2, 4 ]
 * ```
 */
export function at(x: TensorLike, ...index: Index[]): Tensor {
  const input = toTensor("at", "x", x);
  const named = index.filter((entry) => entry !== null && entry !== "...").length;
  if (named > input.rank || index.filter((entry) => entry === "...").length > 1) {
    const expected = `at most ${input.rank} indices, one for each axis, and one "..."`;
    const got = `[${index.map((entry) => describe(entry)).join(", ")}]`;
    throw new ShapeError("at", "index", expected, got);
  }
  const starts: number[] = [];
  const lengths: number[] = [];
  const steps: number[] = [];
  const shape: number[] = [];
  const whole = (count: number) => {
    for (let i = 0; i < count; i++) {
      const length = of(input.shape, starts.length);
      starts.push(0);
      lengths.push(length);
      steps.push(1);
      shape.push(length);
    }
  };
  index.forEach((entry, i) => {
    const argument = `index[${i}]`;
    if (entry === null) shape.push(1);
    else if (entry === "...") whole(input.rank - named);
    else if (isRange(entry)) {
      const [start, end, step = 1] = entry.map((part) => readPart(argument, part));
      if (step === 0) {
        throw new ArgumentError("at", argument, "a step other than 0", "0");
      }
      const span = spanOf(of(input.shape, starts.length), start, end, step);
      starts.push(span.start);
      lengths.push(span.length);
      steps.push(span.step);
      shape.push(span.length);
    } else {
      starts.push(indexOf(argument, entry, starts.length, of(input.shape, starts.length)));
      lengths.push(1);
      steps.push(1);
    }
  });
  whole(input.rank - starts.length);
  const isWhole = steps.every((step, axis) => step === 1 && lengths[axis] === input.shape[axis]);
  return reshape(isWhole ? input : apply(sliceOp, [input], { starts, lengths, steps }), shape);
}

const READ_AT = "take(x, indices) reads at indices of a tensor";

function indexOf(argument: string, entry: unknown, axis: number, length: number): number {
  if (typeof entry !== "number" || !Number.isInteger(entry) || entry < -length || entry >= length) {
    const isInteger = typeof entry === "number" && Number.isInteger(entry);
    const expected = isInteger
      ? `an integer from ${-length} to ${length - 1}, since axis ${axis} has length ${length}`
      : 'an integer, a range such as [0, 2], null or "..."';
    const isTyped = typeof entry === "object" && entry !== null && "dtype" in entry;
    const hint = isTyped ? (hintOfStatic(entry, `${READ_AT}. `) ?? READ_AT) : undefined;
    throw new ArgumentError("at", argument, expected, describe(entry), hint);
  }
  return entry < 0 ? entry + length : entry;
}

/**
 * Returns the elements along axes from the last to the first.
 *
 * @param axes default: all.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([[1, 2], [3, 4]]).flip(1).toArray()); // [ [ 2, 1 ], [ 4, 3 ] ]
 * ```
 */
export function flip(x: TensorLike, axes?: Axes): Tensor {
  refuseSurplus("flip", 2, arguments, "flip([0, 1])");
  const input = toTensor("flip", "x", x);
  const turned = normalizeAxes("flip", axes, input.rank);
  return backwards(input, (axis) => turned.includes(axis));
}

/**
 * Axes that follow each other as one.
 *
 * @param from the first of them, default 0. @param to the last of them, included; default the last.
 * @throws ShapeError for an axis out of range, or a last one before the first.
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 *
 * const x = zeros([2, 3, 4]);
 * console.log(x.flatten().shape, x.flatten(1).shape, x.flatten(0, 1).shape); // [ 24 ] [ 2, 12 ] [ 6, 4 ]
 * ```
 */
export function flatten(x: TensorLike, from = 0, to = -1): Tensor {
  refuseSurplus("flatten", 3, arguments);
  const input = toTensor("flatten", "x", x);
  // A scalar becomes a vector.
  if (input.rank === 0 && from === 0 && to === -1) return reshape(input, [1]);
  const first = normalizeAxis("flatten", from, input.rank, "from");
  const last = normalizeAxis("flatten", to, input.rank, "to");
  if (last < first) {
    throw new ShapeError("flatten", "to", `an axis from ${first} on`, String(last));
  }
  const { shape } = input;
  const joined = sizeOf(shape.slice(first, last + 1));
  return reshape(input, [...shape.slice(0, first), joined, ...shape.slice(last + 1)]);
}

const readCounts = listOf(nonNegativeInteger, "a number, or an array of one for each axis");

/**
 * Returns x side by side with itself, `counts` times along each axis.
 *
 * @param counts a number, for the last axis, or one for each of the last axes; with more of them than x has axes, the
 *   first ones are for new axes.
 * @throws ArgumentError for what is no count.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(String(tensor([1, 2]).tile(2)), tensor([1, 2]).tile([2, 1]).toArray()); // [1. 2. 1. 2.] [ [ 1, 2 ], [ 1, 2 ] ]
 * ```
 */
export function tile(x: TensorLike, counts: number | readonly number[]): Tensor {
  refuseSurplus("tile", 2, arguments, "tile([1, 2])");
  const input = toTensor("tile", "x", x);
  const list = readCounts("tile", "counts", typeof counts === "number" ? [counts] : counts);
  const rank = Math.max(list.length, input.rank);
  const filled = (list: readonly number[]) => [
    ...new Array<number>(rank - list.length).fill(1),
    ...list,
  ];
  const times = filled(list);
  const lengths = filled(input.shape);
  const shape = lengths.map((length, i) => of(times, i) * length);
  resultWithin("tile", { shape }, undefined);
  if (shape.includes(0))
    return reshape(elementsAlong(reshape(input, [input.size]), 0, 0, 0), shape);
  // Each axis that is repeated gets one before it; all that follow up to the next are one axis. So there are at most 61:
  // 30 axes that are repeated make 2³⁰ elements.
  const expanded: number[] = [1];
  const repeated: number[] = [1];
  lengths.forEach((length, i) => {
    if (of(times, i) !== 1) {
      expanded.push(1, 1);
      repeated.push(of(times, i), 1);
    }
    const last = expanded.length - 1;
    expanded[last] = repeated[last] = of(expanded, last) * length;
  });
  return reshape(broadcastTo(reshape(input, expanded), repeated), shape);
}

/** The widths of the padding: one number, a pair for all axes, or a pair for each. */
export type PadWidths =
  | number
  | readonly [before: number, after: number]
  | readonly (readonly [before: number, after: number])[];

/** The last argument of {@link pad}. */
export interface PadOptions {
  /**
   * The elements of the padding: "constant" (the default), `value`; "reflect", the elements mirrored at the first and
   * last one, which are not repeated. "edge" takes these, and "wrap" the elements from the other end.
   */
  readonly mode?: "constant" | "reflect" | "edge" | "wrap";
  /** The number outside, for the mode "constant". Default 0. */
  readonly value?: number;
}

const readPad = optionsReader({
  mode: optional(oneOf("constant", "reflect", "edge", "wrap"), "constant" as const),
  value: optional(anyNumber, 0),
});

const readPair = listOf(nonNegativeInteger, "a pair of numbers, before and after");

function widthsOf(widths: unknown, rank: number): readonly (readonly number[])[] {
  const wrong = () =>
    new ShapeError(
      "pad",
      "widths",
      `a number, a pair [before, after], or ${rank} pairs, one for each axis`,
      describe(widths),
    );
  if (!Array.isArray(widths)) {
    const width = nonNegativeInteger("pad", "widths", widths);
    return new Array<number[]>(rank).fill([width, width]);
  }
  const isNested = widths.some((entry) => typeof entry === "object");
  const pairs = isNested
    ? widths.map((entry, i) => readPair("pad", `widths[${i}]`, entry))
    : new Array<number[]>(rank).fill(readPair("pad", "widths", widths));
  if (pairs.length !== rank || pairs.some((pair) => pair.length !== 2)) throw wrong();
  return pairs;
}

/** The index of the element for each position of the padding, by mode. */
const SOURCES = {
  reflect: (index: number, length: number) => {
    const period = Math.max(1, 2 * (length - 1));
    const within = ((index % period) + period) % period;
    return Math.min(within, period - within);
  },
  edge: (index: number, length: number) => Math.min(Math.max(index, 0), length - 1),
  wrap: (index: number, length: number) => ((index % length) + length) % length,
} as const;

/**
 * x with more elements around it.
 *
 * @param widths how many along each axis: a number, for all sides; a pair [before, after], for all axes; or a pair for
 *   each axis.
 * @param options `mode` ("constant", the default, "reflect", "edge" or "wrap"), `value` (default 0).
 * @throws ShapeError for widths that do not fit the axes, or an axis without elements to repeat.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * const x = tensor([1, 2, 3]);
 * console.log(String(x.pad(1)), String(x.pad([2, 0], { mode: "reflect" }))); // [0. 1. 2. 3. 0.] [3. 2. 1. 2. 3.]
 * ```
 */
export function pad(x: TensorLike, widths: PadWidths, options?: PadOptions): Tensor {
  refuseSurplus("pad", 3, arguments);
  const { mode, value } = readPad("pad", options);
  const input = toTensor("pad", "x", x);
  const pairs = widthsOf(widths, input.rank);
  const isPadded = pairs.map(([before = 0, after = 0]) => before + after > 0);
  if (!isPadded.includes(true)) return input;
  const shape = input.shape.map(
    (length, axis) => length + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0),
  );
  resultWithin("pad", { shape }, undefined);
  if (mode === "constant") return padded(input, pairs, value);
  return input.shape.reduce((result, length, axis) => {
    if (!isPadded[axis]) return result;
    if (length === 0) {
      throw new ShapeError("pad", "x", `elements along axis ${axis} to repeat`, describe(input));
    }
    const [before = 0, after = 0] = of(pairs, axis);
    const indices = Int32Array.from({ length: before + length + after }, (_, i) =>
      SOURCES[mode](i - before, length),
    );
    return take(result, stored([indices.length], "int32", indices), axis);
  }, input);
}

function padded(x: Tensor, pairs: readonly (readonly number[])[], value: number): Tensor {
  const shape: Shape = x.shape.map((length, axis) => {
    const [before = 0, after = 0] = of(pairs, axis);
    return before + length + after;
  });
  const starts = pairs.map(([before = 0]) => before);
  const part = { shape, starts, steps: shape.map(() => 1) };
  const amongZeros = apply(sliceBackwardOp, [x], part);
  if (Object.is(value, 0)) return amongZeros;
  const isInside = apply(sliceBackwardOp, [ones(x.shape, { dtype: "bool" })], part);
  return where(isInside, amongZeros, value);
}
