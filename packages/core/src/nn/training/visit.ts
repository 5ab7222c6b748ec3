/**
 * Loops over batches, whether they are there at once or come later.
 */

/** Batches as `fit` takes them. */
type Source = Iterable<unknown> | AsyncIterable<unknown>;

/** A loop that may be one of batches at hand. */
type Loop = Iterator<unknown> | AsyncIterator<unknown>;

/** True for what has a loop that waits for nothing: data of `batches` has both, but the length of data at hand alone. */
function isAtHand(data: Source): data is Iterable<unknown> {
  if (!(Symbol.iterator in data)) return false;
  return !(Symbol.asyncIterator in data) || ("length" in data && data.length !== undefined);
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
  const loop: Loop = isAtHand(data) ? data[Symbol.iterator]() : data[Symbol.asyncIterator]();
  // Whose `next` throws or ends is not left.
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
