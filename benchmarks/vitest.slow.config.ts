/** The answers of all suites: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { sources } from "../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: { testTimeout: 300_000, include: ["test/slow/**/*.test.ts"] },
});
