/**
 * Prefetching: batches are prepared while the loop works on earlier ones, which hides the time that a source waits for
 * disks and networks. Computation is not hidden, for there is one thread.
 */

/** Returns the batches of an iterable, of which `count` are prepared ahead. */
export function ahead<Batch>(batches: AsyncIterable<Batch>, count: number): AsyncIterable<Batch> {
  return { [Symbol.asyncIterator]: () => new Ahead(batches[Symbol.asyncIterator](), count) };
}

class Ahead<Batch> implements AsyncIterator<Batch> {
  readonly #source: AsyncIterator<Batch>;
  readonly #count: number;
  /** Batches that were requested and not returned yet, in order. */
  readonly #requested: Promise<IteratorResult<Batch>>[] = [];
  #latest: Promise<unknown> = Promise.resolve();

  constructor(source: AsyncIterator<Batch>, count: number) {
    this.#source = source;
    this.#count = count;
  }

  next(): Promise<IteratorResult<Batch>> {
    while (this.#requested.length < this.#count + 1) this.#ask();
    return this.#requested.shift() ?? Promise.resolve(END);
  }

  /** Closes the source when the loop ends early, after the batch that is being prepared: later ones are not started. */
  async return(): Promise<IteratorResult<Batch>> {
    this.#requested.length = 0;
    await this.#source.return?.();
    return END;
  }

  /**
   * One batch is requested at a time, since a source need not support more. After an error, all later requests are
   * rejected with it.
   */
  #ask(): void {
    const requested = this.#latest.then(() => this.#source.next());
    // The error is thrown when the loop reaches its batch. Until then it must not count as unhandled.
    requested.catch(() => {});
    this.#latest = requested;
    this.#requested.push(requested);
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };
