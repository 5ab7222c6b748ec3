/** The tests that take turns in `npm test`: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({ resolve: { alias: sources }, test: wholeLaws(import.meta.url) });
