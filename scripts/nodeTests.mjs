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
 * @param {readonly string[]} [tests.reloading] files that load modules anew. They share a process
 * @param {readonly string[]} [tests.isolated] files that need a process each: what adds ops to the table or measures
 *   memory. All others share their modules, which takes half the time
 * @param {readonly string[]} [tests.whole] files that only the mode `whole` runs
 * @param {readonly string[]} [tests.elsewhere] files with a configuration of their own
 * @param {boolean} [tests.built] true if the tests import built packages instead of sources
 * @param {number} [tests.maxWorkers] processes at a time, each of which loads all sources. In the mode `whole` Vitest's
 * @param {import("vitest/config").ViteUserConfig} [more] options that are added
 */
export const nodeTests = (
  { reloading = [], isolated = [], whole = [], elsewhere = [], built = false, maxWorkers = 1 } = {},
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
    const others = [...left, ...reloading, ...isolated];
    const projects = [project("shared", false, ["test/**/*.test.ts"], others)];
    if (reloading.length > 0) projects.push(project("reloading", false, reloading, left));
    if (isolated.length > 0) projects.push(project("isolated", true, isolated, left));
    return {
      test: {
        passWithNoTests: true,
        projects,
        ...(isWhole ? {} : { maxWorkers }),
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
