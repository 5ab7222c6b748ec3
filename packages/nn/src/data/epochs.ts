/**
 * Epochs: the loops over a plan, and their position.
 */

import { ArgumentError, Variable } from "@graddiff/core";
import {
  argumentError,
  callable,
  nonNegativeInteger,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { type BatchIndex, mapped, type Opening, type Plan } from "./plan.ts";
import { ahead } from "./prefetch.ts";

/** The position in the data as Variables, which `state` saves. None of them is trained. */
export interface BatchesState {
  /** Counts epochs from 0. */
  readonly epoch: Variable;
  /** The number of batches of the epoch that loops have received. */
  readonly consumed: Variable;
  /** The batch size in which `consumed` counts. */
  readonly size: Variable;
  /** The seed of the orders, where the examples are shuffled. */
  readonly seed?: Variable;
}

/** The sizes and the position, which {@link Batches} and {@link AsyncBatches} have in common. */
export interface BatchesPosition {
  /** The number of examples in a batch. */
  readonly size: number;
  /** The examples of the data; undefined for an iterable. */
  readonly examples: number | undefined;
  /** The batches of an epoch; undefined for an iterable. */
  readonly length: number | undefined;
  /** The epoch of the next batch, from 0. It counts up when a loop has come to the end. */
  readonly epoch: number;
  /**
   * The number of batches of the epoch that loops have received, including the one that the loop body is processing. So
   * save after the training step, not before.
   */
  readonly consumed: number;
  /** The position as Variables, for `state` and `loadState`. */
  readonly state: BatchesState;
  /**
   * Sets the position at which the next loop begins: `seek(0)` at the very beginning.
   * @param batch of the epoch, from 0. Default 0.
   * @throws ArgumentError for what is no integer from 0, or a batch after the end.
   */
  seek(epoch: number, batch?: number): void;
}

/** The batches of data in memory, see {@link batches}. A `for` loop is an epoch, or the rest of one. */
export interface Batches<Batch> extends BatchesPosition, Iterable<Batch> {
  /**
   * Returns the batches transformed by a function: to augment, cast or rearrange them. Both have one position.
   *
   * @param fn gets a batch, and its epoch and its index in the epoch, which with a number of yours make a seed: so a
   *   resumed run draws the same.
   * @throws ArgumentError for a function that must be awaited.
   * @example
   * ```ts
   * import { arange } from "@graddiff/core";
   * import { batches } from "@graddiff/nn";
   *
   * const data = batches(arange(3), { size: 2 }).map((x, { index }) => x.mul(10).add(index));
   * console.log(Array.from(data, String)); // [ '[ 0. 10.]', '[21.]' ]
   * ```
   */
  map<To>(fn: (batch: Batch, position: BatchIndex) => To): Batches<To>;
}

/** The batches of data in memory, whose number is known, see {@link batches}. */
export interface TableBatches<Batch> extends Batches<Batch> {
  readonly examples: number;
  readonly length: number;
  map<To>(fn: (batch: Batch, position: BatchIndex) => To): TableBatches<To>;
}

/** The batches of data that is awaited, see {@link batches}. A `for await` loop is an epoch, or the rest of one. */
export interface AsyncBatches<Batch> extends BatchesPosition, AsyncIterable<Batch> {
  /** Like the method of {@link Batches}; the function may be asynchronous. */
  map<To>(fn: (batch: Batch, position: BatchIndex) => To | Promise<To>): AsyncBatches<To>;
  /**
   * Returns the same batches, of which some are prepared while the loop works on those before: that hides the time in
   * which the source waits. Both have one position, which counts those that a loop has had. An error comes where the
   * loop would have met it; a loop that is left closes the source.
   *
   * @param count how many are prepared, from 1.
   * @throws ArgumentError for another count.
   * @example
   * ```ts
   * import { batches } from "@graddiff/nn";
   *
   * async function* read() {
   *   for (let i = 0; i < 5; i++) yield { x: i, isOdd: i % 2 === 1 };
   * }
   * const data = batches(read, { size: 2, last: "pad" }).prefetch(2);
   * const ends: string[] = [];
   * for await (const { batch, mask } of data) ends.push(`${batch.x} ${mask}`);
   * console.log(ends.at(-1)); // [4. 4.] [ True False]
   * ```
   */
  prefetch(count: number): AsyncBatches<Batch>;
}

const WHOLE = { trainable: false };
const counter = (value: number) => new Variable(scalar(value, "int32"), WHOLE);

function stateOf(size: number, seed: number | undefined): BatchesState {
  const position = { epoch: counter(0), consumed: counter(0), size: counter(size) };
  if (seed === undefined) return position;
  // int32 does not hold all seeds.
  return { ...position, seed: new Variable(scalar(seed, "float64"), WHOLE) };
}

/**
 * The loops over a plan. It has the methods of both kinds of batches, since a function shows only when it is called
 * whether its examples are awaited; the public types have one kind.
 */
export class Epochs<Batch> implements Batches<Batch>, AsyncBatches<Batch> {
  readonly size: number;
  readonly examples: number | undefined;
  readonly length: number | undefined;
  readonly state: BatchesState;
  readonly #plan: Plan<Batch>;

  constructor(plan: Plan<Batch>, size: number, seed: number | undefined, state?: BatchesState) {
    this.size = size;
    this.examples = plan.examples;
    this.length = plan.length;
    this.state = state ?? stateOf(size, seed);
    this.#plan = plan;
  }

  get epoch(): number {
    return this.state.epoch.value.item();
  }

  get consumed(): number {
    return this.state.consumed.value.item();
  }

  seek(epoch: number, batch = 0): void {
    refuseSurplus("batches.seek", 2, arguments);
    nonNegativeInteger("batches.seek", "epoch", epoch);
    nonNegativeInteger("batches.seek", "batch", batch);
    this.#checkEnd("batches.seek", "batch", batch);
    this.#move(epoch, batch);
  }

  map<To>(fn: (batch: Batch, position: BatchIndex) => To | Promise<To>): Epochs<To> {
    refuseSurplus("batches.map", 1, arguments);
    // For data in memory the function must be synchronous, since its batches are not awaited.
    if (this.length !== undefined) callable("batches.map", "fn", fn);
    else if (typeof fn !== "function") throw argumentError("batches.map", "fn", "a function", fn);
    return this.#seenBy(mapped("batches.map", this.#plan, fn));
  }

  prefetch(count: number): Epochs<Batch> {
    refuseSurplus("batches.prefetch", 1, arguments);
    positiveInteger("batches.prefetch", "count", count);
    const plan = this.#plan;
    return this.#seenBy({ ...plan, async: (opening) => ahead(plan.async(opening), count) });
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    const opening = this.#begin();
    const { epoch } = opening;
    let consumed = opening.from;
    for (const batch of this.#plan.sync(opening)) {
      this.#checkUnmoved(epoch, consumed);
      consumed++;
      this.#move(epoch, consumed);
      yield batch;
    }
    this.#checkUnmoved(epoch, consumed);
    this.#move(epoch + 1, 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const opening = this.#begin();
    const { epoch } = opening;
    let consumed = opening.from;
    for await (const batch of this.#plan.async(opening)) {
      this.#checkUnmoved(epoch, consumed);
      consumed++;
      this.#move(epoch, consumed);
      yield batch;
    }
    this.#checkUnmoved(epoch, consumed);
    this.#move(epoch + 1, 0);
  }

  /** Returns another plan that shares the position. */
  #seenBy<To>(plan: Plan<To>): Epochs<To> {
    return new Epochs(plan, this.size, undefined, this.state);
  }

  #begin(): Opening {
    const { epoch, consumed, state } = this;
    const size = state.size.value.item();
    if (size !== this.size) {
      throw new ArgumentError(
        "batches",
        "size",
        `${size}, as in the state that was loaded`,
        String(this.size),
        "A position counts batches of one size",
      );
    }
    this.#checkEnd("batches", "state.consumed", consumed);
    return { epoch, from: consumed, seed: state.seed?.value };
  }

  #move(epoch: number, consumed: number): void {
    if (this.epoch !== epoch) this.state.epoch.assign(scalar(epoch, "int32"));
    this.state.consumed.assign(scalar(consumed, "int32"));
  }

  /** @throws ArgumentError for a position after the end of the epoch. */
  #checkEnd(op: string, argument: string, batch: number): void {
    if (this.length === undefined || batch <= this.length) return;
    throw new ArgumentError(
      op,
      argument,
      `at most the ${this.length} batches of an epoch`,
      String(batch),
    );
  }

  /** Throws an ArgumentError if another loop, `seek` or `loadState` has moved the position while a loop was running. */
  #checkUnmoved(epoch: number, consumed: number): void {
    if (this.epoch === epoch && this.consumed === consumed) return;
    throw new ArgumentError(
      "batches",
      "",
      `a loop that goes on at batch ${consumed} of epoch ${epoch}`,
      `batch ${this.consumed} of epoch ${this.epoch}`,
      "Two loops at once need two objects of batches; leave a loop with break before seek and loadState",
    );
  }
}
