/**
 * Images of another size: each element of the result is a weighted sum of few elements along each axis.
 */

import {
  flag,
  numberThat,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { castLike } from "../ops/cast.ts";
import { take } from "../ops/indexing.ts";
import { promoteInputs } from "../ops/promote.ts";
import { reshape } from "../ops/view.ts";
import { perAxis } from "../ops/windows.ts";
import { at, checkShape } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { adaptiveAverage } from "./adaptivePooling.ts";

/** The options of {@link interpolate}: `size` or `scale`. */
export interface InterpolateOptions {
  /** The lengths of the result along the axes of images: one number, or one for each. */
  readonly size?: number | readonly number[];
  /** The factor of the lengths, which are rounded down: one number, or one for each axis. */
  readonly scale?: number | readonly number[];
  /** "nearest" (the default), "nearest-exact", "linear", for two axes "cubic", or "area". */
  readonly mode?: "nearest" | "nearest-exact" | "linear" | "cubic" | "area";
  /** True if the first and the last elements of both are at the same positions; else their edges do. Default false. */
  readonly alignCorners?: boolean;
}

const MODES = ["nearest", "nearest-exact", "linear", "cubic", "area"] as const;
const readScale = numberThat((value) => value > 0 && Number.isFinite(value), "a positive number");
const readSettings = optionsReader({
  size: optional<number | number[] | undefined>(oneOrMany(positiveInteger), undefined),
  scale: optional<number | number[] | undefined>(oneOrMany(readScale), undefined),
  mode: optional(oneOf(...MODES), "nearest" as const),
  alignCorners: optional(flag, false),
});

/**
 * Reads {@link InterpolateOptions}.
 *
 * @throws ArgumentError for both or none of size and scale, and for corners that a mode does not align.
 */
function readInterpolateOptions(op: string, options: unknown) {
  const read = readSettings(op, options);
  const { size, scale, mode, alignCorners } = read;
  if ((size === undefined) === (scale === undefined)) {
    const got = size === undefined ? "none" : "both";
    throw new ArgumentError(op, "options", "size or scale", got);
  }
  if (alignCorners && mode !== "linear" && mode !== "cubic") {
    const expected = `false for mode: ${describe(mode)}`;
    throw new ArgumentError(op, "alignCorners", expected, describe(alignCorners));
  }
  return read;
}

/** For each element of the result the index of an element of the input, and the weight of that element. */
interface Tap {
  readonly indices: Int32Array;
  /** Undefined for ones. */
  readonly weights?: Float64Array;
}

/**
 * An axis: its length in the input, its length in the result (`count`), and the elements of the input to one of the
 * result (`step`).
 */
interface Axis {
  readonly length: number;
  readonly count: number;
  readonly step: number;
}

/** Returns the element at ⌊i · step⌋, in float32 as PyTorch computes it. */
function nearestTaps({ length, count, step }: Axis): Tap[] {
  const narrow = Math.fround(step);
  const indexOf = (i: number) => {
    if (count === length) return i;
    // PyTorch computes these indices for twice as many elements, without rounding the step.
    if (count === 2 * length) return i >> 1;
    return Math.min(Math.floor(Math.fround(i * narrow)), length - 1);
  };
  return [{ indices: Int32Array.from({ length: count }, (_, i) => indexOf(i)) }];
}

/** Returns the element whose middle is nearest. */
function nearestExactTaps(axis: Axis): Tap[] {
  const positions = positionsOf(axis, false);
  const indexOf = (position: number) =>
    Math.min(Math.floor(Math.fround(Math.max(0, position) + 0.5)), axis.length - 1);
  return [{ indices: Int32Array.from(positions, indexOf) }];
}

/** Returns the positions of the result's elements among those of x. */
function positionsOf({ length, count, step }: Axis, alignCorners: boolean): Float64Array {
  const whole = count > 1 ? (length - 1) / (count - 1) : 0;
  return Float64Array.from({ length: count }, (_, i) =>
    alignCorners ? i * whole : (i + 0.5) * step - 0.5,
  );
}

function linearTaps(axis: Axis, alignCorners: boolean): Tap[] {
  const last = axis.length - 1;
  const positions = positionsOf(axis, alignCorners).map((position) =>
    Math.min(Math.max(0, position), last),
  );
  const first = Int32Array.from(positions, Math.floor);
  const weights = positions.map((position) => position - Math.floor(position));
  return [
    { indices: first, weights: weights.map((weight) => 1 - weight) },
    { indices: first.map((index) => Math.min(index + 1, last)), weights },
  ];
}

/** The parameter of the cubic convolution, as PyTorch has it. */
const CURVATURE = -0.75;

/**
 * The coefficients, highest power first, of the weight of an element at a distance up to 1, and from 1 to 2: Keys,
 * "Cubic convolution interpolation for digital image processing".
 */
export const CUBIC = {
  near: [CURVATURE + 2, -(CURVATURE + 3), 0, 1],
  far: [CURVATURE, -5 * CURVATURE, 8 * CURVATURE, -4 * CURVATURE],
} as const;

function cubicWeight(distance: number): number {
  const x = Math.abs(distance);
  return (x <= 1 ? CUBIC.near : CUBIC.far).reduce((sum, coefficient) => sum * x + coefficient, 0);
}

function cubicTaps(axis: Axis, alignCorners: boolean): Tap[] {
  const positions = positionsOf(axis, alignCorners);
  const clamp = (index: number) => Math.min(Math.max(index, 0), axis.length - 1);
  return [-1, 0, 1, 2].map((offset) => ({
    indices: Int32Array.from(positions, (position) => clamp(Math.floor(position) + offset)),
    weights: positions.map((position) => cubicWeight(position - Math.floor(position) - offset)),
  }));
}

/** Returns the sum of some elements along an axis, for each of the result. */
function resized(x: Tensor, axis: number, taps: readonly Tap[]): Tensor {
  const terms = taps.map(({ indices, weights }) => {
    const elements = take(x, stored([indices.length], "int32", indices), axis);
    if (weights === undefined) return elements;
    const shape = [weights.length, ...x.shape.slice(axis + 1).map(() => 1)];
    const factors = stored([weights.length], "float64", weights);
    return elements.mul(reshape(castLike(factors, x), shape));
  });
  return terms.reduce((sum, term) => sum.add(term));
}

/**
 * Images of another size: between elements "nearest" takes the one at or before a position, "nearest-exact" the one
 * whose middle is nearest, as other libraries do. "linear" draws lines, in two and three axes one after the other, and
 * "cubic" joins cubic polynomials of four elements. "area" is the mean of the elements that one of the result covers, see
 * {@link adaptiveAveragePool2d}.
 *
 * Result and indices are PyTorch's: those of "nearest" are ⌊i / scale⌋. Without `alignCorners` the middle of element i
 * is (i + ½) / scale − ½, and after the ends the last element repeats. Where `size` is given, scale is the quotient of
 * the lengths; where `scale` is given, it is that number, whatever lengths are rounded to.
 *
 * @param x [batch, channels, …] with one to three further axes, two for "cubic". int32 and bools become float32, but for
 *   "nearest" and "nearest-exact", which take any dtype.
 * @param options `size` or `scale`; `mode` (default "nearest"), `alignCorners` (false).
 * @returns [batch, channels, …size].
 * @throws ShapeError for another number of axes, or one without elements; ArgumentError for both or none of size and
 *   scale, and for corners that "nearest", "nearest-exact" or "area" would align.
 * @example
 * ```ts
 * import { interpolate, tensor } from "@graddiff/core";
 *
 * const x = tensor([[[0, 10, 20]]]);
 * console.log(String(interpolate(x, { scale: 2 }).reshape([6]))); // [ 0.  0. 10. 10. 20. 20.]
 * console.log(String(interpolate(x, { size: 5, mode: "linear", alignCorners: true }).reshape([5]))); // [ 0.  5. 10. 15. 20.]
 * ```
 */
export function interpolate(x: TensorLike, options: InterpolateOptions): Tensor {
  const op = "interpolate";
  refuseSurplus(op, 2, arguments);
  const tensor = toTensor(op, "x", x);
  const { size, scale, mode, alignCorners } = readInterpolateOptions(op, options);
  const axes = tensor.rank - 2;
  const fits = mode === "cubic" ? axes === 2 : axes >= 1 && axes <= 3;
  if (!fits || tensor.shape.slice(2).includes(0)) {
    throw new ShapeError(
      op,
      "x",
      mode === "cubic"
        ? "[batch, channels, height, width] with elements along both axes"
        : "[batch, channels, …] with one to three further axes, and elements along them",
      formatShape(tensor.shape),
    );
  }
  const isNearest = mode === "nearest" || mode === "nearest-exact";
  const [input] = isNearest ? [tensor] : promoteInputs(op, [tensor], "float");
  const sizes = size === undefined ? undefined : perAxis(op, "size", size, axes);
  const scales = scale === undefined ? undefined : perAxis(op, "scale", scale, axes);
  const all = tensor.shape.slice(2).map((length, axis): Axis => {
    const count = sizes?.[axis] ?? Math.floor(length * at(scales ?? [], axis));
    if (count === 0) {
      const expected = `at least one element of the result along axis ${axis + 2}`;
      throw new ArgumentError(op, "scale", expected, describe(scale));
    }
    return { length, count, step: scales === undefined ? length / count : 1 / at(scales, axis) };
  });
  checkShape(op, "size", [...tensor.shape.slice(0, 2), ...all.map(({ count }) => count)]);
  if (mode === "area") {
    return adaptiveAverage(
      op,
      axes,
      input,
      all.map(({ count }) => count),
    );
  }
  const tapsOf = (axis: Axis) => {
    if (mode === "nearest") return nearestTaps(axis);
    if (mode === "nearest-exact") return nearestExactTaps(axis);
    return mode === "linear" ? linearTaps(axis, alignCorners) : cubicTaps(axis, alignCorners);
  };
  // The last axis first, as PyTorch rounds it.
  return all.reduceRight((image, axis, i) => resized(image, i + 2, tapsOf(axis)), input);
}
