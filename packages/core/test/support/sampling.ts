/**
 * Samples of long tests: `npm test` tries a part of the cases, another part for each commit; `npm run test:slow` tries
 * all.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns an environment variable, or the value of an option of Vitest, with which browsers get it in each module. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } };
  // Vite replaces exactly this expression.
  const env = (import.meta as { readonly env?: Environment }).env;
  return process?.env?.[name] ?? env?.[name];
}

/** True in `npm run test:slow`. */
export const WHOLE = variable("GRADDIFF_WHOLE") === "1";

/**
 * A number that `npm test` derives from the commit and prints. Samples begin at it, so that many commits together try
 * all cases.
 */
export const TURN = Number(variable("GRADDIFF_TURN") ?? 0);
if (!Number.isSafeInteger(TURN) || TURN < 0) {
  throw new Error(
    `GRADDIFF_TURN: expected a whole number from 0, got ${variable("GRADDIFF_TURN")}`,
  );
}

/**
 * True if a long test runs. It runs in one of `every` commits, by its own `index` below that number. It also runs where
 * all cases are tried, or a test file is run by itself. With different indices, long tests of several packages
 * alternate.
 */
export const hasTurn = (every: number, index: number): boolean =>
  WHOLE || variable("GRADDIFF_TURN") === undefined || TURN % every === index;

/** Returns the integers from 0 up to, but without, `count`: the seeds of random cases. */
export const numbersTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i);

/**
 * Returns every `every`-th of some items, at least one; all items where all cases are tried.
 *
 * @param from the index of the first item. A caller of many samples increments it, so that the samples differ.
 */
export function sampled<Item>(items: readonly Item[], every: number, from = 0): readonly Item[] {
  if (WHOLE) return items;
  const turn = from + TURN;
  const some = items.filter((_, i) => (i + turn) % every === 0);
  return some.length > 0 ? some : items.filter((_, i) => i === turn % items.length);
}
