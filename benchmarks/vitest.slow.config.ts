/**
 * The configuration of `npm run test:slow`: the answers of all suites, and all cases of the laws of which `npm test`
 * tries samples.
 */

import { defineConfig } from "vitest/config";
import { sampledTests } from "../scripts/sampledTests.mjs";
import { sources } from "../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 900_000,
    env: { GRADDIFF_WHOLE: "1" },
    include: ["test/slow/**/*.test.ts", ...sampledTests(import.meta.url)],
  },
});
