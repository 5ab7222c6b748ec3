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

/** Throws a ShapeError unless a tensor has rows, [batch, count, size], and at least one of them. */
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
  /** True if each position attends only to itself and to earlier positions. Default false. */
  readonly causal?: boolean;
  /** The share of the attention weights that become zero in training. Default 0. */
  readonly dropout?: number;
  /**
   * The number of heads of keys and values, a divisor of `heads`. Each serves heads / groups heads of queries (Ainslie
   * et al., "GQA", 2023), so the cache is smaller by this factor. Default: `heads`.
   */
  readonly groups?: number;
  /**
   * "rotary" rotates queries and keys by angles of their positions (Su et al., "RoFormer", 2021; the two halves of a
   * head are paired, as in Llama). Default: no positions; {@link SinusoidalPositions} or {@link LearnedPositions} can
   * be applied before the first block.
   */
  readonly positions?: "rotary";
  /** The base of the angles of "rotary". Default 10,000. */
  readonly base?: number;
}

/** Returns the reader of {@link AttentionLayerOptions} and of further options. */
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
   * A bool mask of the positions that are attended to: true where PyTorch's `key_padding_mask` has false. [batch,
   * others] for padded sequences; with another rank any shape that broadcasts to [batch, heads, length, others], such
   * as [1, length, others]. `others` is the length of the context. Default: all positions.
   */
  readonly mask?: Indices | undefined;
  /**
   * True if each position attends only to itself and to earlier positions in this call. Default: the option of the layer.
   */
  readonly causal?: boolean | undefined;
}

/** The options of `forward` of {@link MultiHeadAttention}. */
export interface AttentionInputs extends BlockInputs {
  /** The rows that keys and values are computed from, [batch, others, size]. Default: x. */
  readonly context?: Tensor | undefined;
}

const causal = optional<boolean | undefined>(flag, undefined);
const checkOptions = optionsCheck({ context: input, mask: input, causal });
const checkBlockOptions = optionsCheck({ mask: input, causal });

/** The keys and values of earlier positions of a sequence: see {@link MultiHeadAttention.next}. */
export interface AttentionCache {
  /** The keys, [batch, groups, greatest number of positions, size / heads]. */
  readonly keys: Tensor;
  /** The values, in the shape of `keys`. */
  readonly values: Tensor;
  /** The number of positions that the cache has, an int32 scalar. */
  readonly length: Tensor;
}

