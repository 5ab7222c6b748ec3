/**
 * Orders of examples: of each epoch another one, which follows from the seed and the number of the epoch alone, so that
 * it is the same everywhere and an epoch can be resumed.
 */

import { permutation, type Tensor } from "@graddiff/core";
import { at, keysOf, readArray, seedFor, threefry, unit64 } from "../inside.ts";

/** Returns the seed of an epoch, which nothing else draws from. */
function seedOfEpoch(seed: Tensor, epoch: number): number {
  return seedFor("batches", seed.item(), epoch);
}

/** Returns the order of the examples in an epoch. */
export function orderOf(examples: number, seed: Tensor, epoch: number): Int32Array {
  const order = permutation(examples, { seed: seedOfEpoch(seed, epoch) });
  // A permutation is int32.
  return readArray(order, "batches") as Int32Array;
}

/**
 * A shuffle buffer: it holds some of the examples of a stream, and gives out one of them at random for each that comes.
 * An example can be given out much later than it came, but not earlier than the capacity allows.
 */
export class ShuffleBuffer<Example> {
  readonly #held: Example[] = [];
  readonly #capacity: number;
  readonly #keys: readonly [number, number];
  #draws = 0;

  constructor(capacity: number, seed: Tensor, epoch: number) {
    this.#capacity = capacity;
    this.#keys = keysOf("batches", seedOfEpoch(seed, epoch));
  }

  /** Takes an example, and gives one out if it is full. */
  exchange(example: Example): Example | undefined {
    if (this.#held.length < this.#capacity) {
      this.#held.push(example);
      return undefined;
    }
    const index = this.#draw();
    const drawn = at(this.#held, index);
    this.#held[index] = example;
    return drawn;
  }

  /** Returns the examples that are left, at the end of the stream. */
  *rest(): Generator<Example> {
    while (this.#held.length > 0) {
      const index = this.#draw();
      const drawn = at(this.#held, index);
      const last = this.#held.pop();
      if (last !== undefined && index < this.#held.length) this.#held[index] = last;
      yield drawn;
    }
  }

  /** Returns an index into the buffer. */
  #draw(): number {
    const [key0, key1] = this.#keys;
    const count = this.#draws++;
    const words = threefry(key0, key1, count | 0, Math.floor(count / 2 ** 32));
    return Math.floor(unit64(...words) * this.#held.length);
  }
}
