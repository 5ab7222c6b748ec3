/** The configuration of `npm run test:slow`, which runs all tests of which `npm test` runs only some. */

import { defineConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({ resolve: { alias: sources }, test: wholeLaws(import.meta.url) });
