/**
 * Generation of sequences by a model, token by token.
 */

import {
  ArgumentError,
  argMax,
  compile,
  cumulativeSum,
  type Indices,
  Layer,
  max,
  min,
  minimum,
  ShapeError,
  softmax,
  type Tensor,
  tensor,
  topK,
  treeLeaves,
  treeMap,
  Variable,
  where,
} from "@graddiff/core";
import {
  describe,
  formatShape,
  integer,
  isTensor,
  nonNegative,
  nonNegativeInteger,
  numberThat,
  oneOrMany,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
  seedNumber,
} from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import { seedFor } from "../inside.ts";
import type { Sequential } from "../layers/sequential.ts";
import { GENERATE } from "../seeds.ts";
import { leaveTraining } from "../training/modes.ts";
import { Turns } from "../training/turns.ts";
import { type Decoder, decoderOf, takesSeveral } from "./decoder.ts";

/** The settings of {@link generate}. */
export interface GenerateOptions {
  /** The number of tokens, at most. */
  readonly count: number;
  /**
   * The divisor of logits: below 1 likely tokens become likelier, above 1 less likely; 0, and what is below the least
   * normal float32 number, 1.18·10⁻³⁸, takes the likeliest. Default 1.
   */
  readonly temperature?: number;
  /** The number of likeliest tokens from which a token is drawn. Default: all. */
  readonly topK?: number;
  /** The total probability of the likeliest tokens from which a token is drawn, above 0 and at most 1. Default 1. */
  readonly topP?: number;
  /** A token, or several, before which the sequence ends: it is not returned. Default: none. */
  readonly stop?: number | readonly number[];
  /** The seed of the draws. Default 0. */
  readonly seed?: number;
  /**
   * The number of positions that the model sees at once: a longer sequence continues from the last half of them.
   * Default: all tokens, given and generated.
   */
  readonly context?: number;
}

const readOptions = optionsReader({
  count: nonNegativeInteger,
  temperature: optional(nonNegative, 1),
  topK: optional<number | undefined>(positiveInteger, undefined),
  topP: optional(
    numberThat((value) => value > 0 && value <= 1, "a number above 0 and at most 1"),
    1,
  ),
  stop: optional<number | readonly number[]>(oneOrMany(integer), []),
  seed: optional(seedNumber, 0),
  context: optional<number | undefined>(positiveInteger, undefined),
});

type Settings = ReturnType<typeof readOptions>;

/** The least temperature for random draws: below it, float32 has few digits or none for the divisor. */
const LEAST_TEMPERATURE = 2 ** -126;

/** The settings of draws for which a program is compiled. */
interface Drawing {
  /** True if the likeliest is taken. */
  readonly isGreedy: boolean;
  readonly topK: number | undefined;
  readonly hasTopP: boolean;
}

/** The inputs of the random draw of a token. */
interface Draw {
  /** A uniform number from 0 and below 1. */
  readonly uniform: Tensor;
  readonly temperature: Tensor;
  readonly topP: Tensor;
}

/** The compiled program that extends a sequence, with the cache that it updates in place. */
interface Writer {
  /** Begins a sequence. */
  readonly start: () => void;
  /** Reads a chunk of {@link CHUNK} tokens. Undefined for a model that reads tokens one by one. */
  readonly readChunk: ((tokens: Tensor) => void) | undefined;
  /** Reads one more token, and draws the next; the greatest logit is NaN if any logit is. */
  readonly read: (
    token: Tensor,
    draw: Draw,
  ) => { readonly token: Tensor; readonly greatest: Tensor };
}

/** The last idle writer of a model: generating again with the same settings does not compile again. */
const idle = new WeakMap<object, { readonly key: string; readonly writer: Writer }>();

/** Removes and returns the idle writer of a model if it has the same settings; undefined otherwise. */
function takeIdle(model: object, key: string): Writer | undefined {
  const last = idle.get(model);
  if (last?.key !== key) return undefined;
  idle.delete(model);
  return last.writer;
}

