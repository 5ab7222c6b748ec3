import { defineConfig } from "vitest/config";
import { sampledTests } from "../../scripts/sampledTests.mjs";

/** The laws of which `npm test` tries samples, whole: `npm run test:slow`. */
export default defineConfig({
  test: {
    testTimeout: 300_000,
    isolate: false,
    env: { GRADDIFF_WHOLE: "1" },
    include: sampledTests(import.meta.url),
  },
});
