/**
 * Standardization: data with the mean 0 and the standard deviation 1, by the statistics of the training data.
 */

import {
  ArgumentError,
  type Axes,
  add,
  div,
  mean,
  mul,
  ShapeError,
  standardDeviation,
  sub,
  type Tensor,
  type TensorLike,
  Variable,
  where,
  zeros,
} from "@graddiff/core";
import {
  anything,
  broadcasts,
  formatShape,
  nonNegative,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { elementsAlong } from "../basics.ts";
import { naming } from "../readers.ts";

/** The options of a {@link Standardization}. */
export interface StandardizationOptions {
  /** A standard deviation up to this counts as 0, so that such columns are not scaled. Default 0. */
  readonly epsilon?: number;
}

/** The options of {@link standardize}. */
export interface StandardizeOptions extends StandardizationOptions {
  /** The axes along which mean and standard deviation are taken. Default 0, that of the examples. */
  readonly axes?: Axes;
}

const fromZero = optional(nonNegative, 0);
const readScaling = optionsReader({ epsilon: fromZero });
const readOptions = optionsReader({
  axes: optional(anything as Reader<Axes>, 0),
  epsilon: fromZero,
});

/**
 * A fitted scaler, as {@link standardize} makes it, or one made from a saved mean and standard deviation.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Standardization, standardize } from "@graddiff/nn";
 *
 * const scaling = standardize(tensor([[1, 10], [3, 30]]));
 * console.log(scaling instanceof Standardization, String(scaling.apply(tensor([2, 20])))); // true [0. 0.]
 * ```
 */
export class Standardization {
  /** The mean. It is saved, but not trained. */
  readonly mean: Variable;
  /** The standard deviation, 0 for a constant column. It is saved, but not trained. */
  readonly deviation: Variable;
  readonly #epsilon: number;

  /**
   * @param mean of the shape of the data without their leading axes.
   * @param deviation of the shape and dtype of the mean.
   * @param options `epsilon` (default 0).
   * @throws ShapeError for another shape than that of the mean.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { Standardization } from "@graddiff/nn";
   *
   * const scaler = new Standardization(tensor([2, 5]), tensor([1, 0]));
   * console.log(String(scaler.apply(tensor([5, 6])))); // [3. 1.]
   * ```
   */
  constructor(mean: Tensor, deviation: Tensor, options?: StandardizationOptions) {
    refuseSurplus("Standardization", 3, arguments);
    this.#epsilon = readScaling("Standardization", options).epsilon;
    const center = toTensor("Standardization", "mean", mean);
    const spread = toTensor("Standardization", "deviation", deviation);
    if (!sameShape(spread.shape, center.shape)) {
      throw new ShapeError(
        "Standardization",
        "deviation",
        `the mean's shape ${formatShape(center.shape)}`,
        formatShape(spread.shape),
      );
    }
    this.mean = new Variable(center, { trainable: false });
    this.deviation = new Variable(spread, { trainable: false });
  }

  /**
   * (x − mean) / deviation, without the division in constant columns: these are 0 for the data that was fitted. It may be
   * compiled and differentiated.
   *
   * @param x data of any number of examples, or one example.
   * @throws ShapeError for a shape to which that of the mean does not broadcast.
   */
  apply(x: TensorLike): Tensor {
    refuseSurplus("Standardization.apply", 1, arguments);
    const input = this.#fitting("Standardization.apply", x);
    return div(sub(input, this.mean.value), this.#scale());
  }

  /**
   * x · deviation + mean, which undoes {@link apply}: predictions of what was standardized come back to their units.
   *
   * @throws as {@link apply}.
   */
  undo(x: TensorLike): Tensor {
    refuseSurplus("Standardization.undo", 1, arguments);
    const input = this.#fitting("Standardization.undo", x);
    return add(mul(input, this.#scale()), this.mean.value);
  }

  #scale(): Tensor {
    const deviation = this.deviation.value;
    return where(deviation.greater(this.#epsilon), deviation, 1);
  }

  #fitting(op: string, x: TensorLike): Tensor {
    const input = toTensor(op, "x", x);
    const { shape } = this.mean;
    if (broadcasts(shape, input.shape)) return input;
    throw new ShapeError(
      op,
      "x",
      `a shape to which that of the mean, ${formatShape(shape)}, broadcasts`,
      formatShape(input.shape),
    );
  }
}

/** Returns axes in order, counted from the front: those that a sum leaves with a length of 1. */
function readAxes(op: string, axes: Axes, rank: number): readonly number[] {
  const empty = zeros(Array.from({ length: rank }, () => 0));
  const { shape } = naming(op, () => empty.sum(axes, { keepDims: true }));
  return shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
}

/**
 * Returns a scaler that is fitted to data: it takes off their mean and divides by their standard deviation, and does
 * the same to other data with the same numbers. Fit it to the training data alone, and apply it to all.
 *
 * A column that is constant in x has a deviation of exactly 0, since it is computed from differences to the first
 * example. Such columns are not divided, so in x they become 0.
 *
 * @param x the training data, with the examples along the first axis; int32 and bool become floats.
 * @param options `axes` (default 0: statistics for each element of an example); `epsilon`, up to which a standard
 *   deviation counts as 0 (default 0).
 * @returns the scaler, with `apply`, `undo`, and the Variables `mean` and `deviation`, which `state` and `loadState` know
 *   and no optimizer trains. Their shape is that of x with the axes of length 1, and without those that lead.
 * @throws ShapeError for an axis out of range or without elements; ArgumentError for NaN and infinite numbers in x;
 *   RecordingError inside a compiled function, where only `apply` and `undo` can be used.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { standardize } from "@graddiff/nn";
 *
 * const scaler = standardize(tensor([[1, 5], [3, 5]]));
 * console.log(String(scaler.mean.value), String(scaler.deviation.value)); // [2. 5.] [1. 0.]
 * console.log(scaler.apply(tensor([[1, 5], [4, 5]])).toArray()); // [ [ -1, 0 ], [ 2, 0 ] ]
 * console.log(String(scaler.undo(tensor([2, 0])))); // [4. 5.]
 * ```
 */
export function standardize(x: TensorLike, options?: StandardizeOptions): Standardization {
  const op = "standardize";
  refuseSurplus(op, 2, arguments);
  const { axes: given, epsilon } = readOptions(op, options);
  const input = toTensor(op, "x", x);
  const axes = readAxes(op, given, input.rank);
  const empty = axes.find((axis) => input.shape[axis] === 0);
  if (empty !== undefined) {
    throw new ShapeError(
      op,
      "x",
      `at least one element along axis ${empty}`,
      `the shape ${formatShape(input.shape)}`,
    );
  }
  const first = axes.reduce((part, axis) => elementsAlong(part, axis, 0, 1), input);
  const differences = sub(input, first);
  const center = add(mean(differences, axes, { keepDims: true }), first);
  const spread = standardDeviation(differences, axes, { keepDims: true });
  for (const statistic of [center, spread]) {
    const wrong = naming(op, () => statistic.data()).find((value) => !Number.isFinite(value));
    if (wrong === undefined) continue;
    throw new ArgumentError(
      op,
      "x",
      "finite numbers with a finite mean and standard deviation",
      `statistics with ${wrong}`,
      "Leave out or replace the examples with NaN first",
    );
  }
  const leading = axes.filter((axis, i) => axis === i);
  return new Standardization(center.squeeze(leading), spread.squeeze(leading), { epsilon });
}
