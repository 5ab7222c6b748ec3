import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  // A busy machine is no failure.
  test: { testTimeout: 120_000, isolate: false, include: ["test/**/*.test.ts"] },
});
