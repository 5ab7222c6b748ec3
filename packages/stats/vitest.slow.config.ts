import { defineConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

/** The laws of which `npm test` tries samples, whole: `npm run test:slow`. */
export default defineConfig({ resolve: { alias: sources }, test: wholeLaws(import.meta.url) });
