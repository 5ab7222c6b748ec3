import { defineConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";

/** The laws of which `npm test` tries samples, whole: `npm run test:slow`. */
export default defineConfig({ test: wholeLaws(import.meta.url) });
