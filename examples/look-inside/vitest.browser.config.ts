import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

// These tests open the built page in Chromium: `npm run build` first.
export default defineConfig({
  resolve: { alias: sources },
  // A busy machine is no failure.
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    include: ["test/browser/**/*.test.ts"],
  },
});
