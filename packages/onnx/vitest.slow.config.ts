import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/** The laws of which `npm test` tries samples, whole: `npm run test:slow`. */
export default defineConfig({
  resolve: { alias: sources },
  test: {
    testTimeout: 300_000,
    isolate: false,
    env: { GRADDIFF_WHOLE: "1" },
    include: ["test/table/table.test.ts", "test/read/gradients.test.ts"],
  },
});
