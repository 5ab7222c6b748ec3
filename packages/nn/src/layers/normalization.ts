/**
 * Normalization layers, and dropout.
 */

import {
  Draws,
  type DType,
  dropout,
  groupNorm,
  Layer,
  layerNorm,
  mean,
  ones,
  rmsNorm,
  ShapeError,
  stopGradient,
  type Tensor,
  type TensorLike,
  type Variable,
  variance,
  zeros,
} from "@graddiff/core";
import {
  finite,
  flag,
  formatShape,
  fraction,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  type Readers,
  refuseSurplus,
  seedNumber,
  toTensor,
} from "@graddiff/core/extend";
import { at, sizeOf } from "../basics.ts";
import { readWeightDType, Weights } from "./weights.ts";

/** The settings of normalization layers. */
export interface NormLayerOptions {
  /** The number that is added to the variance, which avoids a division by 0. Default 1e-5. */
  readonly epsilon?: number;
  /** float32 or float64. Default: float32, or the dtype that {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/**
 * Returns the reader of {@link NormLayerOptions} and of further options. It is a function, because bundlers cannot drop
 * an unused reader that spreads an object while the module loads.
 */
/* @__NO_SIDE_EFFECTS__ */
function normReader<Own extends Readers>(own: Own) {
  return optionsReader({ epsilon: optional(finite, 1e-5), dtype: readWeightDType, ...own });
}

const readNorm = normReader({});
const readRmsNorm = normReader({ epsilon: optional<number | undefined>(finite, undefined) });
const readLengths = oneOrMany(positiveInteger);

/** Returns the weight and the bias of a shape, with their initial values ones and zeros. */
function scales(op: string, size: number | readonly number[], dtype: DType | undefined) {
  const read = readLengths(op, "size", size);
  const shape = typeof read === "number" ? [read] : read;
  const weights = new Weights(op, { initializer: undefined, seed: 0, dtype });
  return { weight: weights.ones(shape), bias: weights.zeros(shape), weights, shape };
}

/** Returns the indices of as many last axes as a weight has, such as −2 and −1 for a matrix. */
function lastAxes({ shape }: Variable): number[] {
  return shape.map((_, i) => i - shape.length);
}

/**
 * Layer normalization: elements along the last axes get the mean 0 and the variance 1, then are multiplied by a weight
 * and added to a bias: see {@link layerNorm}.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { LayerNorm } from "@graddiff/nn";
 *
 * const norm = new LayerNorm(3);
 * console.log(String(norm.forward(tensor([1, 2, 3])))); // [-1.2247356  0.         1.2247356]
 * ```
 */
export class LayerNorm extends Layer<"declared"> {
  /** The factor of each element, of the shape that is normalized. */
  readonly weight: Variable;
  /** The summand of each element, of the shape that is normalized. */
  readonly bias: Variable;
  readonly #epsilon: number;

  /** @param size the length of the last axis, or lengths of the last axes. */
  constructor(size: number | readonly number[], options?: NormLayerOptions) {
    super();
    refuseSurplus("LayerNorm", 2, arguments);
    const { epsilon, dtype } = readNorm("LayerNorm", options);
    const { weight, bias } = scales("LayerNorm", size, dtype);
    this.weight = weight;
    this.bias = bias;
    this.#epsilon = epsilon;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    return layerNorm(x, {
      axes: lastAxes(this.weight),
      weight: this.weight.value,
      bias: this.bias.value,
      epsilon: this.#epsilon,
    });
  }
}

export interface LayerNorm {
  /**
   * Returns x with the mean 0 and the variance 1 over its last axes, times the weight plus the bias.
   *
   * @param x floats [..., size].
   * @returns the shape of x.
   * @throws ShapeError for other lengths of the last axes.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { LayerNorm } from "@graddiff/nn";
   *
   * const norm = new LayerNorm(2, { epsilon: 0 });
   * console.log(norm.forward(tensor([[1, 3], [5, 9]])).toArray()); // [ [ -1, 1 ], [ -1, 1 ] ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * Root mean square normalization: elements along the last axes get the mean square 1, then are multiplied by a weight:
 * see {@link rmsNorm}.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { RMSNorm } from "@graddiff/nn";
 *
 * const norm = new RMSNorm(3);
 * console.log(String(norm.forward(tensor([1, 2, 3])))); // [0.46291006 0.9258201  1.3887302 ]
 * ```
 */
export class RMSNorm extends Layer<"declared"> {
  /** The factor of each element, of the shape that is normalized. */
  readonly weight: Variable;
  readonly #epsilon: number | undefined;

