import { configDefaults, defineConfig } from "vitest/config";
import { hasTurn } from "../../packages/core/test/support/sampling.ts";
import { sampledTests } from "../../scripts/sampledTests.mjs";

/** The files that take turns: `npm test` runs each in one of three commits. */
const TURNS = ["firefox", "layout"].map((name) => `test/browser/${name}.browser.test.ts`);

// The tests that open the built page in Chromium and run the built program: `npm run build` first. The mode
// `whole` has all of what `npm test` samples.
export default defineConfig(({ mode }) => ({
  test: {
    include:
      mode === "whole"
        ? sampledTests(import.meta.url).filter((file) => file.includes("/browser/"))
        : ["test/**/*.browser.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      ...TURNS.filter((_, i) => mode !== "whole" && !hasTurn(3, i)),
    ],
    // The timeout is long, so that tests also pass on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    isolate: false,
    env: mode === "whole" ? { GRADDIFF_WHOLE: "1" } : {},
  },
}));
