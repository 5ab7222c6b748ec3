/**
 * Loops over batches, whether they are available at once or awaited.
 */

/** Batches as `fit` takes them. */
type Source = Iterable<unknown> | AsyncIterable<unknown>;

/** A loop that may be one of batches at hand. */
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
 * Visits batches in order, as `for await` does; but of those that are at hand none is waited for, which takes as long as
 * a small step.
 *
 * @param visit returns true to leave the loop.
 * @returns whether a visit has left it.
 */
export async function visitEach(
  data: Source,
  visit: (batch: unknown) => boolean | Promise<boolean>,
): Promise<boolean> {
  const loop = loopOver(data);
  // A generator whose `next` throws or ends is not left.
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

/** Batches of data that go on where the last visits have left off, and begin anew after their end. */
export class Endless {
  readonly #data: Source;
  #loop: Loop | undefined;

  constructor(data: Source) {
    this.#data = data;
  }

  /** True if there is a loop that goes on. */
  get isOpen(): boolean {
    return this.#loop !== undefined;
  }

  /**
   * Visits `count` batches, as {@link visitEach} does.
   *
   * @returns whether a visit has left it.
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
      // One whose `next` throws does not go on.
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

  /** Leaves the data. */
  async close(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    await loop?.return?.();
  }
}
