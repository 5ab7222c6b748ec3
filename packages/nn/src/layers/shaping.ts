/**
 * Layers that change shapes, look up rows of a table, or add the result of other layers to their input.
 */

import {
  flatten,
  type Indices,
  type InterpolateOptions,
  interpolate,
  Layer,
  normal,
  type Tensor,
  type TensorLike,
  type Variable,
  zeros,
} from "@graddiff/core";
import { positiveInteger, refuseSurplus } from "@graddiff/core/extend";
import { takeAt } from "../inside.ts";
import { checkOptions } from "../readers.ts";
import { type Link, Sequential } from "./sequential.ts";
import { type Initializer, type WeightOptions, Weights, weightReader } from "./weights.ts";

/**
 * Flattens each example: [batch, …] becomes [batch, elements].
 *
 * @example
 * ```ts
 * import { ones } from "@graddiff/core";
 * import { Flatten } from "@graddiff/nn";
 *
 * console.log(new Flatten().forward(ones([2, 3, 4])).shape); // [ 2, 12 ]
 * ```
 */
export class Flatten extends Layer<"declared"> {
  constructor() {
    refuseSurplus("Flatten", 0, arguments);
    super();
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    return flatten(x, 1);
  }
}

export interface Flatten {
  /**
   * Returns x as [batch, elements], of the same dtype.
   *
   * @param x [batch, …], of any dtype.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Flatten } from "@graddiff/nn";
   *
   * console.log(new Flatten().forward(ones([5, 2, 3])).shape); // [ 5, 6 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * Resizes images by interpolation: see {@link interpolate}.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { Upsample } from "@graddiff/nn";
 *
 * console.log(new Upsample({ scale: 2, mode: "linear" }).forward(zeros([1, 3, 4, 4])).shape); // [ 1, 3, 8, 8 ]
 * ```
 */
export class Upsample extends Layer<"declared"> {
  readonly #options: InterpolateOptions;

  /**
   * @param options as for {@link interpolate}: `size` or `scale`, `mode` ("nearest" by default), `alignCorners`.
   * @throws ArgumentError for both or none of size and scale, and for `alignCorners` with a mode that does not support
   *   it.
   */
  constructor(options: InterpolateOptions) {
    super();
    refuseSurplus("Upsample", 1, arguments);
    checkOptions("Upsample", () => interpolate(zeros([0]), options));
    this.#options = options;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    return interpolate(x, this.#options);
  }
}

export interface Upsample {
  /**
   * Returns x with other lengths of its last axes, [batch, channels, …].
   *
   * @param x floats [batch, channels, …].
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Upsample } from "@graddiff/nn";
   *
   * console.log(new Upsample({ scale: 2 }).forward(ones([1, 3, 4, 4])).shape); // [ 1, 3, 8, 8 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

/**
 * A chain of layers whose result is added to its input: f(x) + x (He et al., "Deep Residual Learning", 2015).
 *
 * @example
 * ```ts
 * import { relu, tensor } from "@graddiff/core";
 * import { Residual } from "@graddiff/nn";
 *
 * const block = new Residual(relu);
 * console.log(String(block.forward(tensor([-1, 2])))); // [-1.  4.]
 * ```
 */
export class Residual extends Layer<"declared"> {
  /** The layers whose result is added to their input. */
  readonly inner: Sequential;

  /** @param layers layers of one input; the result of the last has the shape of x. */
  constructor(...layers: readonly Link[]) {
    super();
    this.inner = new Sequential(...layers);
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    return this.inner.forward(x).add(x);
  }
}

export interface Residual {
  /**
   * Returns x plus the result of the layers for x.
   *
   * @param x floats, as the first layer takes them.
   * @returns the shape of x.
   * @throws ShapeError for layers whose result has a shape that does not broadcast with that of x.
   * @example
   * ```ts
   * import { square, tensor } from "@graddiff/core";
   * import { Residual } from "@graddiff/nn";
   *
   * console.log(String(new Residual(square).forward(tensor([1, 2, 3])))); // [ 2.  6. 12.]
   * ```
   */
  forward(x: Tensor): Tensor;
  /** Returns a number for a number. */
  forward(x: number): number;
  /** Returns a number for a number, and a Tensor for a Tensor. */
  forward(x: TensorLike): TensorLike;
}

/** Returns standard normal numbers: the default initializer of {@link Embedding}. */
const standardNormal: Initializer = (shape, options) => normal(shape, options);

const readEmbedding = weightReader({});

/**
 * A table of vectors that are looked up by their indices, such as a vector for each word.
 *
 * By default the initial table has standard normal numbers, as in PyTorch.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Embedding } from "@graddiff/nn";
 *
 * const embedding = new Embedding(1000, 8);
 * console.log(embedding.forward(tensor([[1, 2, 3]], { dtype: "int32" })).shape); // [ 1, 3, 8 ]
 * ```
 */
export class Embedding extends Layer<"declared"> {
  /** Shape [count, size]. */
  readonly weight: Variable;

  /** @param count the number of rows. @param size the length of a row. */
  constructor(count: number, size: number, options?: WeightOptions) {
    super();
    refuseSurplus("Embedding", 3, arguments);
    positiveInteger("Embedding", "count", count);
    positiveInteger("Embedding", "size", size);
    const read = readEmbedding("Embedding", options);
    const weights = new Weights("Embedding", read);
    this.weight = weights.weight([count, size], read.initializer ?? standardNormal);
  }

  override toString(): string {
    return `${this.constructor.name} ${this.weight.shape.join(" × ")}`;
  }

  /** Computes what `forward` returns. */
  override compute(indices: Indices): Tensor {
    return takeAt(this.weight.value, indices, { axis: 0, by: "Embedding" });
  }
}

export interface Embedding {
  /**
   * Returns the rows of the weight at indices, [...indices.shape, size].
   *
   * @param indices int32 of any shape, from 0 on: a negative index is out of range.
   * @throws DTypeError for indices that are not int32; ArgumentError for an index out of range. (A compiled function
   *   throws it when it runs.)
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { Embedding } from "@graddiff/nn";
   *
   * const words = tensor([[1, 2, 3]], { dtype: "int32" });
   * console.log(new Embedding(1000, 8).forward(words).shape); // [ 1, 3, 8 ]
   * ```
   */
  forward(indices: Indices): Tensor;
}
