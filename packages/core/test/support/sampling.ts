/**
 * Samples of long laws: `npm test` tries a part of what `npm run test:slow` tries whole, and another part for each commit.
 */

const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;

/** True in `npm run test:slow`. */
export const WHOLE = env?.["GRADDIFF_WHOLE"] === "1";

/** A whole number that `npm test` takes from the commit and says: samples begin there, so that those of many commits are all. */
export const TURN = Number(env?.["GRADDIFF_TURN"] ?? 0);
if (!Number.isSafeInteger(TURN) || TURN < 0) {
  throw new Error(`GRADDIFF_TURN: expected a whole number from 0, got ${env?.["GRADDIFF_TURN"]}`);
}

/** The whole numbers from 0, so many: seeds of random cases. */
export const numbersTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i);

/**
 * Every so many of some items, one at least; all where laws are tried whole.
 *
 * @param from the index of the first, which a caller of many samples counts up, so that together they try all.
 */
export function sampled<Item>(items: readonly Item[], every: number, from = 0): readonly Item[] {
  if (WHOLE) return items;
  const turn = from + TURN;
  const some = items.filter((_, i) => (i + turn) % every === 0);
  return some.length > 0 ? some : items.filter((_, i) => i === turn % items.length);
}
