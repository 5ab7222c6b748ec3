/**
 * Loops over batches, whether they are available at once or awaited.
 */

/** The data of `fit`: batches, available at once or awaited. */
type Source = Iterable<unknown> | AsyncIterable<unknown>;

/** An iterator over batches, synchronous or asynchronous. */
type Loop = Iterator<unknown> | AsyncIterator<unknown>;

/**
 * True for data with a synchronous loop: data of `batches` has both iterators, and a length only if it is in memory.
 */
function isAtHand(data: Source): data is Iterable<unknown> {
  if (!(Symbol.iterator in data)) return false;
  return !(Symbol.asyncIterator in data) || ("length" in data && data.length !== undefined);
}

function loopOver(data: Source): Loop {
  return isAtHand(data) ? data[Symbol.iterator]() : data[Symbol.asyncIterator]();
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value;
}

/**
 * Visits batches in order, as `for await` does. Batches that are available at once are not awaited, since awaiting
 * takes as long as a small step.
 *
 * @param visit is called with each batch, and returns true to leave the loop.
 * @returns true if a visit has left the loop.
 */
export async function visitEach(
  data: Source,
  visit: (batch: unknown) => boolean | Promise<boolean>,
): Promise<boolean> {
  const loop = loopOver(data);
  // An iterator whose `next` has thrown or ended must not be closed by `return`.
  let isOpen = false;
  try {
    for (;;) {
      isOpen = false;
      const coming = loop.next();
      const { done, value } = isThenable(coming) ? await coming : coming;
      if (done === true) return false;
      isOpen = true;
      const ends = visit(isThenable(value) ? await value : value);
      if (typeof ends === "boolean" ? ends : await ends) return true;
    }
  } finally {
    if (isOpen) await loop.return?.();
  }
}

/**
 * An endless loop over data: each visit continues where the last one stopped, and the data start again after their end.
 */
export class Endless {
  readonly #data: Source;
  #loop: Loop | undefined;

  constructor(data: Source) {
    this.#data = data;
  }

  /** True if a loop over the data has been started and not ended. */
  get isOpen(): boolean {
    return this.#loop !== undefined;
  }

  /**
   * Visits `count` batches, as {@link visitEach} does.
   *
   * @returns true if a visit has left the loop.
   * @throws the error that `refuse` returns, if a new loop over the data has no batch.
   */
  async visit(
    count: number,
    visit: (batch: unknown) => boolean | Promise<boolean>,
    refuse: (visited: number) => Error,
  ): Promise<boolean> {
    // A loop over data with a state may have been left after the last batch.
    let empty = 0;
    for (let visited = 0; visited < count; ) {
      if (empty > 1) throw refuse(visited);
      this.#loop ??= loopOver(this.#data);
      const loop = this.#loop;
      // A loop whose `next` throws is not continued.
      this.#loop = undefined;
      const coming = loop.next();
      const { done, value } = isThenable(coming) ? await coming : coming;
      if (done === true) {
        empty++;
        continue;
      }
      this.#loop = loop;
      empty = 0;
      visited++;
      const ends = visit(isThenable(value) ? await value : value);
      if (typeof ends === "boolean" ? ends : await ends) return true;
    }
    return false;
  }

  /** Closes the present loop over the data. */
  async close(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    await loop?.return?.();
  }
}
