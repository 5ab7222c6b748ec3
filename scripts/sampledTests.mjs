/**
 * Finds the tests that `npm run test:slow` runs whole: every file that samples its laws imports `sampling.ts` of core's
 * `test/support`, so none can be forgotten.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The tests of a package that try samples of their laws in `npm test`.
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
    .filter((file) => readFileSync(new URL(file, folder), "utf8").includes('/sampling.ts"'))
    .map((file) => `test/${file}`);
}
