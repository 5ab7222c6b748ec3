import { configDefaults, defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

export default defineConfig({
  resolve: { alias: sources },
  test: {
    // The timeout is long, so that tests also pass on a busy machine.
    testTimeout: 120_000,
    isolate: false,
    include: ["test/**/*.test.ts"],
    // Bundles of both packages take 7 s: `npm run test:slow`.
    exclude: [...configDefaults.exclude, "test/bundle.test.ts"],
  },
});
