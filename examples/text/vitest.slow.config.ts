/**
 * The configuration of `npm run test:slow`, which runs the whole training, and the test that `npm test` runs only
 * sometimes.
 */

import { defineConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

const laws = wholeLaws(import.meta.url);

export default defineConfig({
  resolve: { alias: sources },
  test: { ...laws, include: [...laws.include, "test/slow/**/*.test.ts"] },
});
