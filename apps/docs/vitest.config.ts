import { configDefaults, defineConfig } from "vitest/config";

// Programs run against the built packages, as in a reader's own project; the pages are those of the build.
export default defineConfig({
  test: {
    // A busy machine is no failure.
    testTimeout: 120_000,
    isolate: false,
    exclude: [...configDefaults.exclude, "test/browser/**"],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
});
