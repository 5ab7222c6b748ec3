/**
 * The tests that serve pages of their own, with headers that the browser tests' server does not send, and open them in
 * Chromium and in Firefox.
 */

import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: { testTimeout: 120_000, hookTimeout: 120_000, include: ["test/pages/*.test.ts"] },
});
