import { defineConfig } from "vitest/config";
import { sources } from "../../scripts/sources.mjs";

/**
 * Tests that need modules of their own: what loads them anew, adds ops to the table or lists all of it, and measures the memory of the
 * kernel. All others share theirs, which takes half the time.
 */
export const ISOLATED = [
  "test/callSite.test.ts",
  "test/compile/backward.test.ts",
  "test/generated/coverage.test.ts",
  "test/generated/pickup.test.ts",
  "test/run/heap.test.ts",
  "test/run/products.test.ts",
  "test/run/reductions.test.ts",
  "test/run/runners.test.ts",
  "test/run/threads/races.test.ts",
];

/** The tests of `vitest.slow.config.ts`, `vitest.browser.config.ts`, `vitest.pages.config.ts` and `vitest.webgpu.config.ts`. */
const ELSEWHERE = [
  "test/slow/**",
  "test/webgpu/**",
  "test/pages/**",
  "test/compile/programs.test.ts",
];

// A busy machine is no failure.
const project = (name: string, isolate: boolean, include: string[], exclude: string[]) => ({
  resolve: { alias: sources },
  test: { testTimeout: 120_000, name, isolate, include, exclude },
});

export default defineConfig({
  test: {
    // Of the tasks of `npm test` this is the longest.
    maxWorkers: 2,
    projects: [
      project("shared", false, ["test/**/*.test.ts"], [...ISOLATED, ...ELSEWHERE]),
      project("isolated", true, ISOLATED, []),
    ],
  },
});