  /** @param size the length of the last axis, or lengths of the last axes. */
  constructor(size: number | readonly number[], options?: NormLayerOptions) {
    super();
    refuseSurplus("RMSNorm", 2, arguments);
    const { epsilon, dtype } = readRmsNorm("RMSNorm", options);
    this.weight = scales("RMSNorm", size, dtype).weight;
    this.#epsilon = epsilon;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const epsilon = this.#epsilon;
    return rmsNorm(x, {
      axes: lastAxes(this.weight),
      weight: this.weight.value,
      ...(epsilon !== undefined && { epsilon }),
    });
  }
}

export interface RMSNorm {
  /**
   * Returns x with a mean square of 1 over its last axes, times the weight.
   *
   * @param x floats [..., size].
   * @returns the shape of x.
   * @throws ShapeError for other lengths of the last axes.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { RMSNorm } from "@graddiff/nn";
   *
   * const norm = new RMSNorm(2, { epsilon: 0 });
   * console.log(norm.forward(tensor([[3, -3]])).toArray()); // [ [ 1, -1 ] ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * Group normalization: in [batch, channels, …] each group of channels gets the mean 0 and the variance 1. Then channels
 * are multiplied by a weight and added to a bias: see {@link groupNorm}.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { GroupNorm } from "@graddiff/nn";
 *
 * const norm = new GroupNorm(2, 4);
 * console.log(norm.forward(ones([1, 4, 3, 3])).shape); // [ 1, 4, 3, 3 ]
 * ```
 */
export class GroupNorm extends Layer<"declared"> {
  /** The factor of each feature, of shape [features]. */
  readonly weight: Variable;
  /** The summand of each feature, of shape [features]. */
  readonly bias: Variable;
  readonly #groups: number;
  readonly #epsilon: number;

