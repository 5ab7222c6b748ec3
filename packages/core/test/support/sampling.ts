/**
 * Cases of long tests: `npm test` tries a part of them, always the same; `npm run verify` tries all. The part depends on
 * the name of the test alone, so that a test has the same verdict at every commit. `npm run explore` sets another seed,
 * with which every test draws other cases.
 */

import { beforeEach, TestRunner } from "vitest";

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns an environment variable, or the value of an option of Vitest, with which browsers get it in each module. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } };
  // Vite replaces exactly this expression.
  const env = (import.meta as { readonly env?: Environment }).env;
  return process?.env?.[name] ?? env?.[name];
}

/** True where all cases are tried: in `npm run verify` and `npm run test:slow`. */
export const WHOLE = variable("GRADDIFF_WHOLE") === "1";

/** The seed that `npm run explore` sets, from 1; 0 in all other runs. */
export const SEED = Number(variable("GRADDIFF_SEED") ?? 0);
if (!Number.isInteger(SEED) || SEED < 0 || SEED >= 2 ** 16) {
  throw new Error(
    `GRADDIFF_SEED: expected a whole number from 0 to 65535, got ${variable("GRADDIFF_SEED")}`,
  );
}

/** Returns 32 bits that depend on all of a text: FNV-1a (draft-eastlake-fnv), with the last step of MurmurHash3. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Returns a seed of 32 bits from the name of the running test. Outside of tests it depends on `key` alone. */
export const seedOfTest = (key: string | number = ""): number =>
  hashOf(`${SEED}/${TestRunner.getCurrentTest()?.fullTestName ?? ""}/${key}`);

/** Returns the integers from 0 up to, but without, `count`. */
export const numbersTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i);

/** Returns the seeds of `count` random cases: the integers from 0, and others in each round of `npm run explore`. */
export const seedsTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => SEED * 2 ** 16 + i);

/**
 * Returns about one of `every` items; all items where all cases are tried. A hash of the test's name, the key and the
 * item's index chooses. Of more than `every` items the first and the last are always tried, of fewer exactly one.
 *
 * @param key a text or number that differs between the samples of one test. While tests are collected, no test has a
 *   name, and the key alone counts
 * @param pinned items that are always tried, such as those that failed before
 */
export function sampled<Item>(
  items: readonly Item[],
  every: number,
  key: string | number = "",
  pinned: readonly Item[] = [],
): readonly Item[] {
  if (WHOLE) return items;
  const seed = seedOfTest(key);
  const isChosen =
    items.length <= every
      ? (i: number) => i === seed % items.length
      : (i: number) => i === 0 || i === items.length - 1 || hashOf(`${seed}/${i}`) % every === 0;
  return items.filter((item, i) => isChosen(i) || pinned.includes(item));
}

/**
 * True for about one of `every` tests, which a hash of the running test's name and the key chooses; for every test where
 * all cases are tried.
 */
export const isSampled = (every: number, key: string | number = ""): boolean =>
  WHOLE || seedOfTest(key) % every === 0;

/**
 * Skips most tests of the calling file, which together take long: about one of `every` runs, which a hash of its name
 * chooses. All run where all cases are tried. Call it before the first test.
 *
 * @param pinned the names of tests that always run
 */
export function sampleTests(every: number, pinned = /^$/): void {
  beforeEach(({ skip, task }) => {
    if (!WHOLE && !pinned.test(task.name) && hashOf(task.fullTestName) % every !== 0) skip();
  });
}
