import { defineConfig } from "vitest/config";

// These tests open the built page in Chromium and run the built program: `npm run build` first.
export default defineConfig({
  test: {
    include: ["test/**/*.browser.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
