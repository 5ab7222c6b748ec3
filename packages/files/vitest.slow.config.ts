/** The laws of which `npm test` tries samples, whole: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { sampledTests } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 300_000,
    isolate: false,
    env: { GRADDIFF_WHOLE: "1" },
    include: sampledTests(import.meta.url),
  },
});
