/**
 * Vitest's options for the examples. Their tests import the built packages, as a user's copy of an example would. Turbo
 * builds the packages first.
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
      // Timeouts are long, so that tests also pass on a busy machine.
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
 * Returns Vitest's options for the tests of an example. Test files with long programs take turns: `npm test` runs each
 * in one of three commits, the mode `whole` of `npm run test:slow` always.
 *
 * @param {string[]} [exclude] tests that other commands run
 * @param {Record<string, number>} [turns] the turn, 0, 1 or 2, of each file that takes long
 */
export const exampleTests =
  (exclude = [], turns = {}) =>
  (/** @type {{ mode: string }} */ { mode }) => {
    if (mode === "whole") return options(exclude, { GRADDIFF_WHOLE: "1" });
    const resting = Object.keys(turns).filter((file) => !hasTurn(3, turns[file] ?? 0));
    return options([...exclude, ...resting]);
  };

/** Returns Vitest's options for tests that open the built page in Chromium. `npm run build` must have built it. */
export const pageTests = () =>
  mergeConfig(
    options([]),
    defineConfig({
      test: {
        // A software driver of WebGPU trains seventy times slower than WebAssembly, and other tests run at the same time.
        testTimeout: 300_000,
        expect: { poll: { timeout: 240_000 } },
        include: ["test/browser/**/*.test.ts"],
      },
    }),
  );
