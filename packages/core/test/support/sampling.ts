/**
 * Samples of long laws: `npm test` tries a part of what `npm run test:slow` tries whole.
 */

/** True in `npm run test:slow`. */
export const WHOLE =
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[
    "GRADDIFF_WHOLE"
  ] === "1";

/**
 * Every so many of some items, one at least; all where laws are tried whole.
 *
 * @param from the index of the first, which a caller of many samples counts up, so that together they try all.
 */
export function sampled<Item>(items: readonly Item[], every: number, from = 0): readonly Item[] {
  if (WHOLE) return items;
  const some = items.filter((_, i) => (i + from) % every === 0);
  return some.length > 0 ? some : items.filter((_, i) => i === from % items.length);
}
