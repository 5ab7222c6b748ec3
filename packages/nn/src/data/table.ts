/**
 * The plan of data in memory: a batch is a span of the examples or, shuffled, the examples at a span of the epoch's
 * permutation. So any batch of any epoch can be made directly.
 */

import { ArgumentError, type Tensor } from "@graddiff/core";
import { stored } from "../inside.ts";
import type { Table } from "./columns.ts";
import type { Opening, Padded, Plan, Settings } from "./plan.ts";
import { orderOf } from "./shuffling.ts";

/** @throws ArgumentError where there is no example, or with `last: "drop"` not one batch. */
export function planOfTable(table: Table, settings: Settings): Plan<unknown> {
  const { op, size, last, shuffle } = settings;
  const { examples } = table;
  if (examples === 0) throw noExamples(op, "none");
  if (last === "drop" && examples < size) throw noBatch(op, size, examples);
  if (typeof shuffle === "number") {
    throw new ArgumentError(
      op,
      "shuffle",
      "true or false, since all examples are at hand",
      String(shuffle),
      "The length of a buffer is for streams",
    );
  }
  const length = last === "drop" ? Math.floor(examples / size) : Math.ceil(examples / size);
  const whole = maskOf(size, size);
  function* sync({ epoch, from, seed }: Opening): Generator<unknown> {
    const order = seed && orderOf(examples, seed, epoch);
    for (let index = from; index < length; index++) {
      const start = index * size;
      const end = Math.min(start + size, examples);
      if (last === "pad" && end - start < size) {
        const batch = table.at(repeated(order, start, end, size));
        yield { batch, mask: maskOf(size, end - start) } satisfies Padded<unknown>;
        return;
      }
      const batch = order ? table.at(order.subarray(start, end)) : table.span(start, end);
      yield last === "pad" ? ({ batch, mask: whole } satisfies Padded<unknown>) : batch;
    }
  }
  return { examples, length, sync, async: asynchronous(sync) };
}

/** Returns an asynchronous iterator over batches that are available at once, for loops with `await`. */
function asynchronous(sync: Plan<unknown>["sync"]): Plan<unknown>["async"] {
  return async function* (opening) {
    yield* sync(opening);
  };
}

/** Returns the indices of a span, repeated up to a size. */
function repeated(order: Int32Array | undefined, start: number, end: number, size: number) {
  return Int32Array.from({ length: size }, (_, i) => {
    const index = start + (i % (end - start));
    return order?.[index] ?? index;
  });
}

/** True for the first `count` of `size` examples. */
export function maskOf(size: number, count: number): Tensor {
  return stored([size], "bool", new Uint8Array(size).fill(1, 0, count));
}

/** The hint for an iterator that was used up. */
export const MAKE_ANEW =
  "An iterator can be read once: pass a function that makes it, as in batches(() => read(), …)";

/** @internal */
export function noExamples(op: string, got: string, hint?: string): ArgumentError {
  const expected = "at least one example";
  return new ArgumentError(op, "data", expected, got, hint);
}

/** @internal */
export function noBatch(op: string, size: number, examples: number): ArgumentError {
  return new ArgumentError(
    op,
    "size",
    `at most the ${examples} examples of the data, since last is "drop"`,
    String(size),
    "An epoch would have no batch: make size smaller, or keep the last batch",
  );
}
