import { defineConfig } from "vitest/config";
import { sampledTests } from "../../scripts/sampledTests.mjs";

// The tests that open the built page in Chromium and run the built program: `npm run build` first. The mode
// `whole` has all of what `npm test` samples.
export default defineConfig(({ mode }) => ({
  test: {
    include:
      mode === "whole"
        ? sampledTests(import.meta.url).filter((file) => file.includes("/browser/"))
        : ["test/**/*.browser.test.ts"],
    // A busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    isolate: false,
    env: mode === "whole" ? { GRADDIFF_WHOLE: "1" } : {},
  },
}));