  /** @param groups the number of groups, which divides the channels. @param size the number of channels. */
  constructor(groups: number, size: number, options?: NormLayerOptions) {
    super();
    refuseSurplus("GroupNorm", 3, arguments);
    this.#groups = positiveInteger("GroupNorm", "groups", groups);
    positiveInteger("GroupNorm", "size", size);
    const { epsilon, dtype } = readNorm("GroupNorm", options);
    const { weight, bias } = scales("GroupNorm", size, dtype);
    this.weight = weight;
    this.bias = bias;
    this.#epsilon = epsilon;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const { weight, bias } = this;
    const given = { weight: weight.value, bias: bias.value, epsilon: this.#epsilon };
    return groupNorm(x, this.#groups, given);
  }
}

export interface GroupNorm {
  /**
   * Returns x with the mean 0 and the variance 1 over each group of channels, times the weight plus the bias.
   *
   * @param x floats [batch, channels, …].
   * @returns the shape of x.
   * @throws ShapeError for another number of channels.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { GroupNorm } from "@graddiff/nn";
   *
   * const norm = new GroupNorm(1, 2, { epsilon: 0 });
   * console.log(norm.forward(tensor([[1, 3], [5, 9]])).toArray()); // [ [ -1, 1 ], [ -1, 1 ] ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/** The settings of {@link InstanceNorm}. */
export interface InstanceNormOptions extends NormLayerOptions {
  /** True if there are a weight and a bias. Default false, as in PyTorch. */
  readonly affine?: boolean;
}

const readInstanceNorm = normReader({ affine: optional(flag, false) });

/**
 * Instance normalization: each channel of each example in [batch, channels, …] gets the mean 0 and the variance 1
 * (Ulyanov et al., "Instance Normalization", 2016). It is {@link groupNorm} with one channel in each group. Training
 * and evaluation are the same, since there are no running statistics.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { InstanceNorm } from "@graddiff/nn";
 *
 * const norm = new InstanceNorm(2, { epsilon: 0 });
 * console.log(norm.forward(tensor([[[1, 3], [5, 9]]])).toArray()); // [ [ [ -1, 1 ], [ -1, 1 ] ] ]
 * ```
 */
export class InstanceNorm extends Layer<"declared"> {
  /** The factor of each feature, of shape [features]; undefined without `affine`. */
  readonly weight: Variable | undefined;
  /** The summand of each feature, of shape [features]; undefined without `affine`. */
  readonly bias: Variable | undefined;
  readonly #size: number;
  readonly #epsilon: number;

  /** @param size the number of channels. */
  constructor(size: number, options?: InstanceNormOptions) {
    super();
    refuseSurplus("InstanceNorm", 2, arguments);
    this.#size = positiveInteger("InstanceNorm", "size", size);
    const { epsilon, dtype, affine } = readInstanceNorm("InstanceNorm", options);
    const { weight, bias } = scales("InstanceNorm", size, dtype);
    this.weight = affine ? weight : undefined;
    this.bias = affine ? bias : undefined;
    this.#epsilon = epsilon;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const { shape } = toTensor("InstanceNorm", "x", x);
    if (shape[1] !== this.#size || sizeOf(shape.slice(2)) < 2) {
      throw new ShapeError(
        "InstanceNorm",
        "x",
        `[batch, ${this.#size}, …] with at least two elements of each channel`,
        formatShape(shape),
      );
    }
    const [weight, bias] = [this.weight?.value, this.bias?.value];
    const given = weight && bias ? { weight, bias } : {};
    return groupNorm(x, this.#size, { ...given, epsilon: this.#epsilon });
  }
}

export interface InstanceNorm {
  /**
   * Returns x with a mean of 0 and a variance of 1 over each channel of an example.
   *
   * @param x floats [batch, channels, …].
   * @returns the shape of x.
   * @throws ShapeError for another number of channels, and for channels of fewer than two elements.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { InstanceNorm } from "@graddiff/nn";
   *
   * const norm = new InstanceNorm(1, { epsilon: 0 });
   * console.log(norm.forward(tensor([[[1, 3]], [[5, 9]]])).toArray()); // [ [ [ -1, 1 ] ], [ [ -1, 1 ] ] ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/** The settings of {@link BatchNorm}. */
export interface BatchNormOptions extends NormLayerOptions {
  /** The weight of a batch in the update of the running statistics, as in PyTorch. Default 0.1. */
  readonly momentum?: number;
  /** True if there are a weight and a bias. Default true. */
  readonly affine?: boolean;
}

const readBatchNorm = normReader({
  momentum: optional(fraction, 0.1),
  affine: optional(flag, true),
});

/**
 * Batch normalization: in [batch, channels, …] each channel gets the mean 0 and the variance 1 over the batch. Then it
 * is multiplied by a weight and added to a bias (Ioffe and Szegedy, "Batch Normalization", 2015), as in PyTorch.
 *
 * Training uses the mean and the variance of the batch, and updates the running statistics to (1 − momentum) · old +
 * momentum · new, where the new variance is the unbiased one. Evaluation uses the running statistics. They are saved
 * with the model, but not trained.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { BatchNorm } from "@graddiff/nn";
 *
 * const norm = new BatchNorm(1);
 * console.log(String(norm.forward(tensor([[1], [3]])).round()), norm.runningMean.value.toString({ digits: 2 }));
 * // [[-1.]
 * //  [ 1.]] [0.2]
 * console.log(norm.train(false).forward(tensor([[0.2]])).shape); // [ 1, 1 ]
 * ```
 */
export class BatchNorm extends Layer<"declared"> {
  /** The factor of each feature, of shape [features]; undefined without `affine`. */
  readonly weight: Variable | undefined;
  /** The summand of each feature, of shape [features]; undefined without `affine`. */
  readonly bias: Variable | undefined;
  /** The running mean of each feature, which evaluation uses. It is saved, but not trained. */
  readonly runningMean: Variable;
  /** The running variance of each feature, which evaluation uses. It is saved, but not trained. */
  readonly runningVariance: Variable;
  readonly #momentum: number;
  readonly #epsilon: number;

  /** @param size the number of channels. */
  constructor(size: number, options?: BatchNormOptions) {
    super();
    refuseSurplus("BatchNorm", 2, arguments);
    positiveInteger("BatchNorm", "size", size);
    const { epsilon, dtype, momentum, affine } = readBatchNorm("BatchNorm", options);
    const { weight, bias, weights, shape } = scales("BatchNorm", size, dtype);
    this.weight = affine ? weight : undefined;
    this.bias = affine ? bias : undefined;
    this.runningMean = weights.state(zeros, shape);
    this.runningVariance = weights.state(ones, shape);
    this.#momentum = momentum;
    this.#epsilon = epsilon;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const { rank, shape } = toTensor("BatchNorm", "x", x);
    const [size = 0] = this.runningMean.shape;
    if (rank < 2 || shape[1] !== size) {
      throw new ShapeError(
        "BatchNorm",
        "x",
        `${size} channels as axis 1, after the batch`,
        formatShape(shape),
        rank > 2 && shape.at(-1) === size
          ? "moveAxis(x, -1, 1) puts channels there that are last"
          : undefined,
      );
    }
    const channels = shape.map((length, axis) => (axis === 1 ? length : 1));
    const { center, spread } = this.training
      ? this.#observe(x)
      : { center: this.runningMean.value, spread: this.runningVariance.value };
    const scaled = x
      .sub(center.reshape(channels))
      .div(spread.reshape(channels).add(this.#epsilon).sqrt());
    const { weight, bias } = this;
    if (weight === undefined || bias === undefined) return scaled;
    return scaled.mul(weight.value.reshape(channels)).add(bias.value.reshape(channels));
  }

  /** Returns the mean and variance of a batch, and updates the running statistics by them. */
  #observe(x: Tensor): { center: Tensor; spread: Tensor } {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const count = sizeOf(axes.map((axis) => at(x.shape, axis)));
    if (count < 2) {
      throw new ShapeError(
        "BatchNorm",
        "x",
        "at least two elements of each channel in training",
        formatShape(x.shape),
        "Leave such a batch out, or evaluate with model.train(false)",
      );
    }
    const [center, spread] = [mean(x, axes), variance(x, axes)];
    const update = (running: Variable, value: Tensor) => {
      const kept = running.value.mul(1 - this.#momentum);
      running.assign(kept.add(stopGradient(value).mul(this.#momentum)));
    };
    update(this.runningMean, center);
    update(this.runningVariance, spread.mul(count / (count - 1)));
    return { center, spread };
  }
}

export interface BatchNorm {
  /**
   * Returns x, normalized by the statistics of the batch in training, and by the running statistics in evaluation.
   *
   * @param x floats [batch, channels], or [batch, channels, …].
   * @returns the shape of x.
   * @throws ShapeError for another number of channels, and in training for channels of a single element.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { BatchNorm } from "@graddiff/nn";
   *
   * const norm = new BatchNorm(1, { epsilon: 0 });
   * console.log(norm.forward(tensor([[1], [3]])).toArray()); // [ [ -1 ], [ 1 ] ]
   * console.log(norm.train(false).forward(tensor([[1], [3]])).shape); // [ 2, 1 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

const readDropout = optionsReader({
  seed: optional<number | undefined>(seedNumber, undefined),
});

/**
 * Dropout: in training each element becomes zero with a probability, and the others are multiplied so that the expected
 * value stays: see {@link dropout}. Evaluation returns x. Each forward pass draws a new mask, in compiled functions,
 * too: a Variable, which is saved and not trained, counts the draws. Under `vectorize` all examples have one mask.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { Dropout } from "@graddiff/nn";
 *
 * const layer = new Dropout(0.5, { seed: 1 });
 * console.log(layer.forward(ones([1000])).mean().item() < 1.2); // true
 * console.log(String(layer.train(false).forward(ones([3])))); // [1. 1. 1.]
 * ```
 */
export class Dropout extends Layer<"declared"> {
  /** The state of the random draws of masks. */
  readonly draws: Draws;
  readonly #rate: number;

  /**
   * @param rate the probability with which an element becomes zero. Default 0.5.
   * @param options `seed`: the seed of the masks (default: a different one for each layer).
   */
  constructor(rate = 0.5, options?: { readonly seed?: number }) {
    super();
    refuseSurplus("Dropout", 2, arguments);
    this.#rate = fraction("Dropout", "rate", rate);
    this.draws = new Draws(readDropout("Dropout", options).seed);
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    if (!this.training || this.#rate === 0) return x;
    return dropout(x, { rate: this.#rate, seed: this.draws.next() });
  }
}

export interface Dropout {
  /**
   * Returns x with some elements 0 and the others larger in training, and x itself in evaluation.
   *
   * @param x floats of any shape, or a number.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { Dropout } from "@graddiff/nn";
   *
   * const layer = new Dropout(0.5, { seed: 1 });
   * console.log(String(layer.train(false).forward(tensor([1, 2, 3])))); // [1. 2. 3.]
   * ```
   */
  forward(x: Tensor): Tensor;
  /** Returns a number for a number. */
  forward(x: number): number;
  /** Returns a number for a number, and a Tensor for a Tensor. */
  forward(x: TensorLike): TensorLike;
}