function makeWriter(op: string, model: object, context: number, drawing: Drawing): Writer {
  const decoder = decoderOf(op, model);
  const begin = () => decoder.start(1, context);
  const variables: Variable[] = [];
  const cache = treeMap((leaf) => {
    const own = new Variable(leaf, { trainable: false });
    variables.push(own);
    return own;
  }, begin());
  const assign = (tree: unknown) => {
    treeLeaves(tree).forEach((leaf, i) => {
      at(variables, i).assign(leaf);
    });
  };
  const read = compile((token: Tensor, draw: Draw) => {
    const before = treeMap((leaf) => leaf, cache);
    const next = decoder.next(token, before as never);
    const logits = lastOf(op, next.output);
    const greatest = max(logits);
    const result = { token: drawn(logits, greatest, drawing, draw), greatest };
    assign(next.cache);
    return result;
  });
  const readChunk = compile((tokens: Tensor) => {
    assign(decoder.next(tokens, treeMap((leaf) => leaf, cache) as never).cache);
  });
  return {
    start: () => assign(begin()),
    readChunk: takesSeveral(model) ? readChunk : undefined,
    read,
  };
}

/** The number of prompt tokens that are read at once. */
const CHUNK = 32;

/** Returns the logits of the next token, [tokens]. */
function lastOf(op: string, output: unknown): Tensor {
  if (isTensor(output) && output.rank === 3 && output.shape[0] === 1 && output.shape[1] === 1) {
    return output.reshape([-1]);
  }
  const got = isTensor(output) ? formatShape(output.shape) : describe(output);
  throw new ShapeError(op, "model", "logits of shape [1, 1, tokens]", got);
}

/**
 * Returns a token that is drawn by its logits: the first one at which the probabilities add up to more than a uniform
 * number. No op here can fail, so a program updates caches in place.
 */
function drawn(
  logits: Tensor,
  greatest: Tensor,
  { isGreedy, topK: most, hasTopP }: Drawing,
  { uniform, temperature, topP }: Draw,
): Tensor {
  if (isGreedy) return argMax(logits);
  // Subtracting the greatest logit keeps the probabilities, and a small temperature then makes no logit infinite.
  const overflows = greatest.div(temperature).abs().equal(Number.POSITIVE_INFINITY);
  let scaled = logits.sub(where(overflows, greatest, 0)).div(temperature);
  if (most !== undefined || hasTopP) {
    const { values } = topK(scaled, Math.min(most ?? logits.size, logits.size));
    const shares = softmax(values);
    // The likeliest token always qualifies: the shares before it sum to 0.
    const isLikely = cumulativeSum(shares).sub(shares).less(topP);
    const least = hasTopP ? min(where(isLikely, values, Number.POSITIVE_INFINITY)) : min(values);
    scaled = where(scaled.greaterEqual(least), scaled, Number.NEGATIVE_INFINITY);
  }
  const sums = cumulativeSum(softmax(scaled.cast("float64")));
  const isBefore = sums.lessEqual(max(sums).mul(uniform));
  // By rounding, the uniform number may exceed the sum of all shares.
  return minimum(isBefore.cast("int32").sum(), logits.size - 1);
}

function readTokens(op: string, tokens: unknown): readonly number[] {
  const argument = "tokens";
  const expected = "int32 of shape [length], or a list of whole numbers, at least one";
  if (isTensor(tokens)) {
    if (tokens.dtype === "int32" && tokens.rank === 1 && tokens.size > 0) {
      return Array.from(tokens.data());
    }
    const got = `${tokens.dtype} of shape ${formatShape(tokens.shape)}`;
    throw new ShapeError(op, argument, expected, got);
  }
  if (Array.isArray(tokens) && tokens.length > 0 && tokens.every(Number.isInteger)) return tokens;
  throw new ArgumentError(op, argument, expected, describe(tokens));
}

