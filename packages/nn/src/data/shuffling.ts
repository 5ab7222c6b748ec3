/**
 * Orders of examples: each epoch has another one, which depends only on the seed and the number of the epoch, so it is
 * the same everywhere and an epoch can be resumed.
 */

import { permutation, type Tensor } from "@graddiff/core";
import { at } from "../basics.ts";
import { seedFor } from "../inside.ts";
import { BATCHES } from "../seeds.ts";

/** Returns the seed of an epoch, from which nothing else is drawn. */
function seedOfEpoch(seed: Tensor, epoch: number): number {
  return seedFor(BATCHES, seed.item(), epoch);
}

/** Returns the order of the examples in an epoch. */
export function orderOf(examples: number, seed: Tensor, epoch: number): Int32Array {
  // A permutation is int32.
  return permutation(examples, { seed: seedOfEpoch(seed, epoch) }).data() as Int32Array;
}

/**
 * A shuffle buffer: it holds some of the examples of a stream, and returns a random one of them for each new example.
 * An example may be returned much later than it was read, but not earlier than the capacity allows.
 */
export class ShuffleBuffer<Example> {
  readonly #buffer: Example[] = [];
  readonly #capacity: number;
  readonly #seed: number;
  #draws = 0;

  constructor(capacity: number, seed: Tensor, epoch: number) {
    this.#capacity = capacity;
    this.#seed = seedOfEpoch(seed, epoch);
  }

  /** Adds an example, and returns one if the buffer is full. */
  exchange(example: Example): Example | undefined {
    if (this.#buffer.length < this.#capacity) {
      this.#buffer.push(example);
      return undefined;
    }
    const index = this.#draw();
    const drawn = at(this.#buffer, index);
    this.#buffer[index] = example;
    return drawn;
  }

  /** Returns the remaining examples at the end of the stream. */
  *rest(): Generator<Example> {
    while (this.#buffer.length > 0) {
      const index = this.#draw();
      const drawn = at(this.#buffer, index);
      const last = this.#buffer.pop();
      if (last !== undefined && index < this.#buffer.length) this.#buffer[index] = last;
      yield drawn;
    }
  }

  /** Returns an index into the buffer. */
  #draw(): number {
    const draw = seedFor(BATCHES, this.#seed, this.#draws++);
    return Math.floor((draw / 2 ** 53) * this.#buffer.length);
  }
}
