/** The tests that take long, and laws of which `npm test` tries samples: `npm run test:slow`. */

import { defineConfig } from "vitest/config";
import { sampledTests } from "../../scripts/sampledTests.mjs";
import { sources } from "../../scripts/sources.mjs";

// `npm run test:webgpu` runs those of WebGPU, with a driver of its own.
const sampled = sampledTests(import.meta.url).filter((file) => !file.includes("test/webgpu/"));

export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 900_000,
    env: { GRADDIFF_WHOLE: "1" },
    include: [...sampled, "test/slow/**/*.test.ts"],
  },
});
