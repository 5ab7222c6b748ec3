/**
 * Layers that slide a window over sequences, images and volumes: convolutions and pooling.
 */

import {
  type AveragePoolOptions,
  averagePool2d,
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  Layer,
  maxPool2d,
  type PoolOptions,
  type Tensor,
  type Variable,
} from "@graddiff/core";
import {
  flag,
  nonNegativeInteger,
  numberThat,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  type Readers,
  refuseSurplus,
} from "@graddiff/core/extend";
import { readLengths, windowReaders } from "../readers.ts";
import { type BiasOptions, biasReader, Weights } from "./weights.ts";

type Size = number | readonly number[];

/** The settings of a convolution layer: the geometry of windows, as for {@link conv2d}, and the settings of weights. */
export interface ConvLayerOptions extends Omit<ConvOptions, "bias">, BiasOptions {}

/** The settings of {@link ConvTranspose2d}. */
export interface ConvTransposeLayerOptions
  extends Omit<ConvTransposeOptions, "bias">,
    BiasOptions {}

/** Returns the reader of a layer's options: the geometry of windows, the settings of weights, and further options. */
/* @__NO_SIDE_EFFECTS__ */
function layerReader<Own extends Readers>(own: Own) {
  return biasReader({
    ...windowReaders,
    groups: optional(positiveInteger, 1),
    ...own,
  });
}

const readOptions = layerReader({});
const readTransposed = layerReader({ outputPadding: optional(oneOrMany(nonNegativeInteger), 0) });

/** The properties in which the convolution layers differ. */
interface Kind {
  readonly name: string;
  readonly axes: number;
  readonly read: typeof readOptions;
  /** The shape of the weights, without the lengths of a window. */
  readonly shapeOf: (inputs: number, outputs: number, groups: number) => readonly number[];
  readonly convolve: (x: Tensor, weight: Tensor, options: ConvOptions) => Tensor;
}

/** The base class of convolution layers, whose weight has an element for each element of a window. */
abstract class Convolution extends Layer<"declared"> {
  /** The weight, in the shape that the op of the layer takes. */
  readonly weight: Variable;
  /** Shape [outputs]; undefined with `bias: false`. */
  readonly bias: Variable | undefined;
  readonly #kind: Kind;
  readonly #lengths: string;
  readonly #windows: ConvOptions;

  protected constructor(
    kind: Kind,
    inputs: number,
    outputs: number,
    size: Size,
    options: ConvTransposeLayerOptions | undefined,
  ) {
    super();
    const { name, axes, read, shapeOf } = kind;
    positiveInteger(name, "inputs", inputs);
    positiveInteger(name, "outputs", outputs);
    const { bias, initializer, seed, dtype, ...windows } = options ?? {};
    const own = read(name, options);
    const lengths = readLengths(name, axes, size);
    const weights = new Weights(name, { initializer, seed, dtype });
    this.weight = weights.weight([...shapeOf(inputs, outputs, own.groups), ...lengths]);
    this.bias = own.bias ? weights.zeros([outputs]) : undefined;
    this.#kind = kind;
    this.#lengths = `${inputs} → ${outputs}, ${lengths.join(" × ")}`;
    this.#windows = windows;
  }

  override toString(): string {
    return `${this.constructor.name} ${this.#lengths}`;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const windows = this.#windows;
    const bias = this.bias?.value;
    return this.#kind.convolve(x, this.weight.value, bias ? { ...windows, bias } : windows);
  }
}

const convolutionShape: Kind["shapeOf"] = (inputs, outputs, groups) => [outputs, inputs / groups];

const sequences: Kind = {
  name: "Conv1d",
  axes: 1,
  read: readOptions,
  shapeOf: convolutionShape,
  convolve: conv1d,
};
const images: Kind = {
  name: "Conv2d",
  axes: 2,
  read: readOptions,
  shapeOf: convolutionShape,
  convolve: conv2d,
};
const volumes: Kind = {
  name: "Conv3d",
  axes: 3,
  read: readOptions,
  shapeOf: convolutionShape,
  convolve: conv3d,
};
const transposed: Kind = {
  name: "ConvTranspose2d",
  axes: 2,
  read: readTransposed,
  shapeOf: (inputs, outputs, groups) => [inputs, outputs / groups],
  convolve: convTranspose2d,
};

/**
 * The convolution of sequences [batch, inputs, length]; see {@link Conv2d} and {@link conv1d}.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { Conv1d } from "@graddiff/nn";
 *
 * const conv = new Conv1d(3, 8, 5, { seed: 1 });
 * console.log(conv.forward(ones([2, 3, 20])).shape); // [ 2, 8, 16 ]
 * ```
 */
