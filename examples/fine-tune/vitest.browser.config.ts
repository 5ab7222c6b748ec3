import { defineConfig, mergeConfig } from "vitest/config";
import { exampleTests } from "../../scripts/exampleTests.mjs";

// These tests open the built page in Chromium, `npm run build` first, and compare it with Node: both by the built packages.
export default mergeConfig(
  exampleTests(),
  defineConfig({
    test: {
      hookTimeout: 60_000,
      expect: { poll: { timeout: 60_000 } },
      include: ["test/browser/**/*.test.ts"],
    },
  }),
);
