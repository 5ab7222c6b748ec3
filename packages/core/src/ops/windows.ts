/**
 * Windows that slide over the last axes of a tensor: how public functions read their settings, and the elements that
 * they contain.
 *
 * Their settings are bounded, since kernels take counts as 32 bits: by the padded lengths, which must be possible
 * lengths of a tensor. A stride or dilation beyond them counts as one that meets no other element. `checkCounts` checks
 * the other counts where calls are made.
 */

import {
  flag,
  listOf,
  nonNegativeInteger,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  type Reader,
  type Readers,
} from "../arguments.ts";
import { ArgumentError, describe, ShapeError } from "../errors.ts";
import { reachOf, type Windows } from "../families/windows.ts";
import { apply } from "../graph/apply.ts";
import type { Attributes } from "../graph/types.ts";
import { at, checkShape, numberAt, type Shape, sameNumbers } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sliceBackwardOp, sliceOp } from "./view.ts";

/** The attributes of an op of windows. */
export type WindowAttributes = Attributes & Windows;

/**
 * The padding before the first element of each axis and after the last: a number of elements, one number for each
 * axis, or a pair for each. "valid" is nothing. "same" is as much as it takes for the result to be as long as the input
 * (over the stride, rounded up), an odd element of it at the end.
 */
export type Padding =
  | number
  | readonly number[]
  | readonly (readonly [before: number, after: number])[]
  | "same"
  | "valid";

/** The layout of windows. */
export interface WindowOptions {
  /** The elements from one window to the next: one number, or one for each axis. */
  readonly stride?: number | readonly number[];
  /** Default 0. */
  readonly padding?: Padding;
  /** The distance of neighbouring elements of a window: one number, or one for each axis. Default 1. */
  readonly dilation?: number | readonly number[];
}

const pair = listOf(nonNegativeInteger, "a pair of numbers, before and after");
const readPadding: Reader<unknown> = (op, argument, value) => {
  if (typeof value === "string") return oneOf("same", "valid")(op, argument, value);
  if (!Array.isArray(value)) return nonNegativeInteger(op, argument, value);
  const each: Reader<unknown> = (_op, _argument, entry) =>
    (Array.isArray(entry) ? pair : nonNegativeInteger)(op, argument, entry);
  return listOf(each, "an array")(op, argument, value);
};

/** The length of a window along each axis: one number, or one for each axis. */
export const readSize: Reader<number | number[]> = oneOrMany(positiveInteger);

/** The readers of {@link WindowOptions}. */
export const windowReaders = {
  stride: optional<number | number[] | undefined>(oneOrMany(positiveInteger), undefined),
  padding: optional(readPadding, 0),
  dilation: optional(oneOrMany(positiveInteger), 1),
};

/**
 * Returns the reader of these options and of others. A function spreads them, since bundlers keep a spread that runs at
 * load.
 */
/* @__NO_SIDE_EFFECTS__ */
export function windowReader<R extends Readers>(readers: R) {
  return optionsReader({ ...windowReaders, ...readers });
}

/** The reader of a number of groups. */
export const readGroups: Reader<number> = optional(positiveInteger, 1);

/** The reader of `ceilMode`. */
export const readCeilMode: Reader<boolean> = optional(flag, false);

/** Returns one number for each axis. */
export function perAxis(
  op: string,
  argument: string,
  value: number | readonly number[],
  axes: number,
): readonly number[] {
  if (typeof value === "number") return new Array<number>(axes).fill(value);
  if (value.length === axes) return value;
  throw mismatch(op, argument, `one number, or ${axes}`, value);
}

/** Returns the length of a window, or the number of windows, along each axis. */
export function readLengths(op: string, axes: number, size: unknown): readonly number[] {
  return perAxis(op, "size", readSize(op, "size", size), axes);
}

function mismatch(op: string, argument: string, expected: string, got: unknown): ArgumentError {
  return new ArgumentError(op, argument, expected, describe(got));
}

/** The windows as the readers have read them. */
export interface ReadWindows {
  /** Default 1. */
  readonly stride?: number | readonly number[] | undefined;
  readonly padding: unknown;
  readonly dilation: number | readonly number[];
  /** True if a last window may begin that ends after the padding. */
  readonly ceilMode?: boolean;
  /** The argument that has the shape, for errors. Default x. */
  readonly argument?: string;
}