export class Conv1d extends Convolution {
  /** @throws ArgumentError for the same arguments as {@link Conv2d}. */
  constructor(inputs: number, outputs: number, size: Size, options?: ConvLayerOptions) {
    refuseSurplus("Conv1d", 4, arguments);
    super(sequences, inputs, outputs, size, options);
  }
}

export interface Conv1d {
  /**
   * Returns the convolution of x with the weight, and the bias: [batch, outputs, length].
   *
   * @param x floats [batch, inputs, length].
   * @throws ShapeError for another number of axes or channels.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Conv1d } from "@graddiff/nn";
   *
   * console.log(new Conv1d(3, 8, 5).forward(ones([2, 3, 20])).shape); // [ 2, 8, 16 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * The convolution of images [batch, inputs, height, width] by {@link conv2d}, plus a bias.
 *
 * The weight has the shape [outputs, inputs / groups, window height, window width]. Its initial values are those of
 * {@link glorot}; the bias is zero at first.
 *
 * @example
 * ```ts
 * import { relu, zeros } from "@graddiff/core";
 * import { Conv2d, Flatten, MaxPool2d, Sequential } from "@graddiff/nn";
 *
 * const network = new Sequential(new Conv2d(1, 6, 5, { padding: "same" }), relu, new MaxPool2d(2), new Flatten());
 * console.log(network.forward(zeros([3, 1, 8, 8])).shape); // [ 3, 96 ]
 * ```
 */
export class Conv2d extends Convolution {
  /**
   * @param inputs the number of channels of the input. @param outputs the number of channels of the result.
   * @param size the lengths of a window: one number, or one for each axis.
   * @throws ArgumentError for a length that is not a positive integer, and for options that the layer does not have.
   */
  constructor(inputs: number, outputs: number, size: Size, options?: ConvLayerOptions) {
    refuseSurplus("Conv2d", 4, arguments);
    super(images, inputs, outputs, size, options);
  }
}

export interface Conv2d {
  /**
   * Returns the convolution of x with the weight, and the bias: [batch, outputs, height, width].
   *
   * @param x floats [batch, inputs, height, width].
   * @throws ShapeError for another number of axes or channels.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Conv2d } from "@graddiff/nn";
   *
   * console.log(new Conv2d(3, 8, 5).forward(ones([2, 3, 28, 28])).shape); // [ 2, 8, 24, 24 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * The convolution of volumes [batch, inputs, depth, height, width]; see {@link Conv2d} and {@link conv3d}.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { Conv3d } from "@graddiff/nn";
 *
 * const conv = new Conv3d(1, 4, 3, { seed: 1 });
 * console.log(conv.forward(ones([2, 1, 8, 8, 8])).shape); // [ 2, 4, 6, 6, 6 ]
 * ```
 */
export class Conv3d extends Convolution {
  /** @throws ArgumentError for the same arguments as {@link Conv2d}. */
  constructor(inputs: number, outputs: number, size: Size, options?: ConvLayerOptions) {
    refuseSurplus("Conv3d", 4, arguments);
    super(volumes, inputs, outputs, size, options);
  }
}

export interface Conv3d {
  /**
   * Returns the convolution of x with the weight, and the bias: [batch, outputs, depth, height, width].
   *
   * @param x floats [batch, inputs, depth, height, width].
   * @throws ShapeError for another number of axes or channels.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Conv3d } from "@graddiff/nn";
   *
   * console.log(new Conv3d(1, 4, 3).forward(ones([2, 1, 8, 8, 8])).shape); // [ 2, 4, 6, 6, 6 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * The transposed convolution of images by {@link convTranspose2d}, plus a bias. The weight has the shape
 * [inputs, outputs / groups, window height, window width].
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { ConvTranspose2d } from "@graddiff/nn";
 *
 * const conv = new ConvTranspose2d(8, 3, 2, { stride: 2, seed: 1 });
 * console.log(conv.forward(ones([1, 8, 5, 5])).shape); // [ 1, 3, 10, 10 ]
 * ```
 */
export class ConvTranspose2d extends Convolution {
  /** @throws ArgumentError for the same arguments as {@link Conv2d}. */
  constructor(inputs: number, outputs: number, size: Size, options?: ConvTransposeLayerOptions) {
    refuseSurplus("ConvTranspose2d", 4, arguments);
    super(transposed, inputs, outputs, size, options);
  }
}

export interface ConvTranspose2d {
  /**
   * Returns the transposed convolution of x with the weight, and the bias: [batch, outputs, height, width].
   *
   * @param x floats [batch, inputs, height, width].
   * @throws ShapeError for another number of axes or channels.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { ConvTranspose2d } from "@graddiff/nn";
   *
   * console.log(new ConvTranspose2d(8, 3, 2, { stride: 2 }).forward(ones([1, 8, 5, 5])).shape); // [ 1, 3, 10, 10 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/** The properties in which the pooling layers differ. */
interface Pooling<Options> {
  readonly name: string;
  readonly pool: (x: Tensor, size: Size, options?: Options) => Tensor;
  readonly read: (op: string, options: unknown) => unknown;
}

/** The base class of pooling layers, which reduce each window to one number. */
class PoolLayer<Options> extends Layer<"declared"> {
  readonly #kind: Pooling<Options>;
  readonly #size: Size;
  readonly #options: Options | undefined;

