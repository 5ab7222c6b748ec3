/**
 * Vitest's options for the examples: they run against the built packages, as a reader's own copy would, which Node
 * loads without a transform. Turbo builds them before.
 */

import { configDefaults, defineConfig, mergeConfig } from "vitest/config";

/**
 * @param {string[]} [exclude] tests that other commands run
 */
export const exampleTests = (exclude = []) =>
  defineConfig({
    test: {
      // A busy machine is no failure.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      exclude: [...configDefaults.exclude, ...exclude],
      isolate: false,
      server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    },
  });

/** Returns the tests that open the built page in Chromium, `npm run build` first, and compare it with Node. */
export const pageTests = () =>
  mergeConfig(
    exampleTests(),
    defineConfig({
      test: {
        // A software driver trains seventy times slower than WebAssembly, beside whatever else is tested.
        testTimeout: 300_000,
        expect: { poll: { timeout: 240_000 } },
        include: ["test/browser/**/*.test.ts"],
      },
    }),
  );