/**
 * Returns the windows of some lengths over the last axes of a shape. What reaches the functions that compute them is
 * less than the padded lengths, and these are checked: a stride or a dilation beyond them meets no other element,
 * whatever it is.
 *
 * @throws ShapeError where not one of them fits, or the padding makes more elements than a tensor may have.
 */
export function windowsOf(
  op: string,
  shape: Shape,
  size: readonly number[],
  { stride = 1, padding, dilation, ceilMode = false, argument = "x" }: ReadWindows,
): Windows {
  const axes = size.length;
  const strides = perAxis(op, "stride", stride, axes);
  const dilations = perAxis(op, "dilation", dilation, axes);
  const low: number[] = [];
  const padded = [...shape];
  const outputSize = shape.slice(shape.length - axes).map((length, axis) => {
    const step = at(strides, axis);
    const span = (at(size, axis) - 1) * at(dilations, axis) + 1;
    const [before, after] = paddingOf(op, padding, axis, axes, { length, step, span });
    low.push(before);
    padded[shape.length - axes + axis] = safe(length + before + after);
    const free = length + before + after - span;
    if (free < 0) {
      const expected = `at least ${span} elements along axis ${shape.length - axes + axis} for a window, padding included`;
      throw new ShapeError(op, argument, expected, String(length + before + after));
    }
    const steps = ceilMode ? Math.ceil(free / step) : Math.floor(free / step);
    // A window that begins in the padding after the last element has no elements.
    return ceilMode && steps * step >= length + before ? steps : steps + 1;
  });
  const lengths = checkShape(op, `${argument} with its padding`, padded).slice(-axes);
  const within = (list: readonly number[]) =>
    list.map((each, axis) => Math.min(each, Math.max(1, at(lengths, axis))));
  const inputDilation = size.map(() => 1);
  return {
    size,
    stride: within(strides),
    dilation: within(dilations),
    low,
    inputDilation,
    outputSize,
  };
}

/** Returns a length for an error: a sum of integers may be beyond those that are exact. */
function safe(length: number): number {
  return Math.min(length, Number.MAX_SAFE_INTEGER);
}

/** Returns as many windows as fit, with as much padding after as before: for examples. */
export function windowsThatFit(
  lengths: Shape,
  windows: Omit<Windows, "outputSize">,
): WindowAttributes {
  const { size, stride, dilation, low, inputDilation } = windows;
  const outputSize = lengths.map((length, axis) => {
    const reach = (length - 1) * at(inputDilation, axis) + 1 + 2 * at(low, axis);
    const span = (at(size, axis) - 1) * at(dilation, axis) + 1;
    return Math.max(0, Math.floor((reach - span) / at(stride, axis)) + 1);
  });
  return { ...windows, outputSize };
}

/**
 * Returns the lengths of the axes over which windows of a convolution would give as many results as a shape has at its
 * end, with the layout of these windows: those of a transposed convolution. With padding "same" they are as long as the
 * shape's times the stride.
 *
 * @throws ShapeError where nothing is left of them; ArgumentError for more elements at the end than a stride or dilation.
 */
export function transposedWindowsOf(
  op: string,
  shape: Shape,
  size: readonly number[],
  { stride = 1, padding, dilation, outputPadding }: TransposedWindows,
): { readonly windows: Windows; readonly lengths: Shape } {
  const axes = size.length;
  const strides = perAxis(op, "stride", stride, axes);
  const dilations = perAxis(op, "dilation", dilation, axes);
  const more = perAxis(op, "outputPadding", outputPadding, axes);
  const low: number[] = [];
  const whole: number[] = [];
  const outputSize = shape.slice(shape.length - axes);
  const lengths = outputSize.map((count, axis) => {
    const step = at(strides, axis);
    const span = (at(size, axis) - 1) * at(dilations, axis) + 1;
    const most = Math.max(step, at(dilations, axis)) - 1;
    if (at(more, axis) > most) {
      const expected = `at most ${most}, less than the stride or the dilation`;
      throw mismatch(op, "outputPadding", expected, at(more, axis));
    }
    const lengths = { length: count * step, step, span };
    const [before, after] = paddingOf(op, padding, axis, axes, lengths);
    low.push(before);
    const reach = (count - 1) * step + span - before - after;
    const length = (padding === "same" ? lengths.length : reach) + at(more, axis);
    whole.push(safe(length + before + after));
    if (length >= 1) return length;
    throw new ShapeError(
      op,
      "x",
      `more elements along axis ${shape.length - axes + axis} than the padding takes away`,
      String(count),
    );
  });
  checkShape(op, "result with its padding", [...shape.slice(0, -axes), ...whole]);
  const inputDilation = size.map(() => 1);
  const within = (list: readonly number[]) =>
    list.map((each, axis) => Math.min(each, at(whole, axis)));
  return {
    windows: {
      size,
      stride: within(strides),
      dilation: within(dilations),
      low,
      inputDilation,
      outputSize,
    },
    lengths,
  };
}

