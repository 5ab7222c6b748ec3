/**
 * Initializers: functions that make the initial values of weights, such that signals and gradients keep their magnitude
 * from layer to layer.
 */

import {
  type DType,
  normal,
  type Shape,
  ShapeError,
  type Tensor,
  tensor,
  truncatedNormal,
  uniform,
  zeros,
} from "@graddiff/core";
import {
  finite,
  formatShape,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  type Readers,
  refuseSurplus,
  seedNumber,
} from "@graddiff/core/extend";
import { at, sizeOf } from "../basics.ts";
import { readFloatOrDefault, readShape } from "../readers.ts";

/** The options of every initializer. */
export interface InitializerOptions {
  /** The seed of the random values, an integer from 0 to 2⁵³ − 1. The same seed gives the same bits. */
  readonly seed: number;
  /** float32 or float64. Default: float32, or the dtype that {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/** The options of {@link glorot}, {@link he} and {@link lecun}. */
export interface FanOptions extends InitializerOptions {
  /** The distribution of the values: uniform, or normal with the same variance. Default "uniform". */
  readonly distribution?: "uniform" | "normal";
  /** A factor of all values. Default 1. */
  readonly gain?: number;
}

/** The options of {@link orthogonal}. */
export interface OrthogonalOptions extends InitializerOptions {
  /** A factor of all values. Default 1. */
  readonly gain?: number;
}

/** The options of {@link normalInit}. */
export interface NormalInitOptions extends InitializerOptions {
  /** The mean. Default 0. */
  readonly mean?: number;
  /** The standard deviation. Default 0.02. */
  readonly deviation?: number;
}

/** The options of {@link truncatedNormalInit}. */
export interface TruncatedNormalInitOptions extends NormalInitOptions {
  /** The lower bound, in standard deviations from the mean. Default −2. */
  readonly low?: number;
  /** The upper bound, in standard deviations from the mean. Default 2. */
  readonly high?: number;
}

/**
 * Returns the reader of the options that all initializers have, and of further options. The seed is a number and not a
 * tensor, because weights are made once and not in compiled functions.
 */
/* @__NO_SIDE_EFFECTS__ */
function initializerReader<Own extends Readers>(own: Own) {
  return optionsReader({ seed: seedNumber, dtype: readFloatOrDefault, ...own });
}

const readFan = initializerReader({
  distribution: optional<"uniform" | "normal">(oneOf("uniform", "normal"), "uniform"),
  gain: optional(finite, 1),
});
const readOrthogonal = initializerReader({ gain: optional(finite, 1) });
// The ops that draw the values check the range.
const anyNumber = numberThat(() => true, "a number");
const readNormal = initializerReader({
  mean: optional(anyNumber, 0),
  deviation: optional(anyNumber, 0.02),
});
const readTruncated = initializerReader({
  mean: optional(anyNumber, 0),
  deviation: optional(anyNumber, 0.02),
  low: optional(anyNumber, -2),
  high: optional(anyNumber, 2),
});
const readZeros = optionsReader({
  seed: optional(seedNumber, undefined),
  dtype: readFloatOrDefault,
});

/**
 * Fans: the number of inputs on which an output of a layer depends, and the number of outputs that depend on an input.
 */
interface Fans {
  readonly inputs: number;
  readonly outputs: number;
}

function fansOf(op: string, shape: Shape): Fans {
  if (shape.length < 2) {
    throw new ShapeError(
      op,
      "shape",
      "[inputs, outputs], or [outputs, inputs / groups, …size] of a convolution",
      formatShape(shape),
      "A bias mostly begins at zeros: zerosInit",
    );
  }
  const [first, second] = [at(shape, 0), at(shape, 1)];
  if (shape.length === 2) return { inputs: first, outputs: second };
  const size = sizeOf(shape.slice(2));
  return { inputs: second * size, outputs: first * size };
}

/** Returns random values with the mean 0 and the variance gain² · scale / fan. */
function scaled(
  op: string,
  shape: Shape,
  options: FanOptions,
  rule: (fans: Fans) => { readonly scale: number; readonly fan: number },
): Tensor {
  const { seed, dtype, distribution, gain } = readFan(op, options);
  const target = readShape(op, shape);
  const { scale, fan } = rule(fansOf(op, target));
  // A fan of 0 means that there are no values; the maximum avoids a division by 0.
  const count = Math.max(fan, 1);
  if (distribution === "normal") {
    return normal(target, { seed, dtype, deviation: Math.abs(gain) * Math.sqrt(scale / count) });
  }
  const limit = Math.abs(gain) * Math.sqrt((3 * scale) / count);
  return uniform(target, { seed, dtype, low: -limit, high: limit });
}

/**
 * Returns weights with the variance 2 / (inputs + outputs), which keeps the magnitude of signals and of gradients where
 * activations are nearly linear, such as tanh near 0 (Glorot and Bengio, AISTATS 2010). It is the default of `Dense`.
 *
 * @param shape [inputs, outputs] of a dense layer; or, with rank 3 and more, [outputs, inputs / groups, …size] of a
 *   convolution. For a convolution, inputs / groups and outputs are multiplied by the number of elements of the window.
 * @param options `seed`; `distribution` ("uniform", in ±√(6 / (inputs + outputs)), or "normal"), `gain` (default 1),
 *   `dtype`.
 * @throws ShapeError for a shape of rank 0 or 1; ArgumentError for options out of their bounds.
 * @example
 * ```ts
 * import { glorot } from "@graddiff/nn";
 *
 * const weight = glorot([200, 100], { seed: 1 });
 * console.log(weight.abs().max().item() <= Math.sqrt(6 / 300), weight.mean().item().toFixed(2)); // true 0.00
 * ```
 */
export function glorot(shape: Shape, options: FanOptions): Tensor {
  refuseSurplus("glorot", 2, arguments);
  return scaled("glorot", shape, options, ({ inputs, outputs }) => ({
    scale: 2,
    fan: inputs + outputs,
  }));
}

/**
 * Returns weights with the variance 2 / inputs, which keeps the magnitude of signals in layers with relu (He et al., ICCV
 * 2015).
 *
 * @param shape as for {@link glorot}.
 * @param options `seed`; `distribution` ("uniform", in ±√(6 / inputs), or "normal"), `gain` (default 1; the factor √2
 *   for relu is not part of it), `dtype`.
 * @throws what {@link glorot} throws.
 * @example
 * ```ts
 * import { he } from "@graddiff/nn";
 *
 * const weight = he([64, 32, 3, 3], { seed: 1, distribution: "normal" });
 * console.log(weight.shape, (weight.variance().item() * 32 * 9).toFixed(1)); // [ 64, 32, 3, 3 ] 2.0
 * ```
 */
export function he(shape: Shape, options: FanOptions): Tensor {
  refuseSurplus("he", 2, arguments);
  return scaled("he", shape, options, ({ inputs }) => ({ scale: 2, fan: inputs }));
}

/**
 * Returns weights with the variance 1 / inputs, which keeps the magnitude of signals in linear layers and in layers
 * with selu (LeCun et al., Efficient BackProp, 1998).
 *
 * @param shape as for {@link glorot}.
 * @param options `seed`; `distribution` ("uniform", in ±√(3 / inputs), or "normal"), `gain` (default 1), `dtype`.
 * @throws what {@link glorot} throws.
 * @example
 * ```ts
 * import { lecun } from "@graddiff/nn";
 *
 * console.log((lecun([400, 100], { seed: 1 }).variance().item() * 400).toFixed(1)); // 1.0
 * ```
 */
export function lecun(shape: Shape, options: FanOptions): Tensor {
  refuseSurplus("lecun", 2, arguments);
  return scaled("lecun", shape, options, ({ inputs }) => ({ scale: 1, fan: inputs }));
}

/**
 * Returns a random matrix with orthonormal rows or columns, whichever are fewer. In deep linear networks it keeps the
 * norm of signals (Saxe, McClelland and Ganguli, ICLR 2014). The distribution is uniform over all such matrices
 * (Mezzadri, Notices of the AMS 54, 2007). Normal numbers are orthogonalised by the Gram–Schmidt method, applied twice
 * in float64 so that rounding errors do not remain (Giraud et al., Numer. Math. 101, 2005).
 *
 * @param shape the shape, of rank 2 or more. With rank 3 and more, as for convolutions, [outputs, inputs / groups,
 *   …size], the first axis has the rows, and all further axes together the columns.
 * @param options `seed`; `gain` (default 1), `dtype`.
 * @throws ShapeError for a shape of rank 0 or 1; ArgumentError for options out of their bounds.
 * @example
 * ```ts
 * import { allClose, eye } from "@graddiff/core";
 * import { orthogonal } from "@graddiff/nn";
 *
 * const q = orthogonal([3, 5], { seed: 1, dtype: "float64" });
 * console.log(allClose(q.matmul(q.transpose()), eye(3))); // true
 * ```
 */
export function orthogonal(shape: Shape, options: OrthogonalOptions): Tensor {
  const op = "orthogonal";
  refuseSurplus(op, 2, arguments);
  const { seed, dtype, gain } = readOrthogonal(op, options);
  const target = readShape(op, shape);
  fansOf(op, target);
  const rows = at(target, 0);
  const columns = sizeOf(target.slice(1));
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const drawn = normal([count, length], { seed, dtype: "float64" }).data();
  const vectors = orthonormal(drawn as Float64Array, count, length);
  const whole = tensor(
    vectors.map((each) => each * gain),
    { shape: [count, length], dtype },
  );
  return (rows <= columns ? whole : whole.transpose()).reshape(target);
}

/** Makes the rows of a matrix orthonormal, in place: subtracts from each row its projections on earlier rows, twice. */
function orthonormal(matrix: Float64Array, count: number, length: number): Float64Array {
  const rows = Array.from({ length: count }, (_, i) =>
    matrix.subarray(i * length, (i + 1) * length),
  );
  rows.forEach((row, i) => {
    for (let again = 0; again < 2; again++) {
      for (const other of rows.slice(0, i)) {
        const part = product(row, other);
        for (let j = 0; j < length; j++) row[j] = (row[j] as number) - part * (other[j] as number);
      }
    }
    const norm = Math.sqrt(product(row, row));
    for (let j = 0; j < length; j++) row[j] = (row[j] as number) / norm;
  });
  return matrix;
}

function product(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  // Both arrays have the same length, so no element is undefined.
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/**
 * Returns weights of a normal distribution, by default with the standard deviation 0.02, as in GPT-2 and BERT.
 *
 * @param shape any.
 * @param options `seed`; `mean` (default 0), `deviation` (default 0.02), `dtype`.
 * @throws what `normal` throws.
 * @example
 * ```ts
 * import { normalInit } from "@graddiff/nn";
 *
 * console.log(normalInit([100, 100], { seed: 1 }).standardDeviation().item().toFixed(2)); // 0.02
 * ```
 */
export function normalInit(shape: Shape, options: NormalInitOptions): Tensor {
  refuseSurplus("normalInit", 2, arguments);
  return normal(readShape("normalInit", shape), readNormal("normalInit", options));
}

/**
 * Returns weights of a truncated normal distribution: by default none is farther than two standard deviations from the
 * mean.
 *
 * @param shape any.
 * @param options `seed`; `mean` (default 0), `deviation` (the standard deviation before truncation, default 0.02),
 *   `low` and `high` (the bounds in standard deviations from the mean, default −2 and 2), `dtype`.
 * @throws what `truncatedNormal` throws.
 * @example
 * ```ts
 * import { truncatedNormalInit } from "@graddiff/nn";
 *
 * console.log(truncatedNormalInit([100, 100], { seed: 1 }).abs().max().item() <= 0.04); // true
 * ```
 */
export function truncatedNormalInit(shape: Shape, options: TruncatedNormalInitOptions): Tensor {
  refuseSurplus("truncatedNormalInit", 2, arguments);
  const own = readShape("truncatedNormalInit", shape);
  return truncatedNormal(own, readTruncated("truncatedNormalInit", options));
}

/**
 * Returns zeros, the usual initial value of biases. It is an initializer, so that layers accept it as an option.
 *
 * @param shape any.
 * @param options `dtype`; `seed` is accepted and has no effect.
 * @example
 * ```ts
 * import { zerosInit } from "@graddiff/nn";
 *
 * console.log(String(zerosInit([3]))); // [0. 0. 0.]
 * ```
 */
export function zerosInit(shape: Shape, options?: Partial<InitializerOptions>): Tensor {
  refuseSurplus("zerosInit", 2, arguments);
  const { dtype } = readZeros("zerosInit", options);
  return zeros(readShape("zerosInit", shape), { dtype });
}