  constructor(kind: Pooling<Options>, size: Size, options: Options | undefined) {
    super();
    const { name, read } = kind;
    readLengths(name, 2, size);
    read(name, options);
    this.#kind = kind;
    this.#size = size;
    this.#options = options;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    return this.#kind.pool(x, this.#size, this.#options);
  }
}

/**
 * Returns the reader of the options of pooling and of further options. It is a function, because bundlers cannot drop
 * an unused reader that spreads an object while the module loads.
 */
/* @__NO_SIDE_EFFECTS__ */
function poolReader<Own extends Readers>(own: Own) {
  return optionsReader({ ...windowReaders, ceilMode: optional(flag, false), ...own });
}

const readPool = poolReader({});
const readAverage = poolReader({
  countPadding: optional(flag, true),
  divisor: optional<number | undefined>(
    numberThat((value) => value !== 0 && Number.isFinite(value), "a number other than 0"),
    undefined,
  ),
});

const greatest = { name: "MaxPool2d", pool: maxPool2d, read: readPool };
const average = { name: "AveragePool2d", pool: averagePool2d, read: readAverage };

/**
 * The greatest element of each window; see {@link maxPool2d}.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { MaxPool2d } from "@graddiff/nn";
 *
 * const pool = new MaxPool2d(2);
 * console.log(pool.forward(ones([1, 3, 4, 4])).shape); // [ 1, 3, 2, 2 ]
 * ```
 */
export class MaxPool2d extends PoolLayer<PoolOptions> {
  /**
   * @param size the lengths of a window.
   * @param options as for {@link maxPool2d}: `stride` (default: the size), `padding`, `dilation`, `ceilMode`.
   */
  constructor(size: Size, options?: PoolOptions) {
    refuseSurplus("MaxPool2d", 2, arguments);
    super(greatest, size, options);
  }
}

export interface MaxPool2d {
  /**
   * Returns the greatest element of each window, [batch, channels, height, width], in the dtype of x.
   *
   * @param x floats [batch, channels, height, width].
   * @throws ShapeError for another number of axes.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { MaxPool2d } from "@graddiff/nn";
   *
   * const pool = new MaxPool2d(2);
   * console.log(String(pool.forward(tensor([[[[1, 2], [3, 6]]]])))); // [[[[6.]]]]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * The mean of each window; see {@link averagePool2d}.
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { AveragePool2d } from "@graddiff/nn";
 *
 * const pool = new AveragePool2d(2);
 * console.log(pool.forward(ones([1, 3, 4, 4])).shape); // [ 1, 3, 2, 2 ]
 * ```
 */
export class AveragePool2d extends PoolLayer<AveragePoolOptions> {
  /**
   * @param size the lengths of a window.
   * @param options as for {@link averagePool2d}: `stride` (default: the size), `padding`, `dilation`, `ceilMode`,
   *   `countPadding` (default true), `divisor`.
   */
  constructor(size: Size, options?: AveragePoolOptions) {
    refuseSurplus("AveragePool2d", 2, arguments);
    super(average, size, options);
  }
}

export interface AveragePool2d {
  /**
   * Returns the mean of each window, [batch, channels, height, width], in the dtype of x.
   *
   * @param x floats [batch, channels, height, width].
   * @throws ShapeError for another number of axes.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { AveragePool2d } from "@graddiff/nn";
   *
   * const pool = new AveragePool2d(2);
   * console.log(String(pool.forward(tensor([[[[1, 2], [3, 6]]]])))); // [[[[3.]]]]
   * ```
   */
  forward(x: Tensor): Tensor;
}
