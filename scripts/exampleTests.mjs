/**
 * Vitest's options for the examples: they run against the built packages, as a reader's own copy would, which Node
 * loads without a transform. Turbo builds them before.
 */

import { configDefaults, defineConfig, mergeConfig } from "vitest/config";
import { hasTurn } from "../packages/core/test/support/sampling.ts";

/**
 * @param {string[]} exclude tests that other commands run
 * @param {NodeJS.ProcessEnv} [env]
 */
const options = (exclude, env = {}) =>
  defineConfig({
    test: {
      // A busy machine is no failure.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      exclude: [...configDefaults.exclude, ...exclude],
      passWithNoTests: true,
      isolate: false,
      env,
      server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    },
  });

/**
 * Returns the tests of an example. Files of tests that run long programs take turns: `npm test` has each in one of three commits,
 * the mode `whole`, which `npm run test:slow` runs, in all.
 *
 * @param {string[]} [exclude] tests that other commands run
 * @param {Record<string, number>} [turns] the turns, 0, 1 or 2, of files that take long
 */
export const exampleTests =
  (exclude = [], turns = {}) =>
  (/** @type {{ mode: string }} */ { mode }) => {
    if (mode === "whole") return options(exclude, { GRADDIFF_WHOLE: "1" });
    const resting = Object.keys(turns).filter((file) => !hasTurn(3, turns[file] ?? 0));
    return options([...exclude, ...resting]);
  };

/** Returns the tests that open the built page in Chromium, `npm run build` first, and compare it with Node. */
export const pageTests = () =>
  mergeConfig(
    options([]),
    defineConfig({
      test: {
        // A software driver trains seventy times slower than WebAssembly, beside whatever else is tested.
        testTimeout: 300_000,
        expect: { poll: { timeout: 240_000 } },
        include: ["test/browser/**/*.test.ts"],
      },
    }),
  );
