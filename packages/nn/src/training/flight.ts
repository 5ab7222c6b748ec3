/** The queue of batches that a backend still computes while the run submits further ones. */

import { type Tensor, type TensorTree, treeLeaves } from "@graddiff/core";
import type { Measured } from "./parts.ts";

/** A batch, and the result of a compiled function for it. */
export interface Computed {
  readonly batch: unknown;
  readonly measured: Measured;
}

interface Waiting {
  readonly computed: Computed;
  readonly arrival: Promise<unknown>;
}

/** The number of batches that may be unfinished when the next one is submitted. */
const MOST = 2;

/** Passes the values of batches to a function in order: at once, or when they have been fetched. */
export class Flight {
  readonly #isAwaited: boolean;
  readonly #take: (computed: Computed) => boolean | Promise<boolean>;
  readonly #refused: (error: unknown, computed: Computed) => Promise<unknown>;
  readonly #waiting: Waiting[] = [];

  /**
   * @param isAwaited true if values have to be awaited.
   * @param take is called with each, in order, and returns true to end the loop over batches.
   * @param refused returns what is thrown for values whose reading was rejected with an error.
   */
  constructor(
    isAwaited: boolean,
    take: (computed: Computed) => boolean | Promise<boolean>,
    refused: (error: unknown, computed: Computed) => Promise<unknown>,
  ) {
    this.#isAwaited = isAwaited;
    this.#take = take;
    this.#refused = refused;
  }

  /** The number of unfinished batches. */
  get length(): number {
    return this.#waiting.length;
  }

  /** The loss of the last unfinished batch, an input of the next step; an empty list if there is none. */
  get last(): readonly Tensor[] {
    const last = this.#waiting.at(-1);
    return last === undefined ? [] : [last.computed.measured.loss];
  }

  /** Adds a batch, and waits until no more than so many are unfinished. @returns true to end the loop. */
  add(computed: Computed, most: number = MOST): boolean | Promise<boolean> {
    if (!this.#isAwaited) return this.#take(computed);
    const { loss, scalars, states } = computed.measured;
    const arrival = readAll([loss, scalars, states]);
    // A rejection is handled when the batch is taken. Until then it must not count as unhandled.
    arrival.catch(() => {});
    this.#waiting.push({ computed, arrival });
    return this.#waiting.length > most ? this.landed(most) : false;
  }

  /**
   * Waits until no more than so many batches are unfinished; after an error, until none is. Batches that were computed
   * nevertheless are taken, since their steps are in the weights.
   *
   * @returns true to end the loop over batches.
   * @throws the first error.
   */
  async landed(most = 0): Promise<boolean> {
    let ends = false;
    const errors: unknown[] = [];
    while (this.#waiting.length > (errors.length > 0 ? 0 : most)) {
      const { computed, arrival } = this.#waiting.shift() as Waiting;
      try {
        await arrival;
      } catch (error) {
        // The batches after a refused one are refused, too.
        errors.push(await this.#refused(error, computed));
        await Promise.allSettled(this.#waiting.splice(0).map((other) => other.arrival));
        break;
      }
      try {
        if (await this.#take(computed)) ends = true;
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return ends;
  }
}

/** Waits until the elements of a tree of tensors were fetched. */
export async function readAll(tree: TensorTree | readonly unknown[]): Promise<void> {
  await Promise.all(treeLeaves(tree as TensorTree).map((tensor) => tensor.read()));
}
