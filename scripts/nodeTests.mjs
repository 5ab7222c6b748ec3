/**
 * Vitest's options for tests that run in Node. The mode `whole` (`npm run test:slow`, a part of `npm run verify`) tries
 * all cases, and the files that `npm test` leaves out.
 */

import { configDefaults, defineConfig, mergeConfig } from "vitest/config";
import { sources } from "./sources.mjs";

/** The options of tests that import built packages, as a user's own program does. Turbo builds the packages first. */
const BUILT = { test: { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } } };

/**
 * Returns the options of the tests of a package, an app or an example.
 *
 * @param {object} [tests]
 * @param {readonly string[]} [tests.isolated] files that need modules of their own: what loads modules anew, adds ops to
 *   the table, or measures memory. All others share theirs, which takes half the time
 * @param {readonly string[]} [tests.whole] files that only the mode `whole` runs
 * @param {readonly string[]} [tests.elsewhere] files with a configuration of their own
 * @param {boolean} [tests.built] true if the tests import built packages instead of sources
 * @param {number} [tests.maxWorkers] processes at a time. Default: Vitest's
 * @param {import("vitest/config").ViteUserConfig} [more] options that are added
 */
export const nodeTests = (
  { isolated = [], whole = [], elsewhere = [], built = false, maxWorkers } = {},
  more = {},
) =>
  defineConfig(({ mode }) => {
    const isWhole = mode === "whole";
    const left = [...configDefaults.exclude, ...elsewhere, ...(isWhole ? [] : whole)];
    /**
     * @param {string} name
     * @param {boolean} isolate
     * @param {readonly string[]} include
     * @param {readonly string[]} exclude
     */
    const project = (name, isolate, include, exclude) =>
      mergeConfig(
        mergeConfig(built ? BUILT : { resolve: { alias: sources } }, more),
        defineConfig({
          test: {
            // Timeouts are long, so that tests also pass on a busy machine.
            testTimeout: isWhole ? 900_000 : 120_000,
            hookTimeout: 120_000,
            env: isWhole ? { GRADDIFF_WHOLE: "1" } : {},
            name,
            isolate,
            include: [...include],
            exclude: [...exclude],
          },
        }),
      );
    const shared = project("shared", false, ["test/**/*.test.ts"], [...left, ...isolated]);
    const alone = isolated.length > 0 ? [project("isolated", true, isolated, left)] : [];
    return {
      test: {
        passWithNoTests: true,
        projects: [shared, ...alone],
        ...(maxWorkers === undefined ? {} : { maxWorkers }),
      },
    };
  });

/**
 * Returns the options of tests that open a built page in Chromium. `npm run build` must have built it.
 *
 * @param {readonly string[]} [whole] files that only the mode `whole` runs
 */
export const pageTests = (whole = []) =>
  defineConfig(({ mode }) => ({
    test: {
      // A software driver of WebGPU trains seventy times slower than WebAssembly, and other tests run at the same time.
      testTimeout: 600_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 240_000 } },
      isolate: false,
      env: mode === "whole" ? { GRADDIFF_WHOLE: "1" } : {},
      include: ["test/browser/**/*.test.ts"],
      exclude: [...configDefaults.exclude, ...(mode === "whole" ? [] : whole)],
    },
  }));
