import { defineConfig } from "vitest/config";
import { sources } from "../scripts/sources.mjs";

export default defineConfig({
  // Tests run against the sources of the workspace, not against a build that may be stale.
  resolve: { alias: sources },
  // A busy machine is no failure.
  test: {
    testTimeout: 120_000,
    isolate: false,
    include: ["test/**/*.test.ts"],
    exclude: ["test/slow/**"],
  },
});
