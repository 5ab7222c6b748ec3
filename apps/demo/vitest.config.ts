import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";
import { mathml } from "./scripts/mathml.ts";

export default defineConfig({
  // Tests run against the sources of the workspace, not against a build that may be stale.
  resolve: { alias: sources },
  plugins: [mathml()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The timeout is long, so that tests also pass on a busy machine.
  test: {
    testTimeout: 120_000,
    isolate: false,
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.browser.test.ts"],
  },
});