/** The windows of a transposed convolution as the readers have read them. */
export interface TransposedWindows extends Omit<ReadWindows, "ceilMode" | "argument"> {
  readonly outputPadding: number | readonly number[];
}

/** Returns the padding before an axis and after it. */
export function paddingOf(
  op: string,
  padding: unknown,
  axis: number,
  axes: number,
  { length, step, span }: Readonly<Record<"length" | "step" | "span", number>>,
): readonly [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(length / step) - 1) * step + span - length);
    return [total >> 1, total - (total >> 1)];
  }
  if (typeof padding === "number") return [padding, padding];
  const list = padding as readonly unknown[];
  const entry = list.length === axes ? list[axis] : undefined;
  if (typeof entry === "number") return [entry, entry];
  if (Array.isArray(entry) && entry.length === 2) return [entry[0], entry[1]];
  throw mismatch(op, "padding", `a number, ${axes} of them, or ${axes} pairs`, padding);
}

/**
 * Returns the elements that windows reach, with zeros around and between those of x. The first window begins with the
 * first of them.
 */
export function reached(x: Tensor, windows: Windows): Tensor {
  const { size, low, inputDilation } = windows;
  const outer = x.rank - size.length;
  const lengths = x.shape.slice(outer);
  const full = size.map((_, axis) => reachOf(windows, axis));
  // Padding may be negative: then some elements are not reached at all.
  const first = lengths.map((_, axis) =>
    Math.max(0, Math.ceil(-at(low, axis) / at(inputDilation, axis))),
  );
  const kept = lengths.map((length, axis) => {
    const end = Math.floor((at(full, axis) - 1 - at(low, axis)) / at(inputDilation, axis)) + 1;
    return Math.max(0, Math.min(length, end) - at(first, axis));
  });
  const leading = x.shape.slice(0, outer);
  const nothing = leading.map(() => 0);
  const single = leading.map(() => 1);
  const inner = sameNumbers(kept, lengths)
    ? x
    : apply(sliceOp, [x], {
        starts: [...nothing, ...first],
        lengths: [...leading, ...kept],
        steps: x.shape.map(() => 1),
      });
  if (sameNumbers(kept, full)) return inner;
  return apply(sliceBackwardOp, [inner], {
    shape: [...leading, ...full],
    starts: [
      ...nothing,
      ...first.map((i, axis) => numberAt(low, axis) + i * numberAt(inputDilation, axis)),
    ],
    steps: [...single, ...inputDilation],
  });
}

/** Returns one element of each window. */
export function atElement(full: Tensor, windows: Windows, element: readonly number[]): Tensor {
  const { stride, dilation, outputSize } = windows;
  const leading = full.shape.slice(0, full.rank - outputSize.length);
  return apply(sliceOp, [full], {
    starts: [...leading.map(() => 0), ...element.map((k, axis) => k * numberAt(dilation, axis))],
    lengths: [...leading, ...outputSize],
    steps: [...leading.map(() => 1), ...stride],
  });
}

/** Returns the coordinates of the elements of a window in order. */
export function elementsOf({ size }: Pick<Windows, "size">): number[][] {
  let elements: number[][] = [[]];
  for (const length of size) {
    elements = elements.flatMap((element) => Array.from({ length }, (_, k) => [...element, k]));
  }
  return elements;
}
