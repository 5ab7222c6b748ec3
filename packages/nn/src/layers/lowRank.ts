/**
 * Low-rank adapters (LoRA): trainable products of two small matrices, which are added to the frozen weights of a layer.
 */

import { freeze, Layer, matmul, type Tensor, uniform, type Variable } from "@graddiff/core";
import {
  argumentError,
  finite,
  optional,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { seedFor } from "../inside.ts";
import { objectsIn } from "../model.ts";
import { PARTS } from "../seeds.ts";
import { MultiHeadAttention } from "./attention.ts";
import { Dense, type Linear } from "./dense.ts";
import { drawnReader, type Initializer, type WeightOptions, Weights } from "./weights.ts";

/** The settings of {@link LowRank}. */
export interface LowRankOptions extends Omit<WeightOptions, "dtype"> {
  /** The rank of the product: the number of columns of `down` and of rows of `up`. */
  readonly rank: number;
  /** The factor of the product of the two matrices, α / rank in the paper. Default 1. */
  readonly scale?: number;
}

const readOptions = drawnReader({ rank: positiveInteger, scale: optional(finite, 1) });

/** Returns weights that are uniform in ±1 / √inputs, as PyTorch initializes its layers. */
const begin: Initializer = ([inputs = 1, rank = 1], options) => {
  const limit = 1 / Math.sqrt(inputs);
  return uniform([inputs, rank], { ...options, low: -limit, high: limit });
};

/**
 * A {@link Dense} layer with a low-rank adapter: x · W + b + scale · (x · down) · up (Hu et al., "LoRA: Low-Rank
 * Adaptation of Large Language Models", 2021). Only `down` and `up` are trained. `up` is zero at first, so the adapted
 * layer at first computes the same as the layer. The constructor freezes the weight and bias of the layer; call
 * `freeze(model)` before it to freeze the rest of a model.
 *
 * @example
 * ```ts
 * import { ones, state, trained } from "@graddiff/core";
 * import { Dense, LowRank } from "@graddiff/nn";
 *
 * const layer = new LowRank(new Dense(64, 64), { rank: 4 });
 * console.log(trained(layer).map(({ shape }) => shape)); // [ [ 64, 4 ], [ 4, 64 ] ]
 * console.log(Object.keys(state(layer))); // [ 'layer', 'down', 'up' ]
 * console.log(layer.forward(ones([2, 64])).shape); // [ 2, 64 ]
 * ```
 */
export class LowRank extends Layer<"declared"> implements Linear {
  /** The frozen layer that is adapted. */
  readonly layer: Dense;
  /** Shape [inputs, rank]. */
  readonly down: Variable;
  /** Shape [rank, outputs]. */
  readonly up: Variable;
  /** True if the product is added to the weight of the layer: see {@link merge}. */
  isMerged = false;
  readonly #scale: number;
  /** The weights of the layer before and after the last `merge`. */
  #weights: readonly [before: Tensor, after: Tensor] | undefined;

  /**
   * @param layer the layer to adapt, whose weights become frozen.
   * @param options `rank`, `scale` (default 1), `seed` and `initializer` of `down`.
   * @throws ArgumentError for a layer that is not a Dense, and for a rank that is not a positive integer.
   */
  constructor(layer: Dense, options: LowRankOptions) {
    super();
    refuseSurplus("LowRank", 2, arguments);
    if (!(layer instanceof Dense)) throw argumentError("LowRank", "layer", "a Dense layer", layer);
    const { rank, scale, initializer = begin, seed } = readOptions("LowRank", options);
    const [inputs = 0, outputs = 0] = layer.weight.shape;
    freeze(layer);
    const weights = new Weights("LowRank", { initializer, seed, dtype: layer.weight.dtype });
    this.layer = layer;
    this.down = weights.weight([inputs, rank]);
    this.up = weights.zeros([rank, outputs]);
    this.#scale = scale;
  }

  /**
   * Replaces the query and value maps of all attention layers in a part of a model by adapters around them, as in the
   * paper.
   *
   * @param part a {@link MultiHeadAttention}, or an object that contains some, such as a {@link TransformerBlock}, a
   *   `Sequential` of these or an entry of its `layers`.
   * @returns the adapters: of each attention layer in order, that of its queries, then that of its values.
   * @throws ArgumentError for a part without attention layers, and for an attention layer that has adapters already.
   */
  static around(part: MultiHeadAttention, options: LowRankOptions): [LowRank, LowRank];
  static around(part: object, options: LowRankOptions): LowRank[];
  static around(part: object, options: LowRankOptions): LowRank[] {
    const op = "LowRank.around";
    refuseSurplus(op, 2, arguments);
    const found = Object(part) === part ? [...objectsIn(op, { part })] : [];
    const all = found.filter((each) => each instanceof MultiHeadAttention);
    if (all.length === 0) {
      throw argumentError(op, "part", "what has a MultiHeadAttention in it", part);
    }
    const { seed } = readOptions(op, options);
    // All adapters are made before any layer is replaced: if the constructor refuses one, the model stays as it was.
    const adapters = all
      .flatMap(({ query, value }) => [query, value])
      .map((layer, index) => {
        const own = seed !== undefined && { seed: seedFor(PARTS, seed, index) };
        return new LowRank(layer as Dense, { ...options, ...own });
      });
    all.forEach((attention, i) => {
      [attention.query, attention.value] = adapters.slice(2 * i) as [LowRank, LowRank];
    });
    return adapters;
  }

  get weight(): Variable {
    return this.layer.weight;
  }

  get bias(): Variable | undefined {
    return this.layer.bias;
  }

  override toString(): string {
    return `${this.constructor.name} ${this.down.shape[1]} around ${this.layer}`;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const own = this.layer.forward(x);
    if (this.isMerged) return own;
    const { down, up } = this;
    return own.add(matmul(matmul(x, down.value), up.value).mul(this.#scale));
  }

  /** Adds the product to the weight of the layer, so that the adapter costs no further computation. */
  merge(): void {
    refuseSurplus("LowRank.merge", 0, arguments);
    if (this.isMerged) return;
    const before = this.weight.value;
    const after = before.add(this.#product());
    this.weight.assign(after);
    this.#weights = [before, after];
    this.isMerged = true;
  }

  /**
   * Reverses {@link merge}. The weight gets back its exact former bits, unless it was changed in between: then the
   * product is subtracted.
   */
  unmerge(): void {
    refuseSurplus("LowRank.unmerge", 0, arguments);
    if (!this.isMerged) return;
    const { value } = this.weight;
    const [before, after] = this.#weights ?? [];
    this.weight.assign(before && after === value ? before : value.sub(this.#product()));
    this.isMerged = false;
  }

  #product(): Tensor {
    return matmul(this.down.value, this.up.value).mul(this.#scale);
  }
}

export interface LowRank {
  /**
   * Returns the result of the layer plus scale · (x · down) · up, [..., outputs].
   *
   * @param x floats [..., inputs].
   * @throws ShapeError for another length of the last axis.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Dense, LowRank } from "@graddiff/nn";
   *
   * const adapted = new LowRank(new Dense(8, 3), { rank: 2 });
   * console.log(adapted.forward(ones([5, 8])).shape); // [ 5, 3 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}
