/**
 * Samples of long laws: `npm test` tries a part of what `npm run test:slow` tries whole, and another part for each commit.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns a variable of the shell, or of the options of Vitest, which browsers have beside each module. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } };
  // Written as Vite looks for it.
  const env = (import.meta as { readonly env?: Environment }).env;
  return process?.env?.[name] ?? env?.[name];
}

/** True in `npm run test:slow`. */
export const WHOLE = variable("GRADDIFF_WHOLE") === "1";

/** A whole number that `npm test` takes from the commit and says: samples begin there, so that those of many commits are all. */
export const TURN = Number(variable("GRADDIFF_TURN") ?? 0);
if (!Number.isSafeInteger(TURN) || TURN < 0) {
  throw new Error(
    `GRADDIFF_TURN: expected a whole number from 0, got ${variable("GRADDIFF_TURN")}`,
  );
}

/**
 * True if a long test is tried: in one of `every` commits, by its own `index` below that number, and always where laws are
 * tried whole or a file of tests is run by itself. Long tests of several packages so take turns.
 */
export const hasTurn = (every: number, index: number): boolean =>
  WHOLE || variable("GRADDIFF_TURN") === undefined || TURN % every === index;

/** Returns the whole numbers from 0 up to but without `count`: seeds of random cases. */
export const numbersTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i);

/**
 * Returns every `every`-th of some items, one at least; all where laws are tried whole.
 *
 * @param from the index of the first, which a caller of many samples counts up, so that together they try all.
 */
export function sampled<Item>(items: readonly Item[], every: number, from = 0): readonly Item[] {
  if (WHOLE) return items;
  const turn = from + TURN;
  const some = items.filter((_, i) => (i + turn) % every === 0);
  return some.length > 0 ? some : items.filter((_, i) => i === turn % items.length);
}
