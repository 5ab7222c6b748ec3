/**
 * Gathering: the examples of one epoch of a stream become batches, whether they are available at once or awaited.
 */

import { ArgumentError, type Tensor } from "@graddiff/core";
import { at } from "../basics.ts";
import { type ExampleForm, type Leaves, withOwnArrays } from "./examples.ts";
import type { Opening, Padded, Settings } from "./plan.ts";
import { ShuffleBuffer } from "./shuffling.ts";
import { MAKE_ANEW, maskOf, noBatch, noExamples } from "./table.ts";

/** The batches of one epoch, from the first requested one on. */
export class Gathering {
  readonly #settings: Settings;
  readonly #formOf: (first: unknown) => ExampleForm;
  readonly #buffer: ShuffleBuffer<Leaves> | undefined;
  readonly #whole: Tensor;
  /** The number of examples read, including those that the stream has skipped. */
  #read: number;
  /** The number of examples of earlier batches that are still to be skipped. */
  #skip: number;
  #waiting: Leaves[] = [];

  /** @param passed the number of examples that the stream skips by itself. */
  constructor(
    settings: Settings,
    { epoch, from, seed }: Opening,
    passed: number,
    formOf: (first: unknown) => ExampleForm,
  ) {
    const { size, shuffle } = settings;
    this.#settings = settings;
    this.#formOf = formOf;
    this.#buffer =
      seed && typeof shuffle === "number" ? new ShuffleBuffer(shuffle, seed, epoch) : undefined;
    this.#whole = maskOf(size, size);
    this.#read = passed;
    this.#skip = from * size - passed;
  }

  /** Adds the next example, and returns the batch that it completes; undefined if it completes none. */
  add(example: unknown): unknown {
    const leaves = withOwnArrays(this.#formOf(example).leavesOf(example, this.#read++));
    const drawn = this.#buffer ? this.#buffer.exchange(leaves) : leaves;
    return drawn && this.#gather(drawn);
  }

  /** Returns the remaining batches when the stream has ended. */
  *rest(): Generator<unknown> {
    for (const drawn of this.#buffer?.rest() ?? []) {
      const batch = this.#gather(drawn);
      if (batch !== undefined) yield batch;
    }
    this.#checkEnd();
    if (this.#waiting.length === 0 || this.#settings.last === "drop") return;
    yield this.#settings.last === "pad" ? this.#padded() : this.#formed(this.#waiting);
  }

  #gather(example: Leaves): unknown {
    if (this.#skip > 0) {
      this.#skip--;
      return undefined;
    }
    this.#waiting.push(example);
    const { size, last } = this.#settings;
    if (this.#waiting.length < size) return undefined;
    const batch = this.#formed(this.#waiting);
    this.#waiting = [];
    return last === "pad" ? ({ batch, mask: this.#whole } satisfies Padded<unknown>) : batch;
  }

  #padded(): Padded<unknown> {
    const { size } = this.#settings;
    const waiting = this.#waiting;
    const repeated = Array.from({ length: size }, (_, i) => at(waiting, i % waiting.length));
    return { batch: this.#formed(repeated), mask: maskOf(size, waiting.length) };
  }

  #formed(examples: readonly Leaves[]): unknown {
    // The form is known since the first example.
    return this.#formOf(undefined).stack(examples);
  }

  /** @throws ArgumentError for an epoch without a batch, and for one that ends before its position. */
  #checkEnd(): void {
    const { op, size, last } = this.#settings;
    const read = this.#read;
    if (read === 0) throw noExamples(op, "none", MAKE_ANEW);
    if (last === "drop" && read < size) throw noBatch(op, size, read);
    if (this.#skip < size) return;
    throw new ArgumentError(
      op,
      "data",
      "as many examples as its state tells were consumed",
      `${read}`,
      "Resume with the data of the run that was saved",
    );
  }
}