/**
 * Generates tokens that continue a prompt, and yields each as soon as it is drawn. Each step is one compiled program,
 * which reads one token and draws the next; the cache of the model holds the keys, values or states of earlier tokens.
 * If the model is a `Sequential` of layers that support it, a long prompt is read in chunks of 32 tokens. The event
 * loop has a turn between steps. The model is put into evaluation mode.
 *
 * @param model a {@link Sequential} of layers that work on each position by itself or have `start` and `next`, as
 *   {@link TransformerBlock}, {@link LearnedPositions} and {@link GRU} have, from indices to logits [batch, length,
 *   tokens]. Or a model with `start` and `next`: see {@link Decoder}.
 * @param tokens the prompt: integers, at least one.
 * @param options `count`; `temperature`, `topK`, `topP`, `stop`, `seed`, `context`.
 * @returns an async iterator of tokens, which ends if a loop over it is left.
 * @throws ArgumentError for another model, other tokens or other options. In the loop also for logits of another shape,
 *   and for more positions than the model supports.
 * @example
 * ```ts
 * import {
 *   Dense, Embedding, generate, LayerNorm, Sequential, SinusoidalPositions, TransformerBlock,
 * } from "@graddiff/nn";
 *
 * const model = new Sequential(
 *   new Embedding(50, 16),
 *   new SinusoidalPositions(16),
 *   new TransformerBlock(16, 2, { causal: true }),
 *   new LayerNorm(16),
 *   new Dense(16, 50),
 *   { seed: 1 },
 * );
 * const made: number[] = [];
 * for await (const token of generate(model, [7, 3], { count: 5, topK: 10, seed: 1 })) made.push(token);
 * console.log(made.length); // 5
 * ```
 */
export function generate<Cache>(
  model: Sequential | Decoder<Cache>,
  tokens: Indices | readonly number[],
  options: GenerateOptions,
): AsyncGenerator<number, void, undefined> {
  const op = "generate";
  refuseSurplus(op, 3, arguments);
  decoderOf(op, model);
  return run(op, model, readTokens(op, tokens), readOptions(op, options));
}

async function* run(
  op: string,
  model: object,
  given: readonly number[],
  { count, temperature, topK: most, topP, stop, seed, context }: Settings,
): AsyncGenerator<number, void, undefined> {
  const isGreedy = temperature < LEAST_TEMPERATURE;
  const drawing = {
    isGreedy,
    topK: isGreedy ? undefined : most,
    hasTopP: !isGreedy && topP < 1,
  };
  const ends = Array.isArray(stop) ? stop : [stop];
  const length = context ?? given.length + count;
  const key = JSON.stringify([length, drawing]);
  const writer = takeIdle(model, key) ?? makeWriter(op, model, length, drawing);
  const numbers = { temperature: scalar(temperature), topP: scalar(topP) };
  const turns = new Turns();
  const written = [...given];
  let [seen, made] = [length, 0];
  const read = (each: number) => {
    const draw = { ...numbers, uniform: scalar(seedFor(GENERATE, seed, made) / 2 ** 53) };
    seen++;
    return writer.read(tensor([[each]], { dtype: "int32" }), draw);
  };
  try {
    while (made < count) {
      // The caller may train the model between two tokens.
      if (made === 0 || (model instanceof Layer && model.training)) leaveTraining(op, model);
      if (seen === length) {
        writer.start();
        seen = 0;
        // At first the whole prompt is read, if one more token fits.
        const kept = made === 0 && written.length < length ? written.length : half(length);
        const behind = written.slice(-kept, -1);
        while (writer.readChunk && behind.length >= CHUNK) {
          writer.readChunk(tensor([behind.splice(0, CHUNK)], { dtype: "int32" }));
          seen += CHUNK;
        }
        for (const each of behind) read(each);
      }
      const { token, greatest } = read(at(written, written.length - 1));
      if (!Number.isFinite(greatest.item())) throw noToken(op, greatest.item());
      if (ends.includes(token.item())) return;
      made++;
      written.push(token.item());
      yield token.item();
      await turns.next();
    }
  } finally {
    idle.set(model, { key, writer });
  }
}

function noToken(op: string, greatest: number): ArgumentError {
  const expected = "logits that are numbers";
  return new ArgumentError(op, "model", expected, `a greatest of ${greatest}`);
}

/** The length of the last half of some positions. */
const half = (positions: number) => Math.max(1, Math.floor(positions / 2));
