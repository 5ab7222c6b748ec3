/**
 * Attention layers.
 */

import {
  ArgumentError,
  arange,
  Draws,
  gelu,
  type Indices,
  Layer,
  reshape,
  ShapeError,
  scaledDotProductAttention,
  type Tensor,
  take,
  transpose,
  where,
  zeros,
} from "../../index.ts";
import {
  at,
  describe,
  flag,
  formatShape,
  guardProperties,
  isTensor,
  optional,
  type Readers,
  readCount,
  readPositive,
  refuseSurplus,
  scalar,
  seedFor,
  seedOf,
  shareBelowOne,
  toTensor,
} from "../inside.ts";
import { type Activation, readActivation } from "./activations.ts";
import { Dense, type Linear } from "./dense.ts";
import { Dropout, LayerNorm } from "./normalization.ts";
import { Sequential } from "./sequential.ts";
import { type BiasOptions, biasReader } from "./weights.ts";

/** @throws ShapeError for more than one place. */
function checkRow(op: string, { rank, shape }: Tensor): void {
  if (rank === 3 && shape[1] === 1) return;
  throw new ShapeError({
    op,
    argument: "row",
    expected: "[batch, 1, size]",
    got: formatShape(shape),
  });
}

function checkCache(op: string, cache: unknown): asserts cache is AttentionCache {
  const { keys, values, length }: Partial<AttentionCache> = Object(cache);
  if ([keys, values, length].every(isTensor)) return;
  const expected = "what start or next has returned";
  throw new ArgumentError({ op, argument: "cache", expected, got: describe(cache) });
}

/** The settings of {@link MultiHeadAttention}. */
export interface AttentionLayerOptions extends BiasOptions {
  /** Whether a place sees those ahead of it alone, and itself. Default false. */
  readonly causal?: boolean;
  /** Which share of the weights is left out in training. Default 0. */
  readonly dropout?: number;
}

/** The reader of {@link AttentionLayerOptions} and of others. */
/* @__NO_SIDE_EFFECTS__ */
function attentionReader<Own extends Readers>(own: Own) {
  return biasReader({ causal: optional(flag, false), dropout: optional(shareBelowOne, 0), ...own });
}

const readAttention = attentionReader({});

/** Keys and values of the places that have been seen, see {@link MultiHeadAttention.next}. */
export interface AttentionCache {
  /** [batch, heads, most places, size / heads]. */
  readonly keys: Tensor;
  /** The same. */
  readonly values: Tensor;
  /** How many places have been seen; an int32 scalar. */
  readonly length: Tensor;
}

/**
 * Attention of several heads (Vaswani et al., "Attention is all you need", 2017): queries of x, keys and values of a
 * context, or of x itself, each head with a part of the size.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { MultiHeadAttention } from "@graddiff/core/nn";
 *
 * const attention = new MultiHeadAttention(8, 2, { causal: true });
 * console.log(attention.forward(zeros([3, 5, 8])).shape); // [ 3, 5, 8 ]
 * ```
 */
export class MultiHeadAttention extends Layer {
  query: Linear;
  key: Linear;
  value: Linear;
  output: Linear;
  /** What the next weights that are left out are drawn from; undefined without dropout. */
  readonly draws: Draws | undefined;
  readonly #heads: number;
  readonly #causal: boolean;
  readonly #dropout: number;

  /**
   * @param size the length of a row of x, and of the result. @param heads how many parts it has.
   * @throws ArgumentError if the size is no multiple of the heads.
   */
  constructor(size: number, heads: number, options?: AttentionLayerOptions) {
    super();
    const op = "MultiHeadAttention";
    refuseSurplus(op, 3, arguments);
    readPositive(op, "size", size);
    if (size % readPositive(op, "heads", heads) !== 0) {
      throw new ArgumentError({
        op,
        argument: "heads",
        expected: `a divisor of the size, ${size}`,
        got: String(heads),
      });
    }
    const { causal, dropout, seed, bias, initializer, dtype } = readAttention(op, options);
    const first = seedOf(seed);
    const dense = (part: number) =>
      new Dense(size, size, {
        bias,
        seed: seedFor("parts", first, part),
        ...(initializer && { initializer }),
        ...(dtype && { dtype }),
      });
    this.query = dense(0);
    this.key = dense(1);
    this.value = dense(2);
    this.output = dense(3);
    this.draws = dropout > 0 ? new Draws(first) : undefined;
    this.#heads = heads;
    this.#causal = causal;
    this.#dropout = dropout;
  }