/**
 * Attention with several heads (Vaswani et al., "Attention is all you need", 2017). Queries are computed from x, keys and
 * values from a context or from x itself. Each head has size / heads of the features.
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
  /** The linear map from the concatenated heads to the result. */
  output: Linear;
  /** The state of the random draws of dropout; undefined without dropout. */
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
   * @param size the length of a row of x, and of the result. @param heads the number of heads, a divisor of the size.
   * @throws ArgumentError if the heads do not divide the size, the groups do not divide the heads, or the length of a
   *   head is odd and positions are rotary.
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
    // The shape is [batch, groups, heads of a group, length, size / heads]. Keys and values have one head in each group.
    const [shared, values] = [keys, v].map((each) => each.expandDims(2)) as [Tensor, Tensor];
    const grouped = scaledDotProductAttention(this.#grouped(queries), shared, values, settings);
    return this.#join(reshape(grouped, queries.shape));
  }

  /** Returns the empty cache of sequences, for {@link next}. @param most the greatest number of positions. */
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
   * Returns the output at the next position of a sequence, or at several. Each position attends to the positions in the
   * cache and up to itself. The output is that of `forward` at these positions, without computing earlier positions
   * again.
   *
   * @param row [batch, 1, size], or several rows [batch, count, size].
   * @returns the output in the shape of `row`, and the cache with the new positions.
   * @throws ShapeError for other rows; ArgumentError for a full cache, for another value than a cache, and for a layer
   *   that is not causal.
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
    // `take` throws an error for a position out of range, in compiled functions, too: the cache is full.
    const position = take(positions, cache.length);
    const isHere = positions.equal(position).reshape([most, 1]);
    const keys = where(isHere, this.#rotated(key, position), cache.keys);
    const values = where(isHere, value, cache.values);
    const mask = positions.lessEqual(cache.length);
    // The heads of a group are rows of one matrix product.
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

  /** Returns the result of {@link next} for several rows. */
  #nextRows(
    { key, value, query }: { key: Tensor; value: Tensor; query: Tensor },
    cache: AttentionCache,
    positions: Tensor,
    length: Tensor,
  ): { output: Tensor; cache: AttentionCache } {
    const count = at(query.shape, 2);
    const own = take(positions, arange(0, count, { dtype: "int32" }).add(cache.length));
    // For each position of the cache the index of the new row that belongs there, and whether there is one.
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

  /** Returns queries or keys rotated by their positions; unchanged without rotary positions. */
  #rotated(rows: Tensor, positions: Tensor): Tensor {
    return this.#base === undefined ? rows : rotate(rows, positions, this.#base);
  }

  /** Reshapes [batch, heads, …] to [batch, groups, heads of a group, …]. */
  #grouped(heads: Tensor): Tensor {
    const [batch = 0, count = 0, ...rest] = heads.shape;
    return reshape(heads, [batch, this.groups, count / this.groups, ...rest]);
  }

  /**
   * Returns the mask reshaped to broadcast with the scores. A mask of padded sequences gets axes for heads and queries;
   * with groups, the axis of heads becomes two axes, groups and heads of a group.
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

  /**
   * Returns rows [batch, length, heads · part] as [batch, heads, length, part]; keys and values have a head for each
   * group.
   */
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
   * Returns the attention of the positions of x to those of the context, [batch, length, size].
   *
   * The mask is true at positions that are attended to. PyTorch's `key_padding_mask` and bool `attn_mask` of
   * `nn.MultiheadAttention` are the opposite.
   *
   * @param x floats [batch, length, size].
   * @param options `context`: the rows of keys and values, floats [batch, others, size] (default: x). `mask`: bools
   *   [batch, others] for padded sequences; with another rank any shape that broadcasts to [batch, heads, length,
   *   others], such as [1, length, others]. `causal`: whether each position attends only to itself and to earlier ones
   *   (default: the option of the layer).
   * @throws ShapeError for a mask of another shape; ArgumentError for a context together with rotary positions, for other
   *   options, and for options that are passed by position.
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
  /** The length of the hidden rows between the two dense layers. Default 4 times the size. */
  readonly hidden?: number;
  /**
   * The activation between the two dense layers: the name of an op, or a function. Default "gelu", the exact one; GPT-2
   * uses `(x) => gelu(x, { approximation: "tanh" })`.
   */
  readonly activation?: Activation;
}

const readBlock = attentionReader({
  hidden: optional<number | undefined>(positiveInteger, undefined),
  activation: optional(readActivation, gelu),
});

/**
 * A transformer block with pre-layer normalization: y = x + attention(norm(x)), then y +
 * dense(activation(dense(norm(y)))) (Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020).
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
  /** The normalization before the dense layers. */
  readonly rowNorm: LayerNorm;
  /** The two dense layers with their activation, which act on each row independently. */
  readonly rows: Sequential;
  /** The dropout after the attention and after the dense layers. */
  readonly drop: Dropout;

  /** @param size the length of a row. @param heads the number of heads of the attention. */
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

  /** Returns the empty cache of the attention: see {@link MultiHeadAttention.start}. */
  start(batch: number, most: number): AttentionCache {
    const op = "TransformerBlock.start";
    refuseSurplus(op, 2, arguments);
    return this.attention.start(
      nonNegativeInteger(op, "batch", batch),
      nonNegativeInteger(op, "most", most),
    );
  }

  /**
   * Returns the output at the next position of a sequence, or at several, by the cache of earlier positions: see
   * {@link MultiHeadAttention.next}. The output is that of `forward` of a causal block at these positions.
   *
   * @param row [batch, 1, size], or several rows [batch, count, size].
   * @throws ShapeError for other rows; ArgumentError for a full cache, for another value than a cache, and for a block
   *   that is not causal.
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
   * Returns x after the attention and the dense layers, each of which is added to its input, [batch, length, size].
   *
   * The mask is true at positions that are attended to. PyTorch's `key_padding_mask` and bool `attn_mask` of
   * `nn.MultiheadAttention` are the opposite.
   *
   * @param x floats [batch, length, size].
   * @param options `mask`: bools [batch, length] for padded sequences, or any shape that broadcasts to
   *   [batch, heads, length, length]. `causal`: whether each position attends only to itself and to earlier ones
   *   (default: the option of the block).
   * @throws ShapeError for a mask of another shape; ArgumentError for other options, and for options that are passed by
   *   position.
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
