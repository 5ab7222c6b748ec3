/** The tests that must hold in a browser, too: the same bytes, through a Blob and through the browser's own files. */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 120_000,
    include: ["test/browser/*.test.ts", "test/{numpy,safetensors}.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumOptions() }),
      instances: [{ browser: "chromium" }],
    },
  },
});
