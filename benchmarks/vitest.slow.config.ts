/** The answers of all suites, and the laws of which `npm test` tries samples, whole: `npm run test:slow`. */

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
