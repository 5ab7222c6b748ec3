/**
 * Plans: recipes for the batches of an epoch, starting at any of them. A plan has no position, and is opened for each
 * loop.
 */

import type { Tensor } from "@graddiff/core";
import { callable } from "@graddiff/core/extend";

/** The treatment of the last examples of an epoch, where they are fewer than a batch has. */
export type Last = "keep" | "drop" | "pad";

/** A batch of `last: "pad"`: always of the same size, with a mask of the examples that count. */
export interface Padded<Batch> {
  /** The examples; the ones that count are followed by repetitions of them. */
  readonly batch: Batch;
  /** Bools of shape [size]: true for an example of the data, false for a repeated one. */
  readonly mask: Tensor;
}

/** The settings that plans read. */
export interface Settings {
  readonly op: string;
  readonly size: number;
  readonly last: Last;
  /** The length of the buffer for a stream; true for a permutation; false for the order of the data. */
  readonly shuffle: boolean | number;
}

/** A recipe for the batches of an epoch. */
export interface Plan<Batch> {
  /** The examples of an epoch; undefined if the end is not known in advance. */
  readonly examples: number | undefined;
  /** The batches of an epoch; undefined if the end is not known in advance. */
  readonly length: number | undefined;
  /** @throws ArgumentError for an asynchronous source. */
  readonly sync: (opening: Opening) => Iterable<Batch>;
  readonly async: (opening: Opening) => AsyncIterable<Batch>;
}

/** The position at which an epoch is opened. */
export interface Opening {
  readonly epoch: number;
  /** The first batch that is wanted. */
  readonly from: number;
  /** The seed of the order; undefined if the examples are not shuffled. */
  readonly seed: Tensor | undefined;
}

/** The position of a batch among all. */
export interface BatchIndex {
  /** Counts epochs from 0. */
  readonly epoch: number;
  /** Counts the batches of the epoch from 0. */
  readonly index: number;
}

type Transform<Batch, To> = (batch: Batch, position: BatchIndex) => To;

/** Returns the plan of batches that a function computes from the batches of a plan. */
export function mapped<Batch, To>(
  op: string,
  plan: Plan<Batch>,
  fn: Transform<Batch, To | Promise<To>>,
): Plan<To> {
  return {
    ...plan,
    *sync(opening) {
      callable(op, "fn", fn);
      let index = opening.from;
      // The types of synchronous batches only accept functions that return no Promise.
      const position = () => ({ epoch: opening.epoch, index: index++ });
      for (const batch of plan.sync(opening)) yield fn(batch, position()) as To;
    },
    async *async(opening) {
      let index = opening.from;
      for await (const batch of plan.async(opening)) {
        yield await fn(batch, { epoch: opening.epoch, index: index++ });
      }
    },
  };
}
