/**
 * Attention: means of values, weighted by how well keys fit queries.
 *
 * Attention is computed for blocks of rows where a causal mask hides much of a row, and where scores would need more than 64 MB.
 * Each of these blocks is a `checkpoint`.
 */

import { finite, flag, fraction, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { ArgumentError, formatShape, ShapeError } from "../errors.ts";
import { isRecordedWhole } from "../graph/recording.ts";
import { blockLength, isDivided } from "../ops/blocks.ts";
import { where } from "../ops/comparison.ts";
import { matmul } from "../ops/contraction.ts";
import { concat } from "../ops/joining.ts";
import { softmax } from "../ops/normalizing.ts";
import { promoteInputs } from "../ops/promote.ts";
import { readSeed, uniform } from "../ops/random.ts";
import { max } from "../ops/reduction.ts";
import { reshape, slice, transpose } from "../ops/view.ts";
import { arange, zeros } from "../tensor/create.ts";
import { BYTES, isFloat } from "../tensor/dtype.ts";
import {
  at,
  broadcastShapes,
  broadcasts,
  type Shape,
  sameNumbers,
  sizeOf,
} from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { checkpoint } from "./checkpoint.ts";

/** The options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** True if query i sees no keys but the first i + 1. Default false. */
  readonly causal?: boolean;
  /**
   * Bools: true where a key takes part for a query. Floats: numbers that are added to the scores. It broadcasts to the
   * scores.
   */
  readonly mask?: Tensor;
  /** The factor of the scores. Default 1/√E. */
  readonly scale?: number;
  /** The share of the weights that become 0; the others are divided by 1 minus this share. Default 0. */
  readonly dropout?: number;
  /** The seed of the dropout, as of `uniform`: needed where there is one. */
  readonly seed?: TensorLike;
}

const readOptions = optionsReader({
  causal: optional(flag, false),
  mask: optional<Tensor | undefined>(toTensor, undefined),
  scale: optional<number | undefined>(finite, undefined),
  dropout: optional(fraction, 0),
  seed: optional<Tensor | undefined>(readSeed, undefined),
});

/** The number of queries from which causal attention by rows takes less time: 30 % less for 256, 40 % for 1024. */
const CAUSAL_QUERIES = 128;
const CAUSAL_ROWS = 64;

/** Returns the number of queries per block. Rows of scores are independent, so blocks change no bit of the values. */
function rowsAtOnce(length: number, bytes: number, causal: boolean): number {
  if (isRecordedWhole()) return Math.max(1, length);
  const most = isDivided(bytes) ? blockLength(length, bytes) : length;
  if (!causal || length < CAUSAL_QUERIES) return Math.max(1, most);
  return Math.min(most, Math.max(CAUSAL_ROWS, Math.ceil(length / 8)));
}

/**
 * Returns bools: true where key j is not after query i. Ranges, unlike elements, have any length where a model leaves
 * it open.
 */
function notBehind(from: number, to: number, keys: number): Tensor {
  return reshape(arange(from, to), [to - from, 1]).greaterEqual(arange(keys));
}

/** Returns a range of rows of a matrix, and its first columns. An axis of length 1 broadcasts, and stays whole. */
function partOf(x: Tensor, from: number, to: number, columns?: number): Tensor {
  const starts = x.shape.map(() => 0);
  const ends = [...x.shape];
  const [rows, last] = [x.rank - 2, x.rank - 1];
  if (rows >= 0 && x.shape[rows] !== 1) [starts[rows], ends[rows]] = [from, to];
  if (columns !== undefined && last >= 0 && x.shape[last] !== 1) ends[last] = columns;
  return sameNumbers(ends, x.shape) && from === 0 ? x : slice(x, starts, ends);
}

function masked(scores: Tensor, mask: Tensor): Tensor {
  return mask.dtype === "bool" ? where(mask, scores, Number.NEGATIVE_INFINITY) : scores.add(mask);
}

/** Returns the weights of each query: zeros where no key takes part. */
function weightsOf(scores: Tensor): Tensor {
  const isEmpty = max(scores, -1, { keepDims: true }).equal(Number.NEGATIVE_INFINITY);
  return where(isEmpty, 0, softmax(where(isEmpty, 0, scores)));
}

function checkMask(op: string, mask: Tensor, scores: Shape): void {
  if (mask.dtype !== "bool" && !isFloat(mask.dtype)) {
    const expected = "bools, true where a key takes part, or floats that are added";
    throw new ArgumentError(op, "mask", expected, mask.dtype);
  }
  if (broadcasts(mask.shape, scores)) return;
  const expected = `a shape that broadcasts to that of the scores, ${formatShape(scores)}`;
  throw new ShapeError(op, "mask", expected, formatShape(mask.shape));
}

