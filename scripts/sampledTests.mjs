/**
 * Finds the tests that `npm run test:slow` runs whole: every file that samples its laws imports `sampling.ts` of core's
 * `test/support`, by itself or through what it imports, so none can be forgotten.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The way in which a file names another one that it imports. */
const IMPORTED = /\bfrom "(\.{1,2}\/[^"]+\.ts)"/g;

/**
 * The files of tests that each file of tests imports, by their URLs.
 *
 * @type {Map<string, readonly string[]>}
 */
const imports = new Map();

/**
 * @param {string} file a URL
 * @returns {readonly string[]} the URLs of what it imports, but for sources, which import no tests
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
 * @returns {boolean} whether its imports come to `sampling.ts`
 */
function samples(file) {
  // A set goes on with what is added to it on the way.
  const reached = new Set([file]);
  for (const each of reached) for (const path of importsOf(each)) reached.add(path);
  return [...reached].some((path) => path.endsWith("/core/test/support/sampling.ts"));
}

/**
 * Returns the tests of a package that try samples of their laws in `npm test`.
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
 * Returns the tests of a package in which laws are tried whole, for a config of Vitest without others.
 *
 * @param {string} config the URL of the config of Vitest, beside which `test/` is
 */
export function wholeLaws(config) {
  return {
    testTimeout: 900_000,
    isolate: false,
    env: { GRADDIFF_WHOLE: "1" },
    include: sampledTests(config),
  };
}
