/**
 * The plan of a stream: examples are read one after the other, from a new iterable for each epoch. An epoch is resumed
 * by skipping the examples of earlier batches.
 */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { ExampleForm } from "./examples.ts";
import { Gathering } from "./gathering.ts";
import type { Opening, Plan, Settings } from "./plan.ts";
import { MAKE_ANEW } from "./table.ts";

/** A method that iterables may have, by which an epoch is resumed without reading earlier examples. */
export interface Seekable {
  /**
   * Called before each epoch is iterated.
   * @param position the number of examples that the next iterator skips: 0 for the beginning of an epoch, and always if
   *   examples are shuffled.
   */
  seek(position: number): void | Promise<void>;
}

/** Returns the iterable of an epoch. */
export type OpenStream = (epoch: number) => unknown;

/** @throws ArgumentError for `shuffle: true`, which needs all examples at hand. */
export function planOfStream(open: OpenStream, settings: Settings): Plan<unknown> {
  const { op, size, shuffle } = settings;
  if (shuffle === true) {
    throw new ArgumentError(
      op,
      "shuffle",
      "the length of a buffer, since the examples come one after the other",
      "true",
      "With { shuffle: 1000 } each example is drawn from 1000",
    );
  }
  const source = new Source(op, open);
  // The content of a shuffle buffer depends on all earlier examples.
  const wanted = ({ from }: Opening) => (shuffle === false ? from * size : 0);
  let form: ExampleForm | undefined;
  const gather = (opening: Opening, passed: number) =>
    new Gathering(settings, opening, passed, (first) => {
      form ??= new ExampleForm(op, first);
      return form;
    });
  return {
    examples: undefined,
    length: undefined,
    *sync(opening) {
      const stream = source.openSync(opening.epoch);
      const gathering = gather(opening, source.seekSync(stream, wanted(opening)));
      for (const example of source.begin(stream)) {
        const batch = gathering.add(example);
        if (batch !== undefined) yield batch;
      }
      yield* gathering.rest();
    },
    async *async(opening) {
      const stream = await source.open(opening.epoch);
      const gathering = gather(opening, await source.seek(stream, wanted(opening)));
      const examples = isAsync(stream) ? source.beginAsync(stream) : source.begin(stream);
      for await (const example of examples) {
        const batch = gathering.add(example);
        if (batch !== undefined) yield batch;
      }
      yield* gathering.rest();
    },
  };
}

type Stream = Iterable<unknown> | AsyncIterable<unknown>;

/** The iterables of the epochs. */
class Source {
  readonly #op: string;
  readonly #open: OpenStream;
  /** A used iterator cannot provide a second epoch. */
  readonly #begun = new WeakSet<object>();

  constructor(op: string, open: OpenStream) {
    this.#op = op;
    this.#open = open;
  }

  openSync(epoch: number): Iterable<unknown> {
    const made = this.#open(epoch);
    if (isSync(made)) return made;
    if (isAsync(made) || made instanceof Promise) throw needsAwait(this.#op, describe(made));
    throw this.#noStream(made);
  }

  async open(epoch: number): Promise<Stream> {
    const made = await this.#open(epoch);
    if (isSync(made) || isAsync(made)) return made;
    throw this.#noStream(made);
  }

  /** Skips examples if the stream can. @returns the number of skipped examples. */
  seekSync(stream: Stream, position: number): number {
    if (!isSeekable(stream)) return 0;
    const sought: unknown = stream.seek(position);
    if (sought instanceof Promise) throw needsAwait(this.#op, "a Promise of seek");
    return position;
  }

  async seek(stream: Stream, position: number): Promise<number> {
    if (!isSeekable(stream)) return 0;
    await stream.seek(position);
    return position;
  }

  begin(stream: Iterable<unknown>): Iterable<unknown> {
    const iterator = stream[Symbol.iterator]();
    this.#refuseBegun(iterator);
    return { [Symbol.iterator]: () => iterator };
  }

  beginAsync(stream: AsyncIterable<unknown>): AsyncIterable<unknown> {
    const iterator = stream[Symbol.asyncIterator]();
    this.#refuseBegun(iterator);
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #refuseBegun(iterator: object): void {
    if (this.#begun.has(iterator)) {
      throw new ArgumentError(
        this.#op,
        "data",
        "examples that can be iterated again, for each epoch and after break",
        "an iterator that was used before",
        MAKE_ANEW,
      );
    }
    this.#begun.add(iterator);
  }

  #noStream(made: unknown): ArgumentError {
    return new ArgumentError(
      this.#op,
      "data",
      "a function that returns an iterable or an async iterable of examples",
      `one that returns ${describe(made)}`,
    );
  }
}

function needsAwait(op: string, got: string): ArgumentError {
  return new ArgumentError(
    op,
    "data",
    "examples that are there at once, for a loop without await",
    got,
    "Write for await (const batch of data)",
  );
}

/** @internal */
export function isSync(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

/** @internal */
export function isAsync(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function isSeekable(stream: object): stream is Seekable {
  return "seek" in stream && typeof stream.seek === "function";
}
