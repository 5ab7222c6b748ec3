import { configDefaults, defineConfig } from "vitest/config";

// Programs run against the built packages, as in a reader's own project. The pages are those of the build, which takes as
// long as all else: the mode `site` and `npm run test:slow` have their tests.
export default defineConfig(({ mode }) => ({
  test: {
    // The timeout is long, so that tests also pass on a busy machine.
    testTimeout: 120_000,
    isolate: false,
    exclude: [
      ...configDefaults.exclude,
      "test/browser/**",
      ...(mode === "site" ? [] : ["test/site.test.ts"]),
    ],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
}));