  /**
   * @param x [batch, length, size]. @param context what is looked at, [batch, others, size]. Default x.
   * @param mask bools that broadcast to [batch, heads, length, others]: which places are seen; of padded sequences
   *   [batch, 1, 1, others].
   */
  override compute(x: Tensor, context?: Tensor, mask?: Indices): Tensor {
    const source = context === undefined ? x : context;
    const [q, k, v] = [this.query.forward(x), this.key.forward(source), this.value.forward(source)];
    const heads = [q, k, v].map((rows) => this.#split(rows)) as [Tensor, Tensor, Tensor];
    return this.#join(
      scaledDotProductAttention(...heads, {
        causal: this.#causal,
        ...(mask !== undefined && { mask }),
        ...this.#drop(),
      }),
    );
  }

  /** The cache of a sequence of which nothing has been seen. @param most how many places it may have. */
  start(batch: number, most: number): AttentionCache {
    const op = "MultiHeadAttention.start";
    refuseSurplus(op, 2, arguments);
    const { dtype } = this.key.weight;
    const size = at(this.key.weight.shape, 1);
    const [count, places] = [readCount(op, "batch", batch), readCount(op, "most", most)];
    const shape = [count, this.#heads, places, size / this.#heads];
    const empty = zeros(shape, { dtype });
    return { keys: empty, values: empty, length: scalar(0, "int32") };
  }

  /**
   * One more place of a sequence, which sees those in the cache and itself: the row that {@link compute} of a causal layer
   * has there, without computing those ahead of it again.
   *
   * @param row [batch, 1, size].
   * @returns its result, and the cache with it.
   * @throws ShapeError for other rows, ArgumentError for a cache that is full or none.
   */
  next(row: Tensor, cache: AttentionCache): { output: Tensor; cache: AttentionCache } {
    const op = "MultiHeadAttention.next";
    refuseSurplus(op, 2, arguments);
    guardProperties(this);
    const x = toTensor(op, "row", row);
    checkCache(op, cache);
    checkRow(op, x);
    const most = at(cache.keys.shape, 2);
    const places = arange(0, most, { dtype: "int32" });
    // A place out of range is an error, in compiled functions, too.
    const isHere = places.equal(take(places, cache.length)).reshape([most, 1]);
    const keys = where(isHere, this.#split(this.key.forward(x)), cache.keys);
    const values = where(isHere, this.#split(this.value.forward(x)), cache.values);
    const mask = places.lessEqual(cache.length);
    const query = this.#split(this.query.forward(x));
    const output = this.#join(scaledDotProductAttention(query, keys, values, { mask }));
    return { output, cache: { keys, values, length: cache.length.add(1) } };
  }

  /** [batch, length, size] as [batch, heads, length, size / heads]. */
  #split(rows: Tensor): Tensor {
    const [batch = 0, length = 0, size = 0] = rows.shape;
    return transpose(reshape(rows, [batch, length, this.#heads, size / this.#heads]), [0, 2, 1, 3]);
  }

  #join(heads: Tensor): Tensor {
    const [batch = 0, count = 0, length = 0, part = 0] = heads.shape;
    return this.output.forward(
      reshape(transpose(heads, [0, 2, 1, 3]), [batch, length, count * part]),
    );
  }

  #drop(): { dropout?: number; seed?: Tensor } {
    if (this.draws === undefined || !this.training) return {};
    return { dropout: this.#dropout, seed: this.draws.next() };
  }
}

/** The settings of {@link TransformerBlock}. */
export interface TransformerBlockOptions extends AttentionLayerOptions {
  /** The length of the rows inside the second part. Default 4 times the size. */
  readonly hidden?: number;
  /**
   * What stands between the two dense layers: the name of an op, or a function. Default "gelu", which is exact; GPT-2
   * has `(x) => gelu(x, { approximation: "tanh" })`.
   */
  readonly activation?: Activation;
}

const readBlock = attentionReader({
  hidden: optional<number | undefined>(readPositive, undefined),
  activation: optional(readActivation, gelu),
});

/**
 * A block of a transformer that normalizes first: x + attention(norm(x)), and to that the same of two dense layers with
 * an activation between them, GELU if nothing else is said (Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020).
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { TransformerBlock } from "@graddiff/core/nn";
 *
 * const block = new TransformerBlock(8, 2, { causal: true });
 * console.log(block.forward(zeros([3, 5, 8])).shape); // [ 3, 5, 8 ]
 * ```
 */
export class TransformerBlock extends Layer {
  readonly attentionNorm: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly rowNorm: LayerNorm;
  readonly rows: Sequential;
  readonly drop: Dropout;

  /** @param size the length of a row. @param heads those of the attention. */
  constructor(size: number, heads: number, options?: TransformerBlockOptions) {
    super();
    refuseSurplus("TransformerBlock", 3, arguments);
    readPositive("TransformerBlock", "size", size);
    readPositive("TransformerBlock", "heads", heads);
    const { hidden = 4 * size, dropout, seed, ...read } = readBlock("TransformerBlock", options);
    const first = seedOf(seed);
    const part = (index: number) => seedFor("parts", first, index);
    const { bias, causal, initializer, dtype, activation } = read;
    const own = { bias, ...(initializer && { initializer }), ...(dtype && { dtype }) };
    const norm = dtype && { dtype };
    this.attentionNorm = new LayerNorm(size, norm);
    this.attention = new MultiHeadAttention(size, heads, {
      ...own,
      causal,
      dropout,
      seed: part(0),
    });
    this.rowNorm = new LayerNorm(size, norm);
    this.rows = new Sequential(
      new Dense(size, hidden, { ...own, seed: part(1) }),
      activation,
      new Dense(hidden, size, { ...own, seed: part(2) }),
    );
    this.drop = new Dropout(dropout, { seed: part(3) });
  }

  /** @param x [batch, length, size]. @param mask as that of {@link MultiHeadAttention}. */
  override compute(x: Tensor, mask?: Indices): Tensor {
    return this.#after(x, this.attention.forward(this.attentionNorm.forward(x), undefined, mask));
  }

  /** As {@link MultiHeadAttention.start}. */
  start(batch: number, most: number): AttentionCache {
    const op = "TransformerBlock.start";
    refuseSurplus(op, 2, arguments);
    return this.attention.start(readCount(op, "batch", batch), readCount(op, "most", most));
  }

  /**
   * One more place of a sequence, by the cache of those ahead of it, as {@link MultiHeadAttention.next}: what
   * {@link compute} of a causal block has there.
   *
   * @param row [batch, 1, size].
   * @throws ShapeError for other rows, ArgumentError for a cache that is full or none.
   */
  next(row: Tensor, cache: AttentionCache): { output: Tensor; cache: AttentionCache } {
    const op = "TransformerBlock.next";
    refuseSurplus(op, 2, arguments);
    guardProperties(this);
    const x = toTensor(op, "row", row);
    checkCache(op, cache);
    checkRow(op, x);
    const seen = this.attention.next(this.attentionNorm.forward(x), cache);
    return { output: this.#after(x, seen.output), cache: seen.cache };
  }

  /** What follows from what has been seen. */
  #after(x: Tensor, seen: Tensor): Tensor {
    const first = x.add(this.drop.forward(seen));
    return first.add(this.drop.forward(this.rows.forward(this.rowNorm.forward(first))));
  }
}
