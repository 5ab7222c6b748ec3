/**
 * Batches: groups of examples of one size, epoch after epoch, with a position that can be saved and resumed.
 */

import { ArgumentError, type Mapped, type NumberArray, type Tensor, tensor } from "@graddiff/core";
import {
  describe,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  type Reader,
  refuseSurplus,
  seedNumber,
} from "@graddiff/core/extend";
import { columnsOf, isColumns, listOfExamples } from "./columns.ts";
import {
  type AsyncBatches,
  type Batches,
  type BatchesPosition,
  Epochs,
  type TableBatches,
} from "./epochs.ts";
import type { Batched } from "./examples.ts";
import type { Last, Padded, Plan, Settings } from "./plan.ts";
import { isAsync, isSync, planOfStream } from "./stream.ts";
import { planOfTable } from "./table.ts";

/** The options of {@link batches}. */
export interface BatchOptions<Ending extends Last = Last> {
  /** The number of examples in a batch. */
  readonly size: number;
  /**
   * True if each epoch has a different random order, which depends on `seed` and the number of the epoch. Default
   * false: the order of the data. For a tree or an array, `true` gives the order of `permutation`, with entry `epoch` of
   * `splitSeed(seed, …)` as its seed. For an iterable it must be a number: the length of a buffer of examples, from
   * which each example is drawn. Then an example moves at random only among its neighbours.
   */
  readonly shuffle?: boolean | number;
  /**
   * The seed of the orders, an integer from 0 to 2⁵³ − 1. The same seed gives the same orders everywhere. Needed with
   * `shuffle`.
   */
  readonly seed?: number;
  /**
   * The last examples of an epoch, where they are fewer than `size`: "keep" (default) gives a shorter batch, for which
   * a compiled function has another program. "drop" leaves them out; and "pad" repeats them up to `size` and makes
   * every batch `{ batch, mask }`.
   */
  readonly last?: Ending;
}

/** The values of a loop: batches, or with `last: "pad"` batches and their masks. */
export type Delivered<Batch, Ending extends Last> = Ending extends "pad" ? Padded<Batch> : Batch;

const bufferLength = numberThat(
  (length) => Number.isSafeInteger(length) && length > 0,
  "true, false or the length of a buffer, a positive integer",
);
const readShuffle: Reader<boolean | number> = (op, argument, value) =>
  typeof value === "boolean" ? value : bufferLength(op, argument, value);

const readOptions = optionsReader({
  size: positiveInteger,
  shuffle: optional(readShuffle, false),
  seed: optional<number | undefined>(seedNumber, undefined),
  last: optional<Last>(oneOf<Last>("keep", "drop", "pad"), "keep"),
});

/** Excludes arrays of tensors as lists of examples: they are trees of columns, and need a type with a known length. */
type NoList<Example> = Example extends Tensor ? { readonly length?: never } : unknown;

/**
 * Returns the examples of a data set in batches, for training loops. A loop is one epoch; the next loop is the next
 * epoch, and a loop that follows a `break` goes on where that one stopped.
 *
 * The position (the epoch, and how many of its batches have been handed out) is in Variables, so `state` and `loadState`
 * save and resume it with the model. After it is loaded the next loop gives the batches that the saved run would have had
 * next, with the same elements. Prefetched batches do not count before a loop has them.
 *
 * @param data one of:
 *   - a tree of tensors that have the examples along their first axis, such as `{ x, y }`, `[x, y]` or `x`. Without a
 *     shuffle the batches are views of them, which copy nothing;
 *   - an array of examples, each a tree of tensors, numbers, booleans and typed arrays, which are stacked. An array of
 *     tensors alone is a tree as above;
 *   - an iterable or async iterable of examples; it is iterated anew for each epoch, so a generator lasts for one. To
 *     resume, examples are read and left out, unless it has a method `seek(position)` ({@link Seekable});
 *   - a function that makes such an iterable for each epoch, whose number it gets.
 * @param options `size`; `shuffle` (default false), `seed`; `last`: "keep" (default), "drop" or "pad".
 * @returns batches with the tree of an example. Numbers become the default dtype, booleans bool, and typed arrays what
 *   `tensor` makes of them; tensors keep their dtype. With "pad" each is `{ batch, mask }`, where the bools `mask` of
 *   shape [size] are false for repeated examples: give it to losses and metrics. BatchNorm knows nothing of masks, so
 *   repeated examples count in its statistics; with BatchNorm "drop" or "keep" is better.
 * @throws ArgumentError for data without examples, a size above their number with "drop", a shuffle without a seed, an
 *   array whose examples have other keys than the first. In a loop also for such an example of an iterable, or for an
 *   iterator that was used before. ShapeError for tensors with first axes of different lengths, and examples of
 *   different shapes; DTypeError for those of different dtypes.
 * @example
 * ```ts
 * import { loadState, state, tensor } from "@graddiff/core";
 * import { batches } from "@graddiff/nn";
 *
 * const x = tensor([[0], [1], [2], [3], [4]]);
 * const y = tensor([0, 1, 0, 1, 0], { dtype: "int32" });
 * const make = () => batches({ x, y }, { size: 2, shuffle: true, seed: 7 });
 * const data = make();
 * console.log(data.length, data.examples); // 3 5
 *
 * let saved = state(data);
 * while (data.epoch < 2) {
 *   for (const batch of data) {
 *     // A step of the training with batch.x and batch.y, and then:
 *     if (data.epoch === 1 && data.consumed === 2) saved = state(data);
 *   }
 * }
 * const resumed = make();
 * loadState(resumed, saved);
 * const rest = Array.from(resumed, (batch) => batch.x.shape);
 * console.log(rest, resumed.epoch); // [ [ 1, 1 ] ] 2
 * ```
 */
