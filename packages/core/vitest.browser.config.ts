/** The tests that must hold in a browser too: the same ops, derivatives and bits as in Node. */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 120_000,
    include: [
      "test/generated/**/*.test.ts",
      "test/elementary/bits.test.ts",
      "test/elementary/special.test.ts",
      "test/run/{sums,reductions,indexing,elementwise,scalars}.test.ts",
      "test/tensor/{create,dtype,numbers,random}.test.ts",
      "test/differentiate/{grad,transforms,chain}.test.ts",
      "test/layers/**/*.test.ts",
      "test/training/**/*.test.ts",
      "test/compile/**/*.test.ts",
      "test/run/emit/{ops,reductions,backward}.test.ts",
      "test/workers/**/*.test.ts",
    ],
    // It reads sources, to write OPS.md.
    exclude: ["test/generated/coverage.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumOptions() }),
      instances: [{ browser: "chromium" }],
    },
  },
});
