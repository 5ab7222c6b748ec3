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
} from "@graddiff/core";
import {
  describe,
  flag,
  formatShape,
  fractionBelowOne,
  guardProperties,
  isTensor,
  layerSeed,
  nonNegativeInteger,
  oneOf,
  optional,
  positive,
  positiveInteger,
  type Readers,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import { seedFor } from "../inside.ts";
import { PARTS } from "../seeds.ts";
import { type Activation, readActivation } from "./activations.ts";
import { Dense, type Linear } from "./dense.ts";
import { input, optionsCheck } from "./named.ts";
import { Dropout, LayerNorm } from "./normalization.ts";
import { rotate } from "./positions.ts";
import { Sequential } from "./sequential.ts";
import { type BiasOptions, biasReader } from "./weights.ts";

/** @throws ShapeError for what are no rows. */
function checkRows(op: string, { rank, shape }: Tensor): void {
  if (rank === 3 && shape[1] !== 0) return;
  const expected = "[batch, 1, size], or several rows";
  throw new ShapeError(op, "row", expected, formatShape(shape));
}

function checkCache(op: string, cache: unknown): asserts cache is AttentionCache {
  const { keys, values, length }: Partial<AttentionCache> = Object(cache);
  if ([keys, values, length].every(isTensor)) return;
  const expected = "what start or next has returned";
  throw new ArgumentError(op, "cache", expected, describe(cache));
}

/** The settings of {@link MultiHeadAttention}. */
export interface AttentionLayerOptions extends BiasOptions {
  /** True if a position sees itself and those before it alone. Default false. */
  readonly causal?: boolean;
  /** The share of the weights that is left out in training. Default 0. */
  readonly dropout?: number;
  /**
   * The number of heads of keys and values, a divisor of the heads, each of which serves as many queries (Ainslie et al.,
   * "GQA", 2023): the cache is smaller by that. Default: the heads.
   */
  readonly groups?: number;
  /**
   * "rotary" turns queries and keys by their positions (Su et al., "RoFormer", 2021; halves of a head are pairs, as in Llama).
   * Default: none; {@link SinusoidalPositions} and {@link LearnedPositions} come before the blocks.
   */
  readonly positions?: "rotary";
  /** The base of the angles of "rotary". Default 10,000. */
  readonly base?: number;
}

/** Returns the reader of {@link AttentionLayerOptions} and of others. */
/* @__NO_SIDE_EFFECTS__ */
function attentionReader<Own extends Readers>(own: Own) {
  return biasReader({
    causal: optional(flag, false),
    dropout: optional(fractionBelowOne, 0),
    groups: optional<number | undefined>(positiveInteger, undefined),
    positions: optional<"rotary" | undefined>(oneOf("rotary"), undefined),
    base: optional(positive, 10_000),
    ...own,
  });
}

const readAttention = attentionReader({});

/** The options of `forward` of {@link TransformerBlock}. */
export interface BlockInputs {
  /**
   * The positions that are seen, bools: true is seen, where PyTorch's `key_padding_mask` has false. [batch, others] for padded
   * sequences; of another rank what broadcasts to [batch, heads, length, others], such as [1, length, others]. Default: all.
   */
  readonly mask?: Indices | undefined;
  /** True if a position sees itself and those before it alone, in this call. Default: as the layer was made. */
  readonly causal?: boolean | undefined;
}

/** The options of `forward` of {@link MultiHeadAttention}. */
export interface AttentionInputs extends BlockInputs {
  /** The rows that are looked at, [batch, others, size]. Default: x. */
  readonly context?: Tensor | undefined;
}

const causal = optional<boolean | undefined>(flag, undefined);
const checkOptions = optionsCheck({ context: input, mask: input, causal });
const checkBlockOptions = optionsCheck({ mask: input, causal });

/** Keys and values of the positions that have been seen, see {@link MultiHeadAttention.next}. */
export interface AttentionCache {
  /** [batch, groups, most positions, size / heads]. */
  readonly keys: Tensor;
  /** The same. */
  readonly values: Tensor;
  /** The number of positions that have been seen; an int32 scalar. */
  readonly length: Tensor;
}

/**
 * Attention of several heads (Vaswani et al., "Attention is all you need", 2017): queries of x, keys and values of a
 * context, or of x itself, each head with a part of the size.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { MultiHeadAttention } from "@graddiff/nn";
 *
 * const attention = new MultiHeadAttention(8, 2, { causal: true });
 * console.log(attention.forward(zeros([3, 5, 8])).shape); // [ 3, 5, 8 ]
 * ```
 */
export class MultiHeadAttention extends Layer<"declared"> {
  /** The linear map to the queries of all heads. */
  query: Linear;
  /** The linear map to the keys of all groups. */
  key: Linear;
  /** The linear map to the values of all groups. */
  value: Linear;
  /** The linear map from the joined heads to the result. */
  output: Linear;
  /** The draws of the weights that are left out; undefined without dropout. */
  readonly draws: Draws | undefined;
  /** The number of heads of queries. */
  readonly heads: number;
  /** The number of heads of keys and values. */
  readonly groups: number;
  readonly #causal: boolean;
  readonly #dropout: number;
  /** The base of rotary positions; undefined without them. */
  readonly #base: number | undefined;

  /**
   * @param size the length of a row of x, and of the result. @param heads how many parts it has.
   * @throws ArgumentError if the size is no multiple of the heads, these are none of the groups, or a part cannot be turned
   *   since its length is odd.
   */
  constructor(size: number, heads: number, options?: AttentionLayerOptions) {
    super();
    const op = "MultiHeadAttention";
    refuseSurplus(op, 3, arguments);
    positiveInteger(op, "size", size);
    if (size % positiveInteger(op, "heads", heads) !== 0) {
      throw new ArgumentError(op, "heads", `a divisor of the size, ${size}`, String(heads));
    }
    const { causal, dropout, groups, positions, base, seed, bias, initializer, dtype } =
      readAttention(op, options);
    this.heads = heads;
    this.groups = groups ?? heads;
    this.#causal = causal;
    this.#dropout = dropout;
    this.#base = positions === "rotary" ? base : undefined;
    if (heads % this.groups !== 0) {
      const expected = `a divisor of the heads, ${heads}`;
      throw new ArgumentError(op, "groups", expected, String(groups));
    }
    const part = size / heads;
    if (positions === "rotary" && part % 2 !== 0) {
      const expected = "heads of even length for rotary positions";
      throw new ArgumentError(op, "heads", expected, `a length of ${part}`);
    }
    const first = layerSeed(seed);
    const dense = (index: number, outputs = size) =>
      new Dense(size, outputs, {
        bias,
        seed: seedFor(PARTS, first, index),
        ...(initializer && { initializer }),
        ...(dtype && { dtype }),
      });
    this.query = dense(0);
    this.key = dense(1, this.groups * part);
    this.value = dense(2, this.groups * part);
    this.output = dense(3);
    this.draws = dropout > 0 ? new Draws(first) : undefined;
  }

  protected override checkInputs(op: string, inputs: readonly unknown[]): void {
    checkOptions(op, inputs);
    super.checkInputs(op, inputs);
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor, options: AttentionInputs = {}): Tensor {
    const op = this.constructor.name;
    const { context, mask, causal = this.#causal } = options;
    if (context !== undefined && this.#base !== undefined) {
      const expected = "undefined, since positions are rotary: they are those of one sequence";
      throw new ArgumentError(op, "context", expected, describe(context));
    }
    const source = context === undefined ? x : toTensor(op, "context", context);
    const rows = [this.query.forward(x), this.key.forward(source), this.value.forward(source)];
    const [q, k, v] = rows.map((each) => this.#split(each)) as [Tensor, Tensor, Tensor];
    const positions = arange(at(q.shape, 2), { dtype: "int32" });
    const [queries, keys] = [this.#rotated(q, positions), this.#rotated(k, positions)];
    const own = mask === undefined ? undefined : this.#maskOf(mask, queries, keys);
    const settings = {
      causal,
      ...(own && { mask: own }),
      ...this.#drop(),
    };
    if (this.groups === this.heads) {
      return this.#join(scaledDotProductAttention(queries, keys, v, settings));
    }
    // [batch, groups, heads of a group, length, part], of which keys and values have one head.
    const [shared, values] = [keys, v].map((each) => each.expandDims(2)) as [Tensor, Tensor];
    const grouped = scaledDotProductAttention(this.#grouped(queries), shared, values, settings);
    return this.#join(reshape(grouped, queries.shape));
  }

  /** Returns the cache of a sequence of which nothing has been seen. @param most the greatest number of positions. */
  start(batch: number, most: number): AttentionCache {
    const op = "MultiHeadAttention.start";
    refuseSurplus(op, 2, arguments);
    const { dtype } = this.key.weight;
    const part = at(this.key.weight.shape, 1) / this.groups;
    const [count, capacity] = [
      nonNegativeInteger(op, "batch", batch),
      nonNegativeInteger(op, "most", most),
    ];
    const shape = [count, this.groups, capacity, part];
    const empty = zeros(shape, { dtype });
    return { keys: empty, values: empty, length: scalar(0, "int32") };
  }

  /**
   * Returns one more position of a sequence, or several, each of which sees those in the cache and up to itself. They
   * are the rows that {@link compute} of a causal layer has there, without computing those before them again.
   *
   * @param row [batch, 1, size], or several rows.
   * @returns its result, and the cache with it.
   * @throws ShapeError for other rows, ArgumentError for a cache that is full or none.
   */
  next(row: Tensor, cache: AttentionCache): { output: Tensor; cache: AttentionCache } {
    const op = "MultiHeadAttention.next";
    refuseSurplus(op, 2, arguments);
    guardProperties(this);
    const x = toTensor(op, "row", row);
    checkCache(op, cache);
    checkRows(op, x);
    if (!this.#causal) {
      const expected = "a causal layer, whose positions see none after them";
      throw new ArgumentError(op, "causal", expected, "false");
    }
    const most = at(cache.keys.shape, 2);
    const positions = arange(0, most, { dtype: "int32" });
    const count = at(x.shape, 1);
    const rows = [this.key.forward(x), this.value.forward(x), this.query.forward(x)];
    const [key, value, query] = rows.map((each) => this.#split(each)) as [Tensor, Tensor, Tensor];
    const length = cache.length.add(count);
    if (count > 1) return this.#nextRows({ key, value, query }, cache, positions, length);
    // A position out of range is an error, in compiled functions, too.
    const position = take(positions, cache.length);
    const isHere = positions.equal(position).reshape([most, 1]);
    const keys = where(isHere, this.#rotated(key, position), cache.keys);
    const values = where(isHere, value, cache.values);
    const mask = positions.lessEqual(cache.length);
    // The heads of a group are rows of one product.
    const [batch = 0, heads = 0, , part = 0] = query.shape;
    const own = reshape(this.#rotated(query, position), [
      batch,
      this.groups,
      heads / this.groups,
      part,
    ]);
    const seen = reshape(scaledDotProductAttention(own, keys, values, { mask }), query.shape);
    return { output: this.#join(seen), cache: { keys, values, length } };
  }

  /** Returns the same of several rows. */
  #nextRows(
    { key, value, query }: { key: Tensor; value: Tensor; query: Tensor },
    cache: AttentionCache,
    positions: Tensor,
    length: Tensor,
  ): { output: Tensor; cache: AttentionCache } {
    const count = at(query.shape, 2);
    const own = take(positions, arange(0, count, { dtype: "int32" }).add(cache.length));
    // The row that belongs at each position, and whether there is one.
    const row = positions.sub(cache.length);
    const isHere = row.greaterEqual(0).logicalAnd(row.less(count)).expandDims(1);
    const put = (rows: Tensor, before: Tensor) =>
      where(isHere, take(rows, row.clip(0, count - 1), 2), before);
    const keys = put(this.#rotated(key, own), cache.keys);
    const values = put(value, cache.values);
    const mask = positions.lessEqual(own.expandDims(1));
    const [shared, summed] = [keys.expandDims(2), values.expandDims(2)];
    const queries = this.#grouped(this.#rotated(query, own));
    const seen = scaledDotProductAttention(queries, shared, summed, { mask });
    return { output: this.#join(reshape(seen, query.shape)), cache: { keys, values, length } };
  }

  /** Queries or keys with their positions. */
  #rotated(rows: Tensor, positions: Tensor): Tensor {
    return this.#base === undefined ? rows : rotate(rows, positions, this.#base);
  }

  /** [batch, heads, …] as [batch, groups, heads of a group, …]. */
  #grouped(heads: Tensor): Tensor {
    const [batch = 0, count = 0, ...rest] = heads.shape;
    return reshape(heads, [batch, this.groups, count / this.groups, ...rest]);
  }

  /**
   * Returns the mask in the rank of the scores: a mask of padded sequences gets axes for heads and queries, others get
   * one for groups.
   */
  #maskOf(given: Indices, queries: Tensor, keys: Tensor): Tensor {
    const op = this.constructor.name;
    const mask = toTensor(op, "mask", given);
    const [batch = 0, , others = 0] = keys.shape;
    const isGrouped = this.groups !== this.heads;
    if (mask.rank === 2) {
      if (mask.shape[0] === batch && mask.shape[1] === others) {
        return reshape(mask, [batch, 1, 1, ...(isGrouped ? [1] : []), others]);
      }
      throw new ShapeError(
        op,
        "mask",
        `[batch, others], ${formatShape([batch, others])}`,
        formatShape(mask.shape),
        "One of all sequences is [1, length, others]",
      );
    }
    if (!isGrouped || mask.rank < 3) return mask;
    const [heads, ...rest] = mask.shape.slice(-3);
    const leading = mask.shape.slice(0, -3);
    if (heads === 1) return reshape(mask, [...leading, 1, 1, ...rest]);
    if (heads === this.heads) {
      return reshape(mask, [...leading, this.groups, this.heads / this.groups, ...rest]);
    }
    const scores = [batch, this.heads, at(queries.shape, 2), others];
    throw new ShapeError(
      op,
      "mask",
      `a shape that broadcasts to that of the scores, ${formatShape(scores)}`,
      formatShape(mask.shape),
    );
  }

  /** [batch, length, heads · part] as [batch, heads, length, part], of queries, or of the groups of keys and values. */
  #split(rows: Tensor): Tensor {
    const [batch = 0, length = 0, size = 0] = rows.shape;
    const part = at(this.query.weight.shape, 1) / this.heads;
    return transpose(reshape(rows, [batch, length, size / part, part]), [0, 2, 1, 3]);
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

export interface MultiHeadAttention {
  /**
   * In the mask true is a position that is seen: PyTorch's `key_padding_mask` and bool `attn_mask` of
   * `nn.MultiheadAttention` are the opposite.
   * Returns what the positions of x take from those of the context, [batch, length, size].
   *
   * @param x floats [batch, length, size].
   * @param options `context`: the rows that are looked at, floats [batch, others, size], x by default. `mask`: bools [batch, others]
   *   for padded sequences; of another rank what broadcasts to [batch, heads, length, others], such as [1, length, others].
   *   `causal`: whether a position sees itself and those before it alone, by default as the layer was made.
   * @throws ShapeError for a mask of another shape; ArgumentError for a context where positions are rotary, for other options, and
   *   for arguments by position.
   * @example
   * ```ts
   * import { arange, tensor, zeros } from "@graddiff/core";
   * import { MultiHeadAttention } from "@graddiff/nn";
   *
   * const lengths = tensor([[5], [2]], { dtype: "int32" });
   * const mask = arange(5, { dtype: "int32" }).less(lengths); // [2, 5]: true where a sequence has a row
   * const attention = new MultiHeadAttention(8, 2);
   * console.log(attention.forward(zeros([2, 5, 8]), { mask, causal: true }).shape); // [ 2, 5, 8 ]
   * console.log(attention.forward(zeros([2, 3, 8]), { context: zeros([2, 5, 8]), mask }).shape); // [ 2, 3, 8 ]
   * ```
   */
  forward(x: Tensor, options?: AttentionInputs): Tensor;
}

/** The settings of {@link TransformerBlock}. */
export interface TransformerBlockOptions extends AttentionLayerOptions {
  /** The length of the rows inside the second part. Default 4 times the size. */
  readonly hidden?: number;
  /**
   * The activation between the two dense layers: the name of an op, or a function. Default "gelu", which is exact;
   * GPT-2 has `(x) => gelu(x, { approximation: "tanh" })`.
   */
  readonly activation?: Activation;
}

const readBlock = attentionReader({
  hidden: optional<number | undefined>(positiveInteger, undefined),
  activation: optional(readActivation, gelu),
});

/**
 * A block of a transformer that normalizes first: x + attention(norm(x)), and to that the same of two dense layers with
 * an activation between them, GELU if nothing else is said (Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020).
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { TransformerBlock } from "@graddiff/nn";
 *
 * const block = new TransformerBlock(8, 2, { causal: true });
 * console.log(block.forward(zeros([3, 5, 8])).shape); // [ 3, 5, 8 ]
 * ```
 */
export class TransformerBlock extends Layer<"declared"> {
  /** The normalization before the attention. */
  readonly attentionNorm: LayerNorm;
  /** The attention. */
  readonly attention: MultiHeadAttention;
  /** The normalization before the layers that each row passes alone. */
  readonly rowNorm: LayerNorm;
  /** The layers that each row passes alone. */
  readonly rows: Sequential;
  /** The dropout of both branches. */
  readonly drop: Dropout;

  /** @param size the length of a row. @param heads those of the attention. */
  constructor(size: number, heads: number, options?: TransformerBlockOptions) {
    super();
    refuseSurplus("TransformerBlock", 3, arguments);
    positiveInteger("TransformerBlock", "size", size);
    positiveInteger("TransformerBlock", "heads", heads);
    const { hidden = 4 * size, dropout, seed, ...read } = readBlock("TransformerBlock", options);
    const first = layerSeed(seed);
    const part = (index: number) => seedFor(PARTS, first, index);
    const { bias, causal, groups, positions, base, initializer, dtype, activation } = read;
    const own = { bias, ...(initializer && { initializer }), ...(dtype && { dtype }) };
    const norm = dtype && { dtype };
    this.attentionNorm = new LayerNorm(size, norm);
    this.attention = new MultiHeadAttention(size, heads, {
      ...own,
      ...(groups !== undefined && { groups }),
      ...(positions && { positions, base }),
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

  protected override checkInputs(op: string, inputs: readonly unknown[]): void {
    checkBlockOptions(op, inputs);
    super.checkInputs(op, inputs);
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor, options?: BlockInputs): Tensor {
    return this.#after(x, this.attention.forward(this.attentionNorm.forward(x), options));
  }

  /** As {@link MultiHeadAttention.start}. */
  start(batch: number, most: number): AttentionCache {
    const op = "TransformerBlock.start";
    refuseSurplus(op, 2, arguments);
    return this.attention.start(
      nonNegativeInteger(op, "batch", batch),
      nonNegativeInteger(op, "most", most),
    );
  }

  /**
   * Returns one more position of a sequence, by the cache of those before it, as {@link MultiHeadAttention.next}: what
   * {@link compute} of a causal block has there.
   *
   * @param row [batch, 1, size], or several rows.
   * @throws ShapeError for other rows, ArgumentError for a cache that is full or none.
   */
  next(row: Tensor, cache: AttentionCache): { output: Tensor; cache: AttentionCache } {
    const op = "TransformerBlock.next";
    refuseSurplus(op, 2, arguments);
    guardProperties(this);
    const x = toTensor(op, "row", row);
    checkCache(op, cache);
    checkRows(op, x);
    const seen = this.attention.next(this.attentionNorm.forward(x), cache);
    return { output: this.#after(x, seen.output), cache: seen.cache };
  }

  /** Returns the result of the block from the result of its attention. */
  #after(x: Tensor, seen: Tensor): Tensor {
    const first = x.add(this.drop.forward(seen));
    return first.add(this.drop.forward(this.rows.forward(this.rowNorm.forward(first))));
  }
}

export interface TransformerBlock {
  /**
   * In the mask true is a position that is seen: PyTorch's `key_padding_mask` and bool `attn_mask` of
   * `nn.MultiheadAttention` are the opposite.
   * Returns attention and a dense part, each added to its input, [batch, length, size].
   *
   * @param x floats [batch, length, size].
   * @param options `mask`: bools [batch, length] for padded sequences, or what broadcasts to [batch, heads, length, length].
   *   `causal`: whether a position sees itself and those before it alone, by default as the block was made.
   * @throws ShapeError for a mask of another shape; ArgumentError for other options, and for arguments by position.
   * @example
   * ```ts
   * import { arange, tensor, zeros } from "@graddiff/core";
   * import { TransformerBlock } from "@graddiff/nn";
   *
   * const lengths = tensor([[5], [2]], { dtype: "int32" });
   * const mask = arange(5, { dtype: "int32" }).less(lengths); // [2, 5]: true where a sequence has a row
   * const block = new TransformerBlock(8, 2);
   * console.log(block.forward(zeros([2, 5, 8]), { mask, causal: true }).shape); // [ 2, 5, 8 ]
   * ```
   */
  forward(x: Tensor, options?: BlockInputs): Tensor;
}