export function batches<Example, const Ending extends Last = "keep">(
  data: (
    epoch: number,
  ) => AsyncIterable<Example> | Promise<AsyncIterable<Example> | Iterable<Example>>,
  options: BatchOptions<Ending>,
): AsyncBatches<Delivered<Batched<Example>, Ending>>;
export function batches<Example, const Ending extends Last = "keep">(
  data: (epoch: number) => Iterable<Example>,
  options: BatchOptions<Ending>,
): Batches<Delivered<Batched<Example>, Ending>>;
export function batches<const Ending extends Last = "keep">(
  data: Tensor | NumberArray,
  options: BatchOptions<Ending>,
): TableBatches<Delivered<Tensor, Ending>>;
export function batches<
  Columns extends readonly [Tensor, ...Tensor[]],
  const Ending extends Last = "keep",
>(
  data: Columns,
  options: BatchOptions<Ending>,
): TableBatches<Delivered<Mapped<Columns, Tensor>, Ending>>;
export function batches<Example, const Ending extends Last = "keep">(
  data: AsyncIterable<Example>,
  options: BatchOptions<Ending>,
): AsyncBatches<Delivered<Batched<Example>, Ending>>;
export function batches<Example, const Ending extends Last = "keep">(
  data: readonly Example[] & NoList<Example>,
  options: BatchOptions<Ending>,
): TableBatches<Delivered<Batched<Example>, Ending>>;
export function batches<Example, const Ending extends Last = "keep">(
  data: Iterable<Example> & object & NoList<Example>,
  options: BatchOptions<Ending>,
): Batches<Delivered<Batched<Example>, Ending>>;
export function batches<Columns extends object, const Ending extends Last = "keep">(
  data: Columns & { readonly [Symbol.iterator]?: never },
  options: BatchOptions<Ending>,
): TableBatches<Delivered<Mapped<Columns, Tensor>, Ending>>;
export function batches(data: unknown, options: BatchOptions): BatchesPosition {
  refuseSurplus("batches", 2, arguments);
  const { seed, ...settings } = readOptions("batches", options);
  if (settings.shuffle !== false && seed === undefined) {
    throw new ArgumentError(
      "batches",
      "seed",
      "an integer from 0 to 2^53 - 1, since the examples are shuffled",
      "undefined",
      "Write { shuffle: true, seed: 1 }: the same seed gives the same orders everywhere",
    );
  }
  const plan = planOf(data, { op: "batches", ...settings });
  return new Epochs(plan, settings.size, settings.shuffle === false ? undefined : seed);
}

function planOf(data: unknown, settings: Settings): Plan<unknown> {
  const { op } = settings;
  if (ArrayBuffer.isView(data)) {
    return planOfTable(columnsOf(op, tensor(data as NumberArray)), settings);
  }
  if (isColumns(data)) return planOfTable(columnsOf(op, data), settings);
  if (Array.isArray(data)) return planOfTable(listOfExamples(op, data), settings);
  if (typeof data === "function") return planOfStream(data as (epoch: number) => unknown, settings);
  if (isSync(data) || isAsync(data)) return planOfStream(() => data, settings);
  if (typeof data === "object" && data !== null) {
    return planOfTable(columnsOf(op, data), settings);
  }
  throw new ArgumentError(
    op,
    "data",
    "a tree of tensors, an array or iterable of examples, or a function that makes one",
    describe(data),
  );
}
