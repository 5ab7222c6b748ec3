/**
 * Finds the tests that try samples of their cases in `npm test`; `npm run test:slow` runs them with all cases. These
 * are the tests that import `sampling.ts` of core's `test/support`, directly or through other files of tests.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** An import of a relative file. */
const IMPORTED = /\bfrom "(\.{1,2}\/[^"]+\.ts)"/g;

/**
 * The files in folders `test` that each such file imports, by URL.
 *
 * @type {Map<string, readonly string[]>}
 */
const imports = new Map();

/**
 * @param {string} file a URL
 * @returns {readonly string[]} the URLs of the files that it imports, without sources, which import no tests
 */
function importsOf(file) {
  const known = imports.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(file), "utf8");
  const found = [...text.matchAll(IMPORTED)]
    .map(([, path = ""]) => new URL(path, file).href)
    .filter((path) => path.includes("/test/"));
  imports.set(file, found);
  return found;
}

/**
 * @param {string} file the URL of a test
 * @returns {boolean} whether it imports `sampling.ts`, directly or through other files
 */
function samples(file) {
  // The loop also visits files that it adds to the set.
  const reached = new Set([file]);
  for (const each of reached) for (const path of importsOf(each)) reached.add(path);
  return [...reached].some((path) => path.endsWith("/core/test/support/sampling.ts"));
}

/**
 * Returns the tests of a package that try samples of their cases in `npm test`.
 *
 * @param {string} config the URL of a configuration beside its folder `test`
 * @returns {string[]} their paths, as Vitest's `include` takes them
 */
export function sampledTests(config) {
  const folder = new URL("./test/", config);
  const files = readdirSync(fileURLToPath(folder), { recursive: true, encoding: "utf8" });
  return files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => samples(new URL(file, folder).href))
    .map((file) => `test/${file}`);
}

/**
 * Returns Vitest's options for `npm run test:slow` of a package: its sampled tests, with all cases.
 *
 * @param {string} config the URL of Vitest's config, which is beside the folder `test`
 */
export function wholeLaws(config) {
  return {
    testTimeout: 900_000,
    isolate: false,
    env: { GRADDIFF_WHOLE: "1" },
    include: sampledTests(config),
  };
}