/**
 * softmax(q kᵀ · scale + mask) v: for each query the mean of the values, weighted by how well their keys fit it (Vaswani
 * et al., "Attention is all you need").
 *
 * Scores that would take more than 64 MB are computed by rows, and again for the gradient; those that `causal` hides of
 * long sequences are not computed.
 *
 * A query for which no key takes part, as by a mask of false or of −∞ alone, gives zeros, and so does its gradient.
 *
 * @param q queries, [leading, L, E]. Floats; int32 and bools become float32.
 * @param k keys, [leading, S, E].
 * @param v values, [leading, S, columns]. Leading axes broadcast.
 * @param options `causal` (default false): query i sees the keys 0 to i. `mask`: bools (true takes part) or floats
 *   (which are added) that broadcast to [leading, L, S]. `scale` (1/√E); `dropout` (0): which share of the weights is
 *   left out, by the numbers of `seed`.
 * @returns [leading, L, columns].
 * @throws ShapeError for shapes that do not fit each other; ArgumentError for a dropout without a seed.
 * @example
 * ```ts
 * import { scaledDotProductAttention, tensor } from "@graddiff/core";
 *
 * const [q, k, v] = [tensor([[1, 0], [0, 1]]), tensor([[0, 0], [0, 0]]), tensor([[2], [4]])];
 * console.log(scaledDotProductAttention(q, k, v, { causal: true }).toArray()); // [ [ 2 ], [ 3 ] ]
 * ```
 */
export function scaledDotProductAttention(
  q: TensorLike,
  k: TensorLike,
  v: TensorLike,
  options?: AttentionOptions,
): Tensor {
  const op = "scaledDotProductAttention";
  refuseSurplus(op, 4, arguments);
  const inputs = { q: toTensor(op, "q", q), k: toTensor(op, "k", k), v: toTensor(op, "v", v) };
  for (const [argument, { rank, shape }] of Object.entries(inputs)) {
    if (rank >= 2) continue;
    const expected = "two axes or more, [leading, positions, elements]";
    throw new ShapeError(op, argument, expected, formatShape(shape));
  }
  const [queries, keys, values] = promoteInputs(op, [inputs.q, inputs.k, inputs.v], "float");
  const [length, width] = [
    at(queries.shape, queries.rank - 2),
    at(queries.shape, queries.rank - 1),
  ];
  const positions = at(keys.shape, keys.rank - 2);
  if (keys.shape[keys.rank - 1] !== width) {
    const got = formatShape(keys.shape);
    throw new ShapeError(op, "k", `${width} elements, as q has`, got);
  }
  if (values.shape[values.rank - 2] !== positions) {
    const got = formatShape(values.shape);
    throw new ShapeError(op, "v", `${positions} positions, as k has`, got);
  }
  const { causal, mask, scale = 1 / Math.sqrt(width), dropout, seed } = readOptions(op, options);
  const outer = (tensor: Tensor) => tensor.shape.slice(0, -2);
  const leading = broadcastShapes(op, outer(queries), outer(keys));
  if (mask) checkMask(op, mask, [...leading, length, positions]);
  if (dropout > 0 && seed === undefined) {
    const hint = "A scalar tensor that changes draws anew in each run";
    throw new ArgumentError(op, "seed", "a seed for the dropout", "none", hint);
  }
  if (positions === 0) {
    const shape = [...broadcastShapes(op, leading, outer(values)), length];
    return zeros([...shape, at(values.shape, values.rank - 1)], { dtype: queries.dtype });
  }
  const shape = [...leading, length, positions];
  const kept =
    dropout > 0 && seed !== undefined
      ? uniform(shape, { seed, dtype: "float32" }).greaterEqual(dropout)
      : undefined;
  const attend = (from: number, to: number) => {
    // A key after all of these queries would add 0.
    const seen = causal ? Math.max(1, Math.min(positions, to)) : positions;
    const rows = (queries: Tensor, key: Tensor, value: Tensor, ...masks: readonly Tensor[]) => {
      const swapped = transpose(key, [...outer(key).map((_, i) => i), key.rank - 1, key.rank - 2]);
      let scores = matmul(queries.mul(scale), swapped);
      if (mask) scores = masked(scores, at(masks, 0));
      if (causal) scores = masked(scores, notBehind(from, to, seen));
      let weights = mask ? weightsOf(scores) : softmax(scores);
      if (kept) {
        const mask = at(masks, masks.length - 1);
        weights = where(mask, dropout < 1 ? weights.div(1 - dropout) : 0, 0);
      }
      return matmul(weights, value);
    };
    const masks = [mask, kept].flatMap((each) => each ?? []);
    const inputs: [Tensor, Tensor, Tensor, ...Tensor[]] = [
      partOf(queries, from, to),
      partOf(keys, 0, seen),
      partOf(values, 0, seen),
      ...masks.map((each) => partOf(each, from, to, seen)),
    ];
    return isLarge ? checkpoint(rows)(...inputs) : rows(...inputs);
  };
  const bytes = BYTES[queries.dtype] * sizeOf(shape);
  // Large scores are recomputed for the gradient, so they are not kept.
  const isLarge = isDivided(bytes);
  const count = rowsAtOnce(length, bytes, causal);
  const parts = Array.from({ length: Math.max(1, Math.ceil(length / count)) }, (_, i) =>
    attend(i * count, Math.min(length, (i + 1) * count)),
  );
  const [whole] = parts;
  return parts.length === 1 && whole ? whole : concat(parts, -2);
}
