import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  // The timeout is long, so that tests also pass on a busy machine.
  test: {
    testTimeout: 120_000,
    isolate: false,
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
  },
});
