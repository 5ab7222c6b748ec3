/**
 * Samples of long laws: `npm test` tries a part of what `npm run test:slow` tries whole.
 */

/** True in `npm run test:slow`. */
export const WHOLE =
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[
    "GRADDIFF_WHOLE"
  ] === "1";

/**
 * Every so many of some items, all where laws are tried whole.
 *
 * @param from the index of the first, which a caller of many samples counts up, so that together they try all.
 */
export function sampled<Item>(items: readonly Item[], every: number, from = 0): readonly Item[] {
  return WHOLE ? items : items.filter((_, i) => (i + from) % every === 0);
}
